"""The page of what is to happen over all actors: lists that walk an index, page by page, without a count."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.gateway.platform import current
from actors.models import Actor, Alarm, Message, Run, Schedule
from actors.protocol import cbor
from tests.face.test_admin import sequential_scans
from tests.inspector.rows import fill, make

pytestmark = pytest.mark.django_db

HOUR = 3_600_000


def ask(client: Client, **query: str) -> Any:
    return client.get(reverse("inspector:agenda"), query)


def rows(answer: Any) -> list[tuple[str, str]]:
    """Actor and what, line by line."""
    found = re.findall(
        r"data-row>([^<]*)</a></td>\s*<td>[^<]*</td>\s*<td>([^<]*)</td>", answer.content.decode()
    )
    return [(actor, what) for actor, what in found]


def plan(number: int, due_at: int, **fields: Any) -> None:
    """A schedule of an actor of its own, with the alarm of one that sleeps."""
    actor = make(number)
    values = {"kind": "at", "action": "ring", "args": cbor.encode([]), "rules": {}, "created_at": 1}
    Schedule.objects.create(actor=actor, id=1, due_at=due_at, **{**values, **fields})
    Alarm.objects.create(actor=actor, source="schedule", due_at=due_at, wake_at=due_at)


def test_what_comes_next_stands_first_with_the_name_of_its_schedule(viewer: Client) -> None:
    now = current().clock.now_ms()
    plan(1, now + HOUR, name="nightly")
    plan(2, now + 1000)
    Alarm.objects.create(actor_id="id-0000001", source="queue", due_at=now + 1, wake_at=now + 1)
    Alarm.objects.create(actor=make(3), source="schedule", due_at=now + 2 * HOUR, wake_at=now + 2 * HOUR)
    assert rows(ask(viewer)) == [
        ("key-1", "messages of its queues"),
        ("key-2", "ring"),
        ("key-1", "nightly"),
        ("key-3", "a run to be tried again"),
    ]
    assert rows(ask(viewer, show="late")) == []


def test_the_lines_of_a_page_stand_in_the_order_of_the_times_they_say(viewer: Client) -> None:
    """Alarms of an actor that is awake wake later than they are due, and are walked by when they wake."""
    now = current().clock.now_ms()
    for shown, soon in (("coming", now + HOUR), ("late", now - HOUR)):
        Alarm.objects.all().delete()
        for number, (due_at, wake_at) in enumerate([(soon, soon + 20_000), (soon + 1000, soon + 1000)]):
            actor = Actor.objects.filter(key=f"key-{number}").first() or make(number)
            Alarm.objects.create(actor=actor, source="queue", due_at=due_at, wake_at=wake_at)
        assert [actor for actor, _ in rows(ask(viewer, show=shown))] == ["key-0", "key-1"], shown


def test_what_is_late_is_said_here_and_on_the_first_page(viewer: Client) -> None:
    plan(1, current().clock.now_ms() - HOUR)
    assert "late</span>" in ask(viewer).content.decode()
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
    Run.objects.create(
        actor_id="id-0000002",
        schedule_id=1,
        number=7,
        scheduled_at=1,
        started_at=2,
        attempts=3,
        result="retrying",
    )
    plan(3, later, paused_at=5, name="nightly")
    assert rows(ask(viewer, show="orphaned")) == [("key-1", "sing")]
    assert rows(ask(viewer, show="paused")) == [("key-3", "nightly")]
    assert "paused</td>" in ask(viewer, show="paused").content.decode()
    assert "no action &#x27;sing&#x27;" in ask(viewer, show="orphaned").content.decode()
    assert rows(ask(viewer, show="running")) == [("key-2", "run 7")]
    assert "retrying, attempt 3" in ask(viewer, show="running").content.decode()
    assert "<code>1 orphaned</code>" in viewer.get(reverse("inspector:overview")).content.decode()


@pytest.mark.parametrize(
    "query", [{"show": "all"}, {"after": "x"}, {"after": "x~y~z"}, {"after": "\0~1~2", "show": "running"}]
)
def test_a_page_that_there_is_not_is_refused_or_empty(viewer: Client, query: dict[str, str]) -> None:
    assert ask(viewer, **query).status_code in (200, 400)
    assert rows(ask(viewer, **query)) == []


MANY = """
    INSERT INTO actors_schedule
        (actor_id, id, kind, action, args, rules, created_at, due_at, orphaned_at, paused_at)
    SELECT id, 1, 'at', 'ring', '\\x80', '{}', 1, created_at, CASE WHEN created_at %% 100 = 0 THEN 5 END,
        CASE WHEN created_at %% 100 = 1 THEN 5 END
    FROM actors_actor;
    INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)
    SELECT id, 'schedule', created_at, created_at FROM actors_actor;
    INSERT INTO actors_run
        (actor_id, schedule_id, number, scheduled_at, started_at, attempts, result, ended_at)
    SELECT id, 1, 1, 1, 1, 1, 'ok', CASE WHEN created_at %% 100 > 0 THEN 5 END FROM actors_actor;
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
    for shown in ("coming", "late", "paused", "orphaned", "running"):
        seen: set[str] = set()
        after = ""
        for _ in range(3):
            with CaptureQueriesContext(connection) as captured:
                page = ask(viewer, show=shown, after=after) if after else ask(viewer, show=shown)
            for statement in (one["sql"] for one in captured if 'FROM "actors_' in one["sql"]):
                assert "COUNT(" not in statement.upper()
                assert not list(sequential_scans(statement)), (shown, statement)
            found = re.findall(r'<tr data-key="([^"]*)"', page.content.decode())
            assert len(found) == 100
            assert not seen & set(found), shown
            seen |= set(found)
            after = re.search(r"after=([^\"]*)", page.content.decode()).group(1).replace("%7E", "~")  # type: ignore[union-attr]
