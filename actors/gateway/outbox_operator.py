"""What an operator sees and does of the outbox, by Django's own connection: the rows are Django's.

For the admin, the command `actors outbox` and its doctor; from sync code only. Only what was given up can be
changed, so no node ever loses a call that it has in hand. Delivers nothing: see `relay.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

from actors.storage.queries import QUERIES

COUNTED: Final = 1_000
"""Counting ends there, for what waits and for what was given up: more is not a larger trouble."""
LONG_WAIT: Final = 300
"""Seconds: most of what cannot be delivered has been given up by then."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The calls to actors of one class. `since` is when the oldest that waits was stored, in milliseconds."""

    name: str
    waiting: int
    since: int | None
    given_up: int


def standing() -> list[Standing]:
    """Of each class that has calls. All classes together count to COUNTED, twice."""
    return [Standing(*row) for row in _run("outbox_standing", {"limit": COUNTED})]


def late(found: Sequence[Standing], now: int) -> list[Standing]:
    """Of which classes the oldest call that waits should have been delivered long ago."""
    return [one for one in found if one.since is not None and now - one.since > LONG_WAIT * 1000]


def by_class(counts: Sequence[tuple[str, int]]) -> str:
    """As `3 to till, 1000 or more to room`; empty if there are none."""
    shown = [(name, str(count) if count < COUNTED else f"{count} or more") for name, count in counts if count]
    return ", ".join(f"{count} to {name}" for name, count in shown)


def retry(row_id: int, now: int) -> bool:
    """Have a call that was given up delivered after all, as the first of its actor. Whether there is one."""
    return bool(_run("outbox_retry", {"id": row_id, "now": now}))


def discard(row_id: int) -> bool:
    """Remove a call that was given up. Whether there is one."""
    return bool(_run("outbox_discard", {"id": row_id}))


def _run(name: str, params: Mapping[str, Any]) -> list[Any]:
    """Raises Django's DatabaseError."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(QUERIES[name], params)
        rows: list[Any] = cursor.fetchall()
        return rows
