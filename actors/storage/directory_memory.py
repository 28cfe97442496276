"""The directory of the Store in memory, as far as records alone decide: its pages, and what is paused.

Used by `memory.py` alone. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from actors.storage.alarms import Source
from actors.storage.store import ActorQuery, ActorRecord, HoldChange


def page(records: Iterable[ActorRecord], query: ActorQuery) -> list[ActorRecord]:
    """See `Store.list`."""
    found = [record for record in records if _matches(record, query)]
    return sorted(found, key=lambda record: (record.created_at, record.actor_id), reverse=True)[: query.limit]


def _matches(record: ActorRecord, query: ActorQuery) -> bool:
    return (
        (not query.names or record.name in query.names)
        and (query.key is None or record.key == query.key)
        and (query.include_destroyed or record.destroyed_at is None)
        and (query.before is None or record.created_at < query.before)
    )


def held(record: ActorRecord, change: HoldChange, now: int) -> ActorRecord:
    """The row after the change."""
    return replace(
        record,
        paused_at=_mark(record.paused_at, change.calls, now),
        queues_paused_at=_mark(record.queues_paused_at, change.queues, now),
    )


def _mark(before: int | None, wanted: bool | None, now: int) -> int | None:
    if wanted is None:
        return before
    return (now if before is None else before) if wanted else None


def quiet(record: ActorRecord, source: Source) -> bool:
    """Whether an alarm of this source is not for an actor that is paused like this."""
    return record.paused_at is not None or (source == "queue" and record.queues_paused_at is not None)
