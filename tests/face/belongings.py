"""Rows of what belongs to actors, for the admin to list: messages, schedules with runs, connections."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from actors.models import HibernatingConn, Message, Run, Schedule
from actors.protocol import cbor

NOW: Final = 1_700_000_000_000
"""What a test's clock says."""
RULES: Final = {"interval": 60_000}


def message(actor: Any, number: int, **fields: Any) -> Message:
    values = {"name": "jobs", "body": cbor.encode({"n": number}), "created_at": NOW, "available_at": NOW}
    return Message.objects.create(actor=actor, id=number, **{**values, **fields})


def schedule(actor: Any, number: int, **fields: Any) -> Schedule:
    values = {"kind": "every", "name": f"plan-{number}", "action": "tick", "args": cbor.encode([])}
    times = {"rules": RULES, "created_at": NOW, "due_at": NOW + 60_000}
    return Schedule.objects.create(actor=actor, id=number, **{**values, **times, **fields})


def run(planned: Schedule, number: int, **fields: Any) -> Run:
    values = {"scheduled_at": NOW, "started_at": NOW, "attempts": 1, "result": "ok", "ended_at": NOW}
    return Run.objects.create(
        actor=planned.actor, schedule_id=planned.id, number=number, **{**values, **fields}
    )


def hibernating(actor: Any, name: str) -> HibernatingConn:
    return HibernatingConn.objects.create(actor=actor, generation=1, id=name, record=b"")


FILL: Final = """
    INSERT INTO actors_message
        (actor_id, id, name, body, created_at, available_at, died_at)
    SELECT 'id-' || lpad((n / 100)::text, 7, '0'), n, 'jobs', '\\x01', 1, n, CASE WHEN n % 1000 = 0 THEN n END
    FROM generate_series(100, {rows}) AS n;
    INSERT INTO actors_schedule
        (actor_id, id, kind, name, action, args, rules, created_at, due_at, runs, orphaned_at,
        paused_at)
    SELECT 'id-' || lpad((n / 100)::text, 7, '0'), n, 'every', 'plan-' || n, 'tick', '\\x80',
        '{{"interval": 60000}}', 1, {now} + n * 1000 - 3600000, 1, CASE WHEN n % 1000 = 0 THEN n END,
        CASE WHEN n % 1000 = 2 THEN n END
    FROM generate_series(100, {rows}) AS n;
    INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)
    SELECT actor_id, 'schedule', min(due_at), min(due_at) FROM actors_schedule GROUP BY actor_id;
    INSERT INTO actors_run
        (actor_id, schedule_id, number, scheduled_at, started_at, attempts, result, ended_at)
    SELECT actor_id, id, 1, 1, 1, 1, CASE WHEN id % 1000 = 0 THEN 'error' ELSE 'ok' END,
        CASE WHEN id % 1000 <> 1 THEN 1 END
    FROM actors_schedule;
    INSERT INTO actors_conn (actor_id, generation, id, record)
    SELECT 'id-' || lpad((n / 100)::text, 7, '0'), 1, 'conn-' || n, '\\x00'
    FROM generate_series(100, {rows}) AS n;
    ANALYZE actors_message, actors_schedule, actors_alarm, actors_run, actors_conn;
"""


def fill(rows: int) -> None:
    """A hundred of each in every actor from the first on; of each thousand one is dead, failed, or runs."""
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(rows=rows, now=NOW))
