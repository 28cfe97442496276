"""What a node says of itself: the truth about its process, and at once when it begins to drain."""

from __future__ import annotations

import os
import socket

import msgspec

from actors.api.registry import registry
from actors.clock import LoopClock
from actors.gateway.platform import Platform
from actors.gateway.vitals import Told, resident
from actors.protocol.messages import Frame
from actors.runtime.conn import ConnectRequest, Traffic
from actors.runtime.measures import Measurements
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor
from tests.gateway.conftest import CONFIG

PROBE = NewActor("tpm899o4hpr4v5nz6us6k94knval00", "probe", "one")


class Noting(MemoryStore):
    """Keeps what the nodes said."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.said: list[Told] = []

    async def heartbeat(self, node_id: str, vitals: str | None = None) -> bool:
        self.said.append(msgspec.json.decode(vitals or "", type=Told))
        return await super().heartbeat(node_id, vitals)


class Port:
    """A client that reads nothing."""

    traffic = Traffic()

    def write(self, frame: Frame) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        pass


async def test_a_node_counts_what_it_holds_and_says_when_it_drains() -> None:
    clock = LoopClock()
    store = Noting(MemoryDatabase(clock))
    platform = Platform(CONFIG, registry, lambda: store, clock)
    platform.measurements = Measurements(registry)
    node = await platform.ready()
    task = await node.ensure(ClaimRequest(name="probe", key="one", new=PROBE), ("probe", "one"))
    assert isinstance(task, ActorTask)
    await node.tell()
    (first,) = store.said
    assert (first.host, first.pid, first.draining) == (socket.gethostname(), os.getpid(), False)
    assert (first.actors, first.connections) == (1, 0)
    assert set(first.versions) >= {"Python", "Django"}
    assert first.memory is not None
    assert first.memory > 2**20
    await task.connect(ConnectRequest(), Port())  # type: ignore[arg-type]
    await node.tell()
    assert store.said[-1].connections == 1
    await platform.drain()
    assert store.said[-1].draining


def test_the_memory_of_no_process_is_not_known() -> None:
    assert resident(2**22 + 1) is None
