"""What the palette finds: by the beginning among all actors, by nearness among the newest, without a scan."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.models import Node
from inspector import finding
from inspector.ranking import BEGINS, LETTERS, WITHIN, WORD
from tests.face.test_admin import sequential_scans
from tests.inspector.rows import fill, make

pytestmark = pytest.mark.django_db


def find(viewer: Client, text: str) -> dict[str, Any]:
    found: dict[str, Any] = viewer.get(reverse("inspector:find"), {"q": text}).json()
    return found


def ranked(viewer: Client, text: str) -> list[tuple[str, int]]:
    return [(one["key"], one["rank"][0]) for one in find(viewer, text)["actors"]]


@pytest.mark.parametrize(
    ("text", "found", "near"),
    [
        ("key-1", ["key-1", "key-10"], []),
        ("key-5", [], ["key-10", "key-1", "key-9"]),
        ("", [], []),
        ("\x00", [], []),
    ],
)
def test_keys_are_found_by_their_beginning_and_those_near_are_named(
    viewer: Client, text: str, found: list[str], near: list[str]
) -> None:
    for number in (1, 10, 9):
        make(number)
    answer = find(viewer, text)
    assert [one["key"] for one in answer["actors"]] == found
    assert [one["key"] for one in answer["near"]] == near


def test_an_id_leads_to_its_actor_as_it_stands(viewer: Client, node: Node) -> None:
    make(7, node_id=node.pk, connectable_at=1, key="a\\/b/c")
    [told] = find(viewer, "id-0000007")["actors"]
    at = reverse("inspector:actor", args=["id-0000007"])
    assert told == {
        "id": "id-0000007",
        "name": "counter",
        "key": "a/b/c",
        "status": "awake",
        "url": at,
        "rank": [BEGINS, 0],
    }


def test_the_beginning_comes_before_a_word_that_before_what_has_it_and_that_before_its_letters(
    viewer: Client,
) -> None:
    for number, key in enumerate(("r-o-o-m", "mushroom", "eu/room/7", "Room/9", "room/8", "moor"), 1):
        make(number, key=key)
    order = [
        ("room/8", BEGINS),
        ("Room/9", BEGINS),
        ("eu/room/7", WORD),
        ("mushroom", WITHIN),
        ("r-o-o-m", LETTERS),
    ]
    assert ranked(viewer, "room") == order
    assert ranked(viewer, "eu7") == [("eu/room/7", LETTERS)]


def test_the_type_helps_to_find_a_key_and_never_outdoes_the_type_itself(viewer: Client) -> None:
    make(1, key="lobby")
    make(2, name="chatRoom", key="lobby")
    [told] = find(viewer, "chat lob")["actors"]
    assert told["id"] == "id-0000002"
    assert ranked(viewer, "counter") == [("lobby", LETTERS)]
    [kind] = [one for one in find(viewer, "counter")["types"] if one["name"] == "counter"]
    assert kind["rank"][0] == BEGINS


def test_a_key_is_near_only_among_the_newest_and_begins_so_among_all(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "NEWEST", 2)
    for number in (1, 2, 3):
        make(number)
    assert ranked(viewer, "-1") == []
    assert ranked(viewer, "-2") == [("key-2", WITHIN)]
    assert ranked(viewer, "key-1") == [("key-1", BEGINS)]
    assert find(viewer, "key")["newest"] == 2


def test_no_more_are_told_than_a_person_reads_and_of_one_key_the_newest_first(viewer: Client) -> None:
    make(1, destroyed_at=5)
    make(2, key="key-1")
    for number in range(10, 30):
        make(number)
    found = find(viewer, "key-1")["actors"]
    assert [one["id"] for one in found[:2]] == ["id-0000002", "id-0000001"]
    assert len(found) == finding.FOUND


def test_types_are_found_with_the_list_of_their_actors(viewer: Client) -> None:
    kind = {"name": "counter", "url": f"{reverse('inspector:list')}?type=counter", "rank": [BEGINS, 7]}
    assert kind in find(viewer, "COUNT")["types"]
    assert {**kind, "rank": [LETTERS, 7]} in find(viewer, "cntr")["types"]
    assert find(viewer, "no such type")["types"] == []


def test_of_100000_actors_none_is_scanned_for(viewer: Client) -> None:
    fill(100_000)
    for text in ("id-0000007", "key-9", "k", "-77", "y9", "key-/", "nothing"):
        with CaptureQueriesContext(connection) as captured:
            answer = find(viewer, text)
        assert answer["actors"] or answer["near"], text
        for statement in (one["sql"] for one in captured if 'FROM "actors_actor"' in one["sql"]):
            assert re.search('LIMIT|"id" (=|IN) ', statement)
            assert not list(sequential_scans(statement)), text
