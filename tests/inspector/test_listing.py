"""The list of actors: filters that combine and stand in the address, pages by keyset, no scan."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.models import Actor, ActorState, Alarm, Message, Node
from tests.face.test_admin import sequential_scans
from tests.inspector.rows import fill, make

pytestmark = pytest.mark.django_db

FAILED = {"group": "actor", "code": "x", "message": "m"}


def keys(answer: Any) -> list[str]:
    return re.findall(r"data-row>([^<]*)</a>", answer.content.decode())


def ask(client: Client, **query: Any) -> Any:
    return client.get(reverse("inspector:list"), query)


def test_the_newest_stand_on_top_and_destroyed_ones_do_not_stand_there(viewer: Client) -> None:
    make(1)
    make(3)
    make(2, destroyed_at=9)
    assert keys(ask(viewer)) == ["key-3", "key-1"]


def test_filters_combine_and_show_as_chips(viewer: Client, node: Node) -> None:
    make(1, node_id=node.pk, connectable_at=1)
    make(2)
    make(3, name="chatRoom", key="key-of-room")
    make(4, error=FAILED)
    make(5, destroyed_at=9, key="other")
    assert keys(ask(viewer, status="awake")) == ["key-1"]
    assert keys(ask(viewer, status=["awake", "crashed"])) == ["key-4", "key-1"]
    assert keys(ask(viewer, status=["destroyed", "sleeping"])) == ["other", "key-of-room", "key-2"]
    assert keys(ask(viewer, status="destroyed")) == ["other"]
    assert keys(ask(viewer, type="chatRoom", key="key-")) == ["key-of-room"]
    assert keys(ask(viewer, node="node", status="awake")) == ["key-1"]
    assert keys(ask(viewer, error="1")) == ["key-4"]
    Message.objects.create(actor_id="id-0000002", id=1, name="jobs", body=b"", created_at=1, available_at=1)
    Alarm.objects.create(actor_id="id-0000003", source="schedule", due_at=1, wake_at=1)
    assert keys(ask(viewer, has="messages")) == ["key-2"]
    assert keys(ask(viewer, has="alarm", status="sleeping")) == ["key-of-room"]
    assert keys(ask(viewer, has=["alarm", "messages"])) == []
    page = ask(viewer, type="counter", status=["awake", "crashed"]).content.decode()
    assert 'href="?type=counter&amp;status=crashed" aria-label="Without status: awake"' in page


def test_a_filter_that_there_is_not_is_refused_with_a_word(viewer: Client) -> None:
    answer = ask(viewer, status="dozing")
    assert answer.status_code == 400
    assert "there is no &#x27;dozing&#x27;" in answer.content.decode()
    assert ask(viewer, older_than="x").status_code == 400


@pytest.mark.parametrize("odd", ["%", "_", "\x00", "'", "\\"])
def test_odd_filters_find_nothing_and_do_no_harm(viewer: Client, odd: str) -> None:
    make(1)
    assert ask(viewer, key=odd, type=odd, node=odd).status_code == 200


def test_pages_are_turned_and_keep_their_filters(viewer: Client) -> None:
    fill(1000)
    page, seen = ask(viewer, type="counter"), []
    while True:
        seen += keys(page)
        older = re.search(r'rel="next" href="([^"]*)"', page.content.decode())
        if older is None:
            break
        assert "type=counter" in older.group(1)
        page = viewer.get(reverse("inspector:list") + older.group(1).replace("&amp;", "&"))
    living = Actor.objects.filter(destroyed_at=None, name="counter").order_by("-created_at", "-id")
    assert seen == list(living.values_list("key", flat=True))
    assert 'rel="prev"' in page.content.decode()


def test_a_row_tells_the_size_of_the_state(viewer: Client) -> None:
    ActorState.objects.create(actor=make(1), generation=1, revision=1, state=b"x" * 1500)
    assert "1.5 kB" in ask(viewer).content.decode()


LARGE_TABLE_QUERIES: list[dict[str, Any]] = [
    {},
    {"older_than": "25000.id-0050001"},
    {"newer_than": "25000.id-0050001"},
    {"key": "key-99999"},
    {"type": "rare"},
    {"type": "rare", "status": "crashed"},
    {"status": "crashed"},
    {"status": "sleeping", "type": "counter"},
    {"status": ["sleeping", "destroyed"]},
    {"status": "destroyed", "type": "rare"},
    {"error": "1"},
]


def test_100000_actors_are_neither_counted_nor_scanned(viewer: Client) -> None:
    fill(100_000)
    assert list(sequential_scans("SELECT id FROM actors_actor WHERE crash_policy = 'sleep'"))
    for query in LARGE_TABLE_QUERIES:
        with CaptureQueriesContext(connection) as captured:
            page = ask(viewer, **query)
        assert keys(page), query
        about_actors = [one["sql"] for one in captured if 'FROM "actors_' in one["sql"]]
        assert len(about_actors) == 2  # the page, and the sizes of its states
        for statement in about_actors:
            assert "COUNT(" not in statement.upper(), query
            assert not list(sequential_scans(statement)), query


@pytest.mark.parametrize(
    ("text", "found", "near"),
    [
        ("key-1", ["key-1", "key-10"], []),
        ("key-5", [], ["key-10", "key-1", "key-9"]),
        ("", [], []),
        ("\x00", [], []),
    ],
)
def test_the_palette_finds_by_the_beginning_of_a_key_and_names_those_near(
    viewer: Client, text: str, found: list[str], near: list[str]
) -> None:
    for number in (1, 10, 9):
        make(number)
    answer = viewer.get(reverse("inspector:find"), {"q": text}).json()
    assert [one["key"] for one in answer["actors"]] == found
    assert [one["key"] for one in answer["near"]] == (near if text != "\x00" else [])


def test_the_palette_finds_by_id_and_the_large_table_is_not_scanned(viewer: Client) -> None:
    fill(100_000)
    for text in ("id-0000007", "key-9999", "nothing"):
        with CaptureQueriesContext(connection) as captured:
            answer = viewer.get(reverse("inspector:find"), {"q": text}).json()
        assert answer["actors"] or answer["near"]
        for statement in (one["sql"] for one in captured if 'FROM "actors_actor"' in one["sql"]):
            assert not list(sequential_scans(statement)), text
