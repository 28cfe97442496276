"""WatchedStore: the store of one process under test. It can fail as ordered, be held back, and be cut off.

Adds nothing to the contract: what passes is the real store's answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from actors.errors import error
from actors.storage.store import (
    ActorQuery,
    ActorRecord,
    BlockWrite,
    ClaimRequest,
    ClaimResult,
    HoldChange,
    NewActor,
    NodeRecord,
    Release,
    StateWrite,
    Store,
    Transaction,
    Usage,
)
from actors.testing.alarms import WatchedAlarms
from actors.testing.clock import TurnedClock
from actors.testing.faults import Faults, StoreCall
from actors.testing.kv import WatchedKv
from actors.testing.outbox import WatchedOutbox
from actors.testing.queues import WatchedQueues
from actors.testing.schedules import WatchedSchedules
from actors.testing.transactions import WatchedTransaction

T = TypeVar("T")


class WatchedStore:
    """`real` is the store itself: reading from it is no call of the node's. `on_release`: actors sleep."""

    def __init__(self, real: Store, clock: TurnedClock, faults: Faults) -> None:
        self.real = real
        self.kv = WatchedKv(real.kv, self._pass)
        self.queues = WatchedQueues(real.queues, self._pass)
        self.alarms = WatchedAlarms(real.alarms, self._pass)
        self.on_release: Callable[[], None] = _nothing
        self.schedules = WatchedSchedules(real.schedules, self._pass)
        self.archives = real.archives  # asked by nobody who hosts actors
        self.outbox = WatchedOutbox(real.outbox, self._pass)
        self._clock = clock
        self._faults = faults
        self._cut = False

    def cut(self) -> None:
        """The process is dead to its database: no later call arrives, and no answer comes back."""
        self._cut = True

    async def open(self) -> None:
        with self._clock.away():
            await self.real.open()

    async def close(self) -> None:
        with self._clock.away():
            await self.real.close()

    # -- nodes ---------------------------------------------------------------------------------------
    def usage(self) -> Usage:
        return self.real.usage()

    async def join(self, node: NodeRecord, lost: Callable[[], None], vitals: str | None = None) -> None:
        await self._pass("join", partial(self.real.join, node, lost, vitals))

    async def heartbeat(self, node_id: str, vitals: str | None = None) -> bool:
        return await self._pass("heartbeat", partial(self.real.heartbeat, node_id, vitals))

    async def leave(self, node_id: str) -> None:
        await self._pass("leave", partial(self.real.leave, node_id))

    async def live_nodes(self) -> list[NodeRecord]:
        return await self._pass("live_nodes", self.real.live_nodes)

    # -- directory -----------------------------------------------------------------------------------
    async def claim(self, node_id: str, requests: Sequence[ClaimRequest]) -> list[ClaimResult]:
        return await self._pass("claim", partial(self.real.claim, node_id, requests))

    async def create(self, new: NewActor) -> ActorRecord:
        return await self._pass("create", partial(self.real.create, new))

    async def get_or_create(self, new: NewActor) -> tuple[ActorRecord, bool]:
        return await self._pass("get_or_create", partial(self.real.get_or_create, new))

    async def find(self, name: str, key: str) -> ActorRecord | None:
        return await self._pass("find", partial(self.real.find, name, key))

    async def get(self, actor_ids: Sequence[str]) -> list[ActorRecord]:
        return await self._pass("get", partial(self.real.get, actor_ids))

    async def names(self, after: str | None, limit: int) -> list[str]:
        return await self._pass("names", partial(self.real.names, after, limit))

    async def locate(self, actor_id: str) -> NodeRecord | None:
        return await self._pass("locate", partial(self.real.locate, actor_id))

    async def list(self, query: ActorQuery) -> list[ActorRecord]:
        return await self._pass("list", partial(self.real.list, query))

    # -- state ---------------------------------------------------------------------------------------
    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        return await self._pass("commit", partial(self.real.commit, writes))

    async def write_together(self, write: BlockWrite) -> bool:
        return await self._pass("write_together", partial(self.real.write_together, write))

    def transaction(self) -> Transaction:
        return WatchedTransaction(self.real.transaction(), self._pass)

    async def revisions(self, actor_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        return await self._pass("revisions", partial(self.real.revisions, actor_ids))

    async def release(self, releases: Sequence[Release]) -> frozenset[str]:
        released = await self._pass("release", partial(self.real.release, releases))
        self.on_release()
        return released

    async def hold(self, actor_id: str, change: HoldChange, now: int) -> ActorRecord | None:
        record = await self._pass("hold", partial(self.real.hold, actor_id, change, now))
        self.on_release()
        return record

    async def forget_conns(self, actor_id: str, generation: int) -> None:
        return await self._pass("forget_conns", partial(self.real.forget_conns, actor_id, generation))

    async def destroy(self, actor_id: str, generation: int | None, destroyed_at: int) -> bool:
        return await self._pass("destroy", partial(self.real.destroy, actor_id, generation, destroyed_at))

    async def _pass(self, name: StoreCall, call: Callable[[], Awaitable[T]]) -> T:
        await self._faults.passage(name)
        self._check_alive()
        fault = self._faults.take(name)
        if fault is not None and not fault.applied:
            raise fault.exception()
        with self._clock.away():
            result = await call()
        self._check_alive()
        if fault is not None:
            raise fault.exception()
        return result

    def _check_alive(self) -> None:
        if self._cut:
            raise error("storage.unavailable")


def _nothing() -> None:
    """Until somebody wants to know."""
