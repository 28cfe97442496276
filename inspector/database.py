"""The database in numbers: round trip, connections, locks, sizes of our tables, dead rows, notices.

For the page of what the nodes stand on. Asks the catalogues and counts no rows: it tells what the planner
believes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from time import perf_counter
from typing import Any, Final

from django.apps import apps
from django.db import connection

from actors.bounded import bounded
from inspector.templatetags.inspector import lasting, millis, weight

FULL: Final = 0.9
"""Of all connections."""
LONG: Final = 5.0
"""Seconds that a lock is waited for."""
HALF: Final = 0.5
"""Of the room for notices."""
MANY: Final = 10_000
"""Dead rows, of which there are more than of others."""
SHOWN_TABLES: Final = 5

_NUMBERS: Final = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
           current_setting('max_connections')::int,
           count(locked.pid),
           coalesce(extract(epoch FROM clock_timestamp() - min(locked.waitstart)), 0)::float8,
           pg_database_size(current_database()),
           pg_notification_queue_usage()
    FROM (SELECT pid, waitstart FROM pg_locks WHERE NOT granted) AS locked
"""
_TABLES: Final = """
    SELECT c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint, s.n_dead_tup,
           greatest(s.last_autovacuum, s.last_vacuum)
    FROM unnest(%s::text[]) AS named (name)
    JOIN pg_class c ON c.oid = to_regclass(named.name)
    JOIN pg_stat_user_tables s ON s.relid = c.oid
    ORDER BY 2 DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of something. `remedy`: what to do about it; empty while it is well."""

    name: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One of the largest of ours. `rows` by the planner's estimate; `cleaned_at`: the last vacuum."""

    name: str
    size: int
    rows: int
    dead: int
    cleaned_at: Any

    @property
    def swollen(self) -> bool:
        return self.dead > max(MANY, self.rows)


def facts_of_database() -> tuple[list[Fact], list[Table]]:
    """Raises inspector.too_slow, storage.unavailable."""
    with bounded(), connection.cursor() as cursor:
        began = perf_counter()
        cursor.execute("SELECT 1")
        took = perf_counter() - began
        cursor.execute(_NUMBERS)
        numbers = cursor.fetchone()
        cursor.execute(_TABLES, [_ours(), SHOWN_TABLES])
        tables = [Table(*row) for row in cursor.fetchall()]
    return [Fact("Round trip", millis(took)), *_numbers(*numbers), *_swollen(tables)], tables


def _ours() -> list[str]:
    models = chain.from_iterable(apps.get_app_config(app).get_models() for app in ("actors", "inspector"))
    return sorted({model._meta.db_table for model in models})


def _numbers(used: int, most: int, waiting: int, longest: float, size: int, notices: float) -> Iterator[Fact]:
    full = used >= FULL * most
    yield Fact(
        "Connections",
        f"{used} of {most}",
        "Nearly none is left: raise max_connections, or run fewer processes." if full else "",
    )
    held = f", the longest for {lasting(longest)}" if waiting else ""
    yield Fact(
        "Locks waited for",
        f"{waiting}{held}",
        "Somebody holds one in a transaction that stays open: pg_blocking_pids() tells who."
        if longest > LONG
        else "",
    )
    yield Fact("Size", weight(size))
    yield Fact(
        "Notices held",
        f"{notices:.0%} of their room",
        "A session that listens stays in a transaction: end it. At 100 % commits with notices fail."
        if notices > HALF
        else "",
    )


def _swollen(tables: Sequence[Table]) -> Iterator[Fact]:
    for table in tables:
        if table.swollen:
            text = f"{table.dead:,} in {table.name}, which has {table.rows:,} others"
            yield Fact("Dead rows", text, "Autovacuum does not keep up, or an old transaction hinders it.")
