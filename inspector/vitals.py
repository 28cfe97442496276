"""Vitals: how the process that answers is: what it holds, what it has stored, how soon its loop has time."""

from __future__ import annotations

import os
import platform as machine
import resource
import socket
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from asgiref.sync import async_to_sync

from actors.gateway.framework import VERSION
from actors.gateway.platform import current
from inspector.reach import at_home
from inspector.templatetags.inspector import weight

_KIB: Final = 1024


def vitals() -> list[tuple[str, str]]:
    """Names and values, as a page lists them; empty for a process that hosts no actors."""
    node = current().node
    if node is None:
        return []
    stats, took = node.stats(), resource.getrusage(resource.RUSAGE_SELF)
    return [
        ("Process", f"{os.getpid()} on {socket.gethostname()}"),
        (
            "Runs",
            f"Python {machine.python_version()}, Django {_version('django')}, RivetKit's wire {VERSION}",
        ),
        ("Takes new actors", "no: it drains" if node.draining else "yes"),
        ("Awake", f"{stats.awake:,} actors, {stats.connections:,} connections"),
        ("Stored", _stored(stats)),
        ("Memory", f"{weight(took.ru_maxrss * _KIB)} at most"),
        ("Processor", f"{took.ru_utime + took.ru_stime:,.0f} s since its start"),
        ("Its loop", f"had time after {_lag() * 1000:.1f} ms"),
    ]


def _stored(stats: Any) -> str:
    done = stats.commits
    text = f"{done.rows:,} states in {done.commits:,} transactions, {weight(done.bytes)}"
    return f"{text}; {done.failed:,} failed" if done.failed else text


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _lag() -> float:
    """Seconds until the loop that actors live on got round to a question."""
    clock = current().clock
    asked = clock.monotonic()

    async def answered() -> float:
        return clock.monotonic()

    return async_to_sync(at_home)(answered()) - asked
