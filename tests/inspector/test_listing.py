"""The list of actors: filters that combine and stand in the address, pages by keyset, no scan."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.models import Actor, ActorState, Alarm, HibernatingConn, Message, Node
from tests.face.test_admin import sequential_scans
from tests.inspector.conftest import LOOK
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
    assert keys(ask(viewer, part="OF-r")) == ["key-of-room"]
    assert keys(ask(viewer, part="ey", key="key-", type="counter")) == ["key-4", "key-2", "key-1"]
    assert keys(ask(viewer, node="node", status="awake")) == ["key-1"]
    assert keys(ask(viewer, error="1")) == ["key-4"]
    Message.objects.create(actor_id="id-0000002", id=1, name="jobs", body=b"", created_at=1, available_at=1)
    Alarm.objects.create(actor_id="id-0000003", source="schedule", due_at=1, wake_at=1)
    assert keys(ask(viewer, has="messages")) == ["key-2"]
    assert keys(ask(viewer, has="alarm", status="sleeping")) == ["key-of-room"]
    assert keys(ask(viewer, has=["alarm", "messages"])) == []
    page = ask(viewer, type="counter", status=["awake", "crashed"]).content.decode()
    assert 'href="?type=counter&amp;status=crashed" aria-label="Without status: awake"' in page


def test_a_slash_in_what_a_key_contains_is_one_between_its_parts_or_in_one(viewer: Client) -> None:
    make(1, key="eu/room-1")
    make(2, key="eu\\/room-2")
    make(3, key="room-3")
    page = ask(viewer, part="u/r").content.decode()
    assert re.findall('data-key="([^"]*)"', page) == ["id-0000002", "id-0000001"]


def test_who_is_paused_is_found_and_said_to_be(viewer: Client) -> None:
    make(1, paused_at=5)
    make(2)
    make(3, queues_paused_at=6, name="room")
    found = ask(viewer, paused="1")
    assert keys(found) == ["key-3", "key-1"]
    page = found.content.decode()
    assert page.count("status paused") == 2 and "is paused</span>" in page
    assert keys(ask(viewer, paused="1", type="counter")) == ["key-1"]
    assert "status paused" in ask(viewer).content.decode()


DAY = 24 * 60 * 60 * 1000


def test_days_are_whole_ones_in_utc_with_the_last_and_stand_as_chips(viewer: Client) -> None:
    for number, moment in enumerate((0, DAY - 1, DAY, 2 * DAY)):
        make(number, created_at=moment, slept_at=moment + DAY)
    assert keys(ask(viewer, created_from="1970-01-02")) == ["key-3", "key-2"]
    assert keys(ask(viewer, created_to="1970-01-02")) == ["key-2", "key-1", "key-0"]
    assert keys(ask(viewer, created_from="1970-01-02", created_to="1970-01-02")) == ["key-2"]
    assert keys(ask(viewer, slept_from="1970-01-02", slept_to="1970-01-02")) == ["key-1", "key-0"]
    assert keys(ask(viewer, slept_from="1970-01-03", created_from="1970-01-03", type="counter")) == ["key-3"]
    page = ask(viewer, slept_to="1970-01-02", created_from="1970-01-01").content.decode()
    assert 'href="?slept_to=1970-01-02" aria-label="Without created from: 1970-01-01"' in page
    assert 'name="slept_to" value="1970-01-02"' in page


def test_what_is_in_no_index_says_so(viewer: Client) -> None:
    walked = {"node": "x", "part": "x", "slept_to": "1970-01-02", "has": "connections", "status": "awake"}
    for query in ({name: value} for name, value in walked.items()):
        assert "for 3 seconds at most" in ask(viewer, **query).content.decode()
    for query in ({}, {"created_to": "1970-01-02"}, {"key": "a"}, {"status": "crashed"}):
        assert "for 3 seconds at most" not in ask(viewer, **query).content.decode()


def test_a_node_is_chosen_among_those_there_are(viewer: Client, node: Node) -> None:
    make(1, node_id=node.pk)
    make(2)
    page = ask(viewer, node=node.pk)
    assert keys(page) == ["key-1"]
    assert f'<option value="{node.pk}" selected>' in page.content.decode()
    assert '<option value="gone" selected>' in ask(viewer, node="gone").content.decode()


def test_those_with_connections_that_hibernate_are_found_where_no_node_is_asked(viewer: Client) -> None:
    HibernatingConn.objects.create(actor=make(1), generation=1, id="conn-1", record=b"")
    make(2)
    page = ask(viewer, has="connections")
    assert keys(page) == ["key-1"]
    assert "only connections that hibernate are known" in page.content.decode()


def test_the_actor_of_a_row_is_found_by_those_who_may_see_the_row(login: Callable[..., Client]) -> None:
    ada = get_user_model().objects.create_user("ada")
    make(1, name="reminders", key="ada")
    make(2, name="reminders", key="eve")
    owner = f"auth.user/{ada.pk}"
    stranger = login(LOOK)
    refused = ask(stranger, owner=owner)
    assert (refused.status_code, 'name="owner"' in ask(stranger).content.decode()) == (400, False)
    client = login(LOOK)
    user = get_user_model().objects.latest("pk")
    user.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert keys(ask(client, owner=owner)) == ["ada"]
    assert f"owner: {owner}" in ask(client, owner=owner).content.decode()
    for nobody in ("auth.user/0", "auth.user/x", "auth.user/" + "9" * 40, "auth.group/1", "x"):
        assert ask(client, owner=nobody).status_code == 400


def test_a_filter_that_there_is_not_is_refused_with_a_word(viewer: Client) -> None:
    answer = ask(viewer, status="dozing")
    assert answer.status_code == 400
    assert "there is no &#x27;dozing&#x27;" in answer.content.decode()
    assert ask(viewer, older_than="x").status_code == 400
    assert "is no day" in ask(viewer, slept_to="yesterday").content.decode()


@pytest.mark.parametrize("odd", ["%", "_", "\x00", "'", "\\"])
def test_odd_filters_find_nothing_and_do_no_harm(viewer: Client, odd: str) -> None:
    make(1)
    assert ask(viewer, key=odd, part=odd, type=odd, node=odd).status_code == 200


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
    {"created_to": "1970-01-01", "type": "counter"},
    {"created_from": "1970-01-01", "key": "key-99999"},
]


def test_100000_actors_are_neither_counted_nor_scanned(viewer: Client) -> None:
    fill(100_000)
    assert list(sequential_scans("SELECT id FROM actors_actor WHERE crash_policy = 'sleep'"))
    for query in LARGE_TABLE_QUERIES:
        with CaptureQueriesContext(connection) as captured:
            page = ask(viewer, **query)
        assert keys(page), query
        about_actors = [one["sql"] for one in captured if re.search('FROM "actors_(?!node)', one["sql"])]
        assert len(about_actors) == 2  # the page, and the sizes of its states
        for statement in about_actors:
            assert "COUNT(" not in statement.upper(), query
            assert not list(sequential_scans(statement)), query
