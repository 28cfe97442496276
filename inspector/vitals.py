"""Vitals of the process that answers: what it has stored and used, and how soon its loop has time."""

from __future__ import annotations

import resource
from typing import Final

from asgiref.sync import async_to_sync

from actors.gateway.framework import VERSION
from actors.gateway.platform import current
from actors.storage.committer import CommitStats
from inspector.reach import at_home
from inspector.templatetags.inspector import weight

_KIB: Final = 1024


def vitals() -> list[tuple[str, str]]:
    """Names and values, as a page lists them; empty for a process that hosts no actors."""
    node = current().node
    if node is None:
        return []
    took = resource.getrusage(resource.RUSAGE_SELF)
    return [
        ("Speaks", f"RivetKit's wire {VERSION}"),
        ("Stored", _stored(node.stats().commits)),
        ("Memory", f"{weight(took.ru_maxrss * _KIB)} at most"),
        ("Processor", f"{took.ru_utime + took.ru_stime:,.0f} s since its start"),
        ("Its loop", f"had time after {_lag() * 1000:.1f} ms"),
    ]


def _stored(done: CommitStats) -> str:
    text = f"{done.rows:,} states in {done.commits:,} transactions, {weight(done.bytes)}"
    return f"{text}; {done.failed:,} failed" if done.failed else text


def _lag() -> float:
    """Seconds until the loop that actors live on got round to a question."""
    clock = current().clock
    asked = clock.monotonic()

    async def answered() -> float:
        return clock.monotonic()

    return async_to_sync(at_home)(answered()) - asked
