"""What an actor finds around it: the parts of its node that it may use. Plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actors.clock import Clock
from actors.runtime.deadlines import Deadlines
from actors.runtime.definition import ActorDefinition
from actors.runtime.measures import Measurements
from actors.runtime.parking import Parking
from actors.runtime.releases import Releases
from actors.runtime.warnings import LimitedWarnings
from actors.storage.committer import Committer
from actors.storage.kv_writer import KvWriter
from actors.storage.queue_writer import QueueWriter
from actors.storage.schedule_writer import ScheduleWriter
from actors.storage.store import Store


class Lease(Protocol):
    """The node's right to answer. `actors.storage.directory.Lease` is the real one."""

    def valid(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Fixtures:
    """What a node has once, whatever its membership."""

    store: Store
    clock: Clock
    committer: Committer
    kv: KvWriter
    queues: QueueWriter
    schedules: ScheduleWriter
    parking: Parking
    measurements: Measurements


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One per membership of a node: a node that rejoins gives its actors a new lease."""

    clock: Clock
    store: Store
    committer: Committer
    kv: KvWriter
    queues: QueueWriter
    schedules: ScheduleWriter
    lease: Lease
    releases: Releases
    deadlines: Callable[[ActorDefinition], Deadlines]
    parking: Parking
    warnings: LimitedWarnings
    measurements: Measurements
    expose_errors: bool = False
