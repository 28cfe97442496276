"""Heartbeats: who wakes sleeping actors, and when each was last heard of: Celery's beats, and the nodes.

A beat has no row: it is known by its connection, over which it looks at the alarms every five seconds at
least. Asked of the database alone, for the pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from actors.storage.alarms import BEAT
from inspector.cluster import nodes

SHOWN: Final = 50
"""Beats, and nodes, the newest first."""
SILENT: Final = 30
"""Seconds without a look after which a beat that is still connected hangs."""
_BEATS: Final = """
    SELECT pid, query_start, query_start > now() - make_interval(secs => %s) FROM pg_stat_activity
    WHERE application_name = %s AND datname = current_database() ORDER BY pid LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`at` is None where the database does not say."""

    key: str
    who: str
    what: str
    at: datetime | None
    well: bool


def heartbeats() -> list[Heartbeat]:
    """The beats first."""
    return [*_beats(), *map(_of_node, nodes()[:SHOWN])]


def _beats() -> list[Heartbeat]:
    with connection.cursor() as cursor:
        cursor.execute(_BEATS, [SILENT, BEAT, SHOWN])
        found = cursor.fetchall()
    return [
        Heartbeat(f"beat-{pid}", f"beat {pid}", "looks for the next alarm", at, bool(fresh) or at is None)
        for pid, at, fresh in found
    ]


def _of_node(node: Any) -> Heartbeat:
    what = "hosts actors, and wakes what is late"
    return Heartbeat(f"node-{node.pk}", f"node {node.pk[:8]}", what, node.heartbeat_at, node.alive)
