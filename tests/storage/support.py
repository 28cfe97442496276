"""A store whose commits a test holds back or breaks, and actors that only note what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from actors.clock import Clock
from actors.errors import ActorError
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, ClaimResult, NewActor, StateWrite

NODE = "alpha"


class GatedStore(MemoryStore):
    """Memory, but a commit waits while the gate is shut, and fails as told."""

    def __init__(self, clock: Clock) -> None:
        self.database = MemoryDatabase(clock)
        super().__init__(self.database)
        self.batches: list[list[StateWrite]] = []
        self.claims: list[list[ClaimRequest]] = []
        self.open_gate = asyncio.Event()
        self.open_gate.set()
        self.fail_commit: Callable[[Sequence[StateWrite]], Exception | None] = lambda writes: None
        self.fail_revisions: list[Exception] = []
        self.fail_claim: Callable[[Sequence[ClaimRequest]], Exception | None] = lambda requests: None
        self.fail_heartbeat: Callable[[], Exception | None] = lambda: None

    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        self.batches.append(list(writes))
        await self.open_gate.wait()
        failure = self.fail_commit(writes)
        if failure is not None:
            raise failure
        return await super().commit(writes)

    async def revisions(self, actor_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        if self.fail_revisions:
            raise self.fail_revisions.pop(0)
        return await super().revisions(actor_ids)

    async def claim(self, node_id: str, requests: Sequence[ClaimRequest]) -> list[ClaimResult]:
        self.claims.append(list(requests))
        await self.open_gate.wait()
        failure = self.fail_claim(requests)
        if failure is not None:
            raise failure
        return await super().claim(node_id, requests)

    async def heartbeat(self, node_id: str, vitals: str | None = None) -> bool:
        failure = self.fail_heartbeat()
        if failure is not None:
            raise failure
        return await super().heartbeat(node_id, vitals)

    def sizes(self) -> list[int]:
        """The number of rows of each batch so far."""
        return [len(batch) for batch in self.batches]


class Noting:
    """A committable: `state` is what it wants to be durable, `told` what the committer answered."""

    def __init__(self, actor_id: str, size: int = 8) -> None:
        self.actor_id = actor_id
        self.generation = 1
        self.revision = 0
        self.state: bytes | None = b"s" * size
        self.prepared = 0
        self.told: list[str] = []
        self.refusal: Exception | None = None

    def prepare(self) -> StateWrite | None:
        self.prepared += 1
        if self.refusal is not None:
            raise self.refusal
        if self.state is None:
            return None
        self.revision += 1
        return StateWrite(self.actor_id, self.generation, self.revision, self.state)

    def committed(self) -> None:
        self.told.append("committed")

    def fenced(self) -> None:
        self.told.append("fenced")

    def failed(self, error: ActorError) -> None:
        self.told.append(error.name)


async def actors(store: GatedStore, count: int, size: int = 8) -> list[Noting]:
    """`count` actors that node alpha holds under generation 1; their ids sort in the order of the list."""
    ids = [f"id-{n:04}" for n in range(count)]
    requests = [ClaimRequest(new=NewActor(actor_id, "counter", actor_id)) for actor_id in ids]
    await MemoryStore.claim(store, NODE, requests)
    return [Noting(actor_id, size) for actor_id in ids]
