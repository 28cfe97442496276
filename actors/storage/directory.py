"""The directory: this node's membership and lease, and claims of actors in batches.

One `Directory` is one membership: after `on_lost` the node makes another under a new id. Used by the node;
it never touches actors. That a lost lease stops them is the node's business.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Any, TypeAlias

from actors.clock import Clock, TimerHandle
from actors.errors import ActorError, error, sanitize
from actors.logs import CLAIM_FAILED, named
from actors.storage.store import (
    ClaimRequest,
    ClaimResult,
    NodeRecord,
    Store,
    StoreInterrupted,
    StoreRejected,
)
from actors.storage.text import check_claim

MAX_CLAIMS = 200
CLAIM_TRIES = 3


Vitals: TypeAlias = Callable[[float], str | None]

_Asked = tuple[ClaimRequest, asyncio.Future[ClaimResult]]

logger = logging.getLogger(__name__)


def silent(late: float) -> None:
    """Of a node that says nothing of itself."""


class Lease:
    """Until when this node may answer, on its own monotonic clock. Asked before every reply: one compare."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = -math.inf

    def valid(self) -> bool:
        """Whether the lease is running."""
        return self._clock.monotonic() < self._until

    def remaining(self) -> float:
        """Seconds until the lease runs out; negative once it has."""
        return self._until - self._clock.monotonic()

    def renew(self, until: float) -> None:
        """Run until this monotonic time."""
        self._until = until

    def end(self) -> None:
        """Invalid from now on."""
        self._until = -math.inf


class Loss(StrEnum):
    """Why a membership ended against our will."""

    SESSION_ENDED = "session_ended"
    """The database ended our session, or the network did: the lock is free."""
    HEARTBEAT_REFUSED = "heartbeat_refused"
    """To the database we are no node any more: the row is gone, too old, or its lock is free."""
    LEASE_RAN_OUT = "lease_ran_out"
    """No heartbeat was answered in time, by our own clock."""


class Directory:
    """`heartbeat_interval` and `lease_duration` in seconds; the store must know the same `lease_duration`.

    `vitals` gives what the node says of itself with each heartbeat, told by how many seconds that came late.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        node: NodeRecord,
        heartbeat_interval: float = 5.0,
        lease_duration: float = 15.0,
        vitals: Vitals = silent,
    ) -> None:
        self.node = node
        self.lease = Lease(clock)
        self._store = store
        self._clock = clock
        self._heartbeat_interval = heartbeat_interval
        self._lease_duration = lease_duration
        self._vitals = vitals
        self._membership: _Membership | None = None
        self._claims = _Claims(store, clock, node.node_id)

    async def join(self, on_lost: Callable[[Loss], None]) -> None:
        """Become a node. `on_lost(why)` is called at most once, when others may take our actors."""
        # The lease is counted from before the question: ours always ends before the database's.
        asked = self._clock.monotonic()
        membership = _Membership(self.lease, on_lost)
        lost = partial(membership.lose, Loss.SESSION_ENDED)
        await self._store.join(self.node, lost, self._vitals(0.0))
        if membership.over:
            raise error("storage.unavailable")
        self._membership = membership
        self.lease.renew(asked + self._lease_duration)
        membership.heartbeat = self._clock.spawn(self._renew_forever(membership), name="directory heartbeat")
        self._watch(membership)

    async def leave(self) -> None:
        """Give the membership back; also after it was lost, to free what the database still holds of it."""
        if self._membership is not None:
            self._membership.end()
        await self._store.leave(self.node.node_id)

    async def tell(self) -> None:
        """Say now how the node is: a heartbeat of no consequence."""
        with suppress(ActorError, StoreInterrupted):
            await self._store.heartbeat(self.node.node_id, self._vitals(0.0))

    async def claim(self, request: ClaimRequest) -> ClaimResult:
        """See `Store.claim`. Raises actor.invalid_request, storage.unavailable."""
        check_claim(request)
        return await self._claims.claim(request)

    async def _renew_forever(self, membership: _Membership) -> None:
        pause = self._heartbeat_interval
        while not membership.over:
            due = self._clock.monotonic() + pause
            await self._clock.sleep(pause)
            asked = self._clock.monotonic()
            try:
                known = await self._store.heartbeat(self.node.node_id, self._vitals(asked - due))
            except (ActorError, StoreInterrupted):
                # No verdict. The lease goes on running down; ask again soon.
                pause = self._heartbeat_interval / 5
                continue
            if not known:
                membership.lose(Loss.HEARTBEAT_REFUSED)
                return
            self.lease.renew(asked + self._lease_duration)
            pause = self._heartbeat_interval

    def _watch(self, membership: _Membership) -> None:
        """Re-check when the stored deadline comes, so that a heartbeat which hangs cannot hide the end."""
        remaining = self.lease.remaining()
        if remaining <= 0:
            membership.lose(Loss.LEASE_RAN_OUT)
        else:
            membership.watch = self._clock.call_later(remaining, self._watch, membership)


class _Membership:
    """What runs between join and leave. Ends once: by `lose`, which tells the node, or by `end`."""

    __slots__ = ("_lease", "_on_lost", "heartbeat", "over", "watch")

    def __init__(self, lease: Lease, on_lost: Callable[[Loss], None]) -> None:
        self._lease = lease
        self._on_lost = on_lost
        self.heartbeat: asyncio.Task[Any] | None = None
        self.watch: TimerHandle | None = None
        self.over = False

    def lose(self, why: Loss) -> None:
        if not self.over:
            joined = self.heartbeat is not None
            self.end()
            if joined:
                self._on_lost(why)

    def end(self) -> None:
        self.over = True
        self._lease.end()
        if self.watch is not None:
            self.watch.cancel()
        if self.heartbeat is not None:
            self.heartbeat.cancel()


class _Claims:
    """Group claim: the first goes at once, others collect while it is in flight."""

    def __init__(self, store: Store, clock: Clock, node_id: str) -> None:
        self._store = store
        self._clock = clock
        self._node_id = node_id
        self._waiting: list[_Asked] = []
        self._running = False

    async def claim(self, request: ClaimRequest) -> ClaimResult:
        answer: asyncio.Future[ClaimResult] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if not self._running:
            self._running = True
            self._clock.spawn(self._run(), name="directory claims")
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_CLAIMS], self._waiting[MAX_CLAIMS:]
            await self._answer(batch)
        self._running = False

    async def _answer(self, batch: list[_Asked]) -> None:
        try:
            results = await self._ask([request for request, _ in batch])
        except StoreRejected as refusal:
            await self._single_out(batch, refusal)
        except ActorError as failure:
            _refuse(batch, failure)
        except Exception as failure:
            CLAIM_FAILED.say(logger, {"claims": len(batch), "error": named(failure)}, failure)
            _refuse(batch, sanitize(failure))
        else:
            for (_, answer), result in zip(batch, results, strict=True):
                if not answer.done():
                    answer.set_result(result)

    async def _single_out(self, batch: list[_Asked], refusal: StoreRejected) -> None:
        """One claim that the database refuses must not fail its neighbours."""
        if len(batch) > 1:
            for single in batch:
                await self._answer([single])
        else:
            _refuse(batch, error("actor.invalid_request", reason=str(refusal)))

    async def _ask(self, requests: list[ClaimRequest]) -> list[ClaimResult]:
        """A claim may be repeated: what was taken by an interrupted one is ours, and is only taken anew."""
        for _ in range(CLAIM_TRIES):
            try:
                return await self._store.claim(self._node_id, requests)
            except StoreInterrupted:
                continue
        raise error("storage.unavailable")


def _refuse(batch: list[_Asked], failure: ActorError) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(failure)
