"""The page of what is to happen over all actors: lists that walk an index, page by page, without a count."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.apps import database_address
from actors.gateway.platform import current
from actors.models import Actor, Alarm, Message, Node, Run, Schedule
from actors.protocol import cbor
from actors.storage.bell import Bell
from tests.face.test_admin import sequential_scans
from tests.inspector.rows import fill, make

pytestmark = pytest.mark.django_db

HOUR = 3_600_000
WEEKLY = {"expression": "0 9 * * 1-5", "timezone": "UTC"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def ask(client: Client, **query: str) -> Any:
    return client.get(reverse("inspector:agenda"), query)


def rows(answer: Any) -> list[tuple[str, str]]:
    """Actor and what, line by line."""
    found = re.findall(
        r'data-row>([^<]*)</a></td>.*?data-label="What">([^<]*?)(?: <span|</td>)',
        answer.content.decode(),
        re.DOTALL,
    )
    return [(actor, what) for actor, what in found]


def plan(number: int, due_at: int, **fields: Any) -> None:
    """A schedule of an actor of its own, with the alarm of one that sleeps."""
    actor = make(number)
    add(actor, due_at, **fields)
    Alarm.objects.create(actor=actor, source="schedule", due_at=due_at, wake_at=due_at)


def add(actor: Actor, due_at: int, **fields: Any) -> None:
    """A schedule, of a number of its own."""
    values = {"kind": "at", "action": "ring", "args": cbor.encode([]), "rules": {}, "created_at": 1, "id": 1}
    Schedule.objects.create(actor=actor, due_at=due_at, **{**values, **fields})


def ran(actor: int, ended_at: int | None, result: str, **fields: Any) -> None:
    """A run of the schedule of `plan(actor, …)`."""
    values = {"number": 1, "scheduled_at": 1, "started_at": 2, "attempts": 1}
    keys = {"actor_id": f"id-{actor:07}", "schedule_id": 1, "ended_at": ended_at, "result": result}
    Run.objects.create(**{**values, **keys, **fields})


def test_all_plans_come_in_the_order_of_their_times_and_not_only_the_next_of_each_actor(
    viewer: Client,
) -> None:
    now = current().clock.now_ms()
    plan(1, now + 2 * HOUR, name="nightly")
    add(Actor.objects.get(key="key-1"), now + 4 * HOUR, id=2, name="weekly", rules=WEEKLY)
    plan(2, now + 3 * HOUR)
    plan(3, now + HOUR, paused_at=5)
    plan(4, now + HOUR, orphaned_at=5)
    plan(5, now - HOUR, name="waiting")
    assert rows(ask(viewer)) == [("key-1", "nightly"), ("key-2", "ring"), ("key-1", "weekly")]
    assert 'title="0 9 * * 1-5 (UTC)">at 09:00 on weekdays (UTC)</span>' in ask(viewer).content.decode()
    assert rows(ask(viewer, show="due")) == [("key-5", "waiting")]


def test_failed_runs_come_the_latest_first_with_what_went_wrong(viewer: Client) -> None:
    later = current().clock.now_ms() + HOUR
    for number in (1, 2, 3):
        plan(number, later, name=f"plan-{number}")
    failure = {"group": "user", "code": "no_tea", "message": "There is no tea"}
    ran(1, 1000, "error", error=failure)
    ran(2, 3000, "error", number=7, error=failure)
    ran(3, 2000, "ok")
    page = ask(viewer, show="failed")
    assert rows(page) == [("key-2", "plan-2, run 7"), ("key-1", "plan-1, run 1")]
    assert page.content.decode().count("user.no_tea There is no tea") == 2


def test_the_page_says_who_wakes_them_and_when_each_was_last_heard_of(viewer: Client, node: Node) -> None:
    silent = Node.objects.create(id="node-2", lock_key=2, started_at=Now(), heartbeat_at=LONG_AGO)
    beat = Bell(database_address)
    beat.next()
    page = " ".join(ask(viewer).content.decode().split())
    beat.close()
    told = re.findall(
        r"</span> (alive|silent)</span> <strong>(\w+) ([\w-]+)</strong>.*?heartbeat (<time)?", page
    )
    known = [(how, who, moment != "") for how, who, _, moment in told]
    assert sorted(known) == [("alive", "beat", True), ("alive", "node", True), ("silent", "node", True)]
    assert silent.pk[:8] in page


def test_the_lateness_of_alarms_is_told_in_words_and_as_bars(viewer: Client) -> None:
    page = ask(viewer).content.decode()
    assert "No alarm has woken anybody in the last" in page
    (bars,) = re.findall(r'data-bars="([^"]*)"', page)
    labels, counts = json.loads(unescape(bars))
    assert (labels[0], labels[-2:]) == ("1 ms", ["60 s", "longer"])
    assert len(labels) == len(counts)


def test_what_comes_next_stands_first_with_the_name_of_its_schedule(viewer: Client) -> None:
    now = current().clock.now_ms()
    plan(1, now + HOUR, name="nightly")
    plan(2, now + 1000)
    Alarm.objects.create(actor_id="id-0000001", source="queue", due_at=now + 1, wake_at=now + 1)
    Alarm.objects.create(actor=make(3), source="schedule", due_at=now + 2 * HOUR, wake_at=now + 2 * HOUR)
    assert rows(ask(viewer, show="alarms")) == [
        ("key-1", "messages of its queues"),
        ("key-2", "ring"),
        ("key-1", "nightly"),
        ("key-3", "a run to be tried again"),
    ]
    assert rows(ask(viewer, show="late")) == []


def test_the_lines_of_a_page_stand_in_the_order_of_the_times_they_say(viewer: Client) -> None:
    """Alarms of an actor that is awake wake later than they are due, and are walked by when they wake."""
    now = current().clock.now_ms()
    for shown, soon in (("alarms", now + HOUR), ("late", now - HOUR)):
        Alarm.objects.all().delete()
        for number, (due_at, wake_at) in enumerate([(soon, soon + 20_000), (soon + 1000, soon + 1000)]):
            actor = Actor.objects.filter(key=f"key-{number}").first() or make(number)
            Alarm.objects.create(actor=actor, source="queue", due_at=due_at, wake_at=wake_at)
        assert [actor for actor, _ in rows(ask(viewer, show=shown))] == ["key-0", "key-1"], shown


def test_what_is_late_is_said_here_and_on_the_first_page(viewer: Client) -> None:
    plan(1, current().clock.now_ms() - HOUR)
    assert "late</span>" in ask(viewer, show="due").content.decode()
    assert rows(ask(viewer, show="late")) == [("key-1", "ring")]
    first = viewer.get(reverse("inspector:overview")).content.decode()
    assert "<code>1 late</code>" in first
    assert "Alarms are late" in first


def test_dead_letters_are_told_on_the_first_page_by_their_queues(viewer: Client) -> None:
    letters = [(1, 5), (1, 9), (2, 7)]
    for number, (actor, died_at) in enumerate(letters):
        fields = {"body": b"", "created_at": 1, "available_at": 1, "died_at": died_at}
        row = Actor.objects.filter(key=f"key-{actor}").first() or make(actor)
        Message.objects.create(actor=row, id=number, name="jobs", **fields)
    page = viewer.get(reverse("inspector:overview")).content.decode()
    told = re.findall(r"<code>([^<]*)</code></a> <span>Dead letters in jobs: (\d)", page)
    assert told == [("counter[key-1]", "2"), ("counter[key-2]", "1")]


def test_orphans_paused_ones_and_open_runs_have_lists_of_their_own(viewer: Client) -> None:
    later = current().clock.now_ms() + HOUR
    plan(1, later, orphaned_at=5, action="sing")
    plan(2, later)
    ran(2, None, "retrying", number=7, attempts=3)
    plan(3, later, paused_at=5, name="nightly")
    assert rows(ask(viewer, show="orphaned")) == [("key-1", "sing")]
    assert rows(ask(viewer, show="paused")) == [("key-3", "nightly")]
    assert ">paused</td>" in ask(viewer, show="paused").content.decode()
    assert "no action &#x27;sing&#x27;" in ask(viewer, show="orphaned").content.decode()
    assert rows(ask(viewer, show="running")) == [("key-2", "ring, run 7")]
    assert "retrying, attempt 3" in ask(viewer, show="running").content.decode()
    assert "<code>1 orphaned</code>" in viewer.get(reverse("inspector:overview")).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"show": "all"},
        {"after": "x"},
        {"before": "x.y.z"},
        {"after": "9" * 40 + ".y.1"},
        {"after": "\0.1.2", "show": "running"},
    ],
)
def test_a_page_that_there_is_not_is_refused_or_empty(viewer: Client, query: dict[str, str]) -> None:
    assert ask(viewer, **query).status_code in (200, 400)
    assert rows(ask(viewer, **query)) == []


MANY = """
    INSERT INTO actors_schedule
        (actor_id, id, kind, action, args, rules, created_at, due_at, orphaned_at, paused_at)
    SELECT id, number, 'at', 'ring', '\\x80', '{}', 1, 4000000000000 * (number - 1) + created_at,
        CASE WHEN created_at %% 100 = 0 THEN 5 END, CASE WHEN created_at %% 100 = 1 THEN 5 END
    FROM actors_actor, generate_series(1, 2) AS number;
    INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)
    SELECT id, 'schedule', created_at, created_at FROM actors_actor;
    INSERT INTO actors_run
        (actor_id, schedule_id, number, scheduled_at, started_at, attempts, result, ended_at)
    SELECT id, 1, 1, 1, 1, 1, CASE WHEN created_at %% 100 = 2 THEN 'error' ELSE 'ok' END,
        CASE WHEN created_at %% 100 > 0 THEN created_at END
    FROM actors_actor;
    INSERT INTO actors_message (actor_id, id, name, body, created_at, available_at, died_at)
    SELECT id, 1, 'jobs', '', 1, 1, CASE WHEN created_at %% 100 = 0 THEN created_at END FROM actors_actor;
    ANALYZE actors_message, actors_schedule, actors_alarm, actors_run
"""


def test_100000_schedules_are_walked_by_an_index_and_paged_to_the_end(viewer: Client) -> None:
    fill(100_000)
    with connection.cursor() as cursor:
        cursor.execute(MANY, [])
    with CaptureQueriesContext(connection) as captured:
        first = viewer.get(reverse("inspector:overview"))
    assert first.content.decode().count("Dead letters in jobs: ") == 5
    for statement in (one["sql"] for one in captured if 'FROM "actors_message' in one["sql"]):
        assert not list(sequential_scans(statement)), statement
    for query in ({"has": "messages"}, {"has": "alarm", "type": "rare"}, {"has": ["alarm", "messages"]}):
        with CaptureQueriesContext(connection) as captured:
            listed = viewer.get(reverse("inspector:list"), query)
        assert b"data-row" in listed.content
        for statement in (one["sql"] for one in captured if 'FROM "actors_' in one["sql"]):
            assert not list(sequential_scans(statement)), (query, statement)
    for shown in ("upcoming", "due", "late", "running", "failed", "paused", "orphaned", "alarms"):
        address, pages = f"?show={shown}", list[list[str]]()
        for _ in range(3):
            page, keys = walked(viewer, address)
            assert len(keys) == 100, shown
            pages.append(keys)
            address = link(page, "next")
        assert len({key for keys in pages for key in keys}) == 300, shown
        assert walked(viewer, link(page, "prev"))[1] == pages[1], shown


def walked(client: Client, address: str) -> tuple[str, list[str]]:
    """The page and the keys of its rows, read by indexes and without a count."""
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("inspector:agenda") + address).content.decode()
    for statement in (one["sql"] for one in captured if 'FROM "actors_' in one["sql"]):
        assert "COUNT(" not in statement.upper()
        assert not list(sequential_scans(statement)), (address, statement)
    return page, re.findall(r'<tr data-key="([^"]*)"', page)


def link(page: str, way: str) -> str:
    (found,) = re.findall(rf'rel="{way}" href="([^"]*)"', page)
    return unescape(found)
