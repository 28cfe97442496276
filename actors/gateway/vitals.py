"""Vitals: what a node says of itself in its row, with each heartbeat: where and what it is, and how it does.

Written for people who look at the nodes; the platform decides nothing by it. Costs the same for one actor as
for a million: it reads what is counted anyway.
"""

from __future__ import annotations

import os
import platform as machine
import socket
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import django
import msgspec

from actors.runtime.measures import Measurements, layout
from actors.runtime.registry import Registry
from actors.storage.directory import Vitals
from actors.storage.store import Usage

_GAUGES: Final = layout("gauge")
_ACTORS, _CONNECTIONS = _GAUGES["active_count",], _GAUGES["connections_active",]
_PACKAGE: Final = "rivet-actors-django"


class Told(msgspec.Struct, frozen=True):
    """`late`: by how many seconds the event loop got round to this heartbeat. `memory`: resident bytes.

    `versions` by what they are of; `classes` is a digest of the actor classes and of what callers may ask.
    """

    host: str
    pid: int
    versions: dict[str, str]
    classes: str
    actors: int
    connections: int
    late: float
    memory: int | None
    database: Usage
    draining: bool


def teller(
    registry: Registry, measurements: Measurements, usage: Callable[[], Usage], draining: Callable[[], bool]
) -> Vitals:
    """For the heartbeats of the node of this process."""
    host, versions, classes = socket.gethostname(), _versions(), _classes(registry)

    def tell(late: float) -> str:
        gauges = [measures.gauges for measures in measurements.prepared().values()]
        told = Told(
            host=host,
            pid=os.getpid(),
            versions=versions,
            classes=classes,
            actors=int(sum(cells[_ACTORS] for cells in gauges)),
            connections=int(sum(cells[_CONNECTIONS] for cells in gauges)),
            late=max(late, 0.0),
            memory=resident(os.getpid()),
            database=usage(),
            draining=draining(),
        )
        return msgspec.json.encode(told).decode()

    return tell


def resident(pid: int) -> int | None:
    """The bytes of memory that a process has, from Linux's /proc; None where that is not to be had."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


@cache
def _versions() -> dict[str, str]:
    found = {"Python": machine.python_version(), "Django": django.get_version()}
    try:
        return {"actors": version(_PACKAGE), **found}
    except PackageNotFoundError:  # run from its source
        return found


def _classes(registry: Registry) -> str:
    """Nodes of one deployment have the same."""
    known = [
        (one.name, sorted(one.actions), sorted(one.events), sorted(one.queues))
        for one in map(registry.get, registry.names())
    ]
    return sha256(msgspec.json.encode(known)).hexdigest()[:8]
