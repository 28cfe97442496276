"""Node: hosts the actors of one process, on one event loop. The gateway asks it for them.

It finds, starts and stops them; what happens inside one is its task's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from actors.clock import Clock
from actors.errors import ActorError, error, sanitize
from actors.logs import DRAIN_TIMED_OUT, NO_FAREWELL, NOT_MADE
from actors.runtime.calls import chain_now
from actors.runtime.chain import deadlock, label, runs_at
from actors.runtime.crash import report
from actors.runtime.identity import Identity
from actors.runtime.lifecycle import State
from actors.runtime.measures import Laps, Measurements
from actors.runtime.membership import Membership, NodeLimits
from actors.runtime.parking import Parking
from actors.runtime.registry import Registry
from actors.runtime.residents import Residents
from actors.runtime.restarts import Restarts
from actors.runtime.rousing import Rousing
from actors.runtime.surroundings import Fixtures, Surroundings
from actors.runtime.task import ActorTask
from actors.storage.committer import CommitStats, Committer
from actors.storage.directory import Vitals
from actors.storage.kv_writer import KvWriter
from actors.storage.queue_writer import queue_writer
from actors.storage.schedule_writer import schedule_writer
from actors.storage.store import (
    Claimed,
    ClaimRequest,
    HeldElsewhere,
    Missing,
    NodeRecord,
    Release,
    Store,
    StoreInterrupted,
)

WAKE_TRIES: Final = 3
ROOM_TO_FINISH: Final = 0.75

logger = logging.getLogger(__name__)

Found = ActorTask | HeldElsewhere
Started = ActorTask | HeldElsewhere | Missing


@dataclass(frozen=True, slots=True)
class NodeStats:
    """A moment of a node: actors in memory, open sockets of all actors, and what has been committed."""

    awake: int
    connections: int
    commits: CommitStats


class Node:
    """`record` names the process at first, with the internal base URL under which others reach it."""

    __slots__ = (
        "_clock",
        "_draining",
        "_fixtures",
        "_limits",
        "_membership",
        "_registry",
        "_residents",
        "_restarts",
        "_starting",
        "parking",
        "rousing",
        "store",
    )

    def __init__(
        self,
        config: NodeLimits,
        registry: Registry,
        store: Store,
        clock: Clock,
        *,
        record: NodeRecord,
        measurements: Measurements,
    ) -> None:
        self.store = store
        self._limits = config
        self._registry = registry
        self._clock = clock
        self.parking = Parking(clock, self._wake)
        self._fixtures = Fixtures(
            store,
            clock,
            Committer(store, clock),
            KvWriter(store.kv, clock),
            queue_writer(store.queues, clock),
            schedule_writer(store.schedules, clock),
            self.parking,
            measurements,
        )
        self._membership = Membership(record, config, self._fixtures)
        self._residents = Residents()
        self._restarts = Restarts(clock, self._restart)
        self.rousing = Rousing(store, clock, measurements, self.ensure)
        # The starts under way, by (name, serialized key).
        self._starting: dict[tuple[str, str], asyncio.Task[Started]] = {}
        self._draining = False

    @property
    def node_id(self) -> str:
        """Changes when the node has lost its lease and joined again."""
        return self._membership.node.node_id

    @property
    def address(self) -> str:
        return self._membership.node.address

    @property
    def draining(self) -> bool:
        """Whether the node takes nothing new any more, for good."""
        return self._draining

    def stats(self) -> NodeStats:
        tasks = list(self._residents)
        connections = len(self.parking) + sum(task.connections for task in tasks)
        return NodeStats(len(tasks), connections, self._fixtures.committer.stats)

    def describe(self, vitals: Vitals) -> None:
        """What the node says of itself from its start on: see `Directory`."""
        self._membership.vitals = vitals

    async def start(self) -> None:
        """Open the store and become a member. Raises storage.unavailable; then nothing is left open."""
        self._fixtures.measurements.prepared()
        await self.store.open()
        try:
            await self._membership.join(self._fence_all)
        except BaseException:
            await self.store.close()
            raise

    async def tell(self) -> None:
        """Say now, and not with the next heartbeat, how the node is."""
        await self._membership.tell()

    async def drain(self, timeout: float) -> None:
        """Take nothing new, put every actor to sleep within `timeout` seconds, leave, and close the store.

        What runs has ROOM_TO_FINISH of them to end; the rest is for storing what it did.
        """
        self._draining = True
        self._restarts.close()
        self.parking.close()
        tasks = list(self._residents)
        for task in tasks:
            task.request_sleep(timeout * ROOM_TO_FINISH)
        try:
            async with self._clock.timeout(timeout):
                for task in tasks:
                    await task.stopped()
                await self._fixtures.committer.idle()
        except TimeoutError:
            DRAIN_TIMED_OUT.say(logger, {"left": len(self._residents)})
        await self.stop(timeout)

    async def stop(self, timeout: float) -> None:
        """Fence whatever is here, leave within `timeout` seconds, and close the store."""
        self._draining = True
        self._restarts.close()
        self._fence_all()
        try:
            async with self._clock.timeout(timeout):
                await self._fixtures.committer.close()
                await self._fixtures.kv.close()
                await self._fixtures.queues.close()
                await self._fixtures.schedules.close()
                await self._membership.leave()
        except TimeoutError:
            NO_FAREWELL.say(logger, {})
        await self.store.close()

    def residents(self) -> list[ActorTask]:
        """The actors in memory, also those that are starting or stopping."""
        return list(self._residents)

    def resident(self, actor_id: str) -> ActorTask | None:
        """The actor if it is in memory here, in whatever state."""
        return self._residents.get(actor_id)

    async def arrived(self, actor_id: str, key: tuple[str, str]) -> ActorTask | None:
        """As `resident`, also if a claim that has been made for this node is only on its way here.

        `key`: its name and serialized key.
        """
        starting = self._starting.get(key)
        if starting is not None and self.resident(actor_id) is None:
            await asyncio.wait([starting])
        return self.resident(actor_id)

    # -- finding -------------------------------------------------------------------------------------
    def on_arrival(self, arrived: Callable[[ActorTask], None]) -> Callable[[], None]:
        """As `Residents.on_arrival`."""
        return self._residents.on_arrival(arrived)

    def local(self, actor_id: str) -> ActorTask | None:
        """The actor if it is awake here and accepts work: no I/O."""
        return self._residents.accepting(actor_id)

    def local_by_key(self, name: str, serialized_key: str) -> ActorTask | None:
        """As `local`."""
        return self._residents.accepting_by_key(name, serialized_key)

    async def ensure(self, request: ClaimRequest, key: tuple[str, str] | None = None) -> Found:
        """The actor, awake: here, or at the node that holds it. Concurrent calls share one start.

        `key`: its name and serialized key, by those who know them and ask by id: it spares a round trip.
        Raises actor.not_found, actor.not_registered, actor.deadlock, actor.call_chain_too_long,
        guard.actor_ready_timeout, guard.service_unavailable, storage.unavailable, or what made it fail.
        """
        if self._draining:
            raise error("guard.service_unavailable")
        try:
            async with self._clock.timeout(self._limits.ready_timeout):
                return await self._ensure(request, key or await self._key_of(request))
        except TimeoutError as late:
            raise error("guard.actor_ready_timeout") from late

    async def _wake(self, identity: Identity) -> None:
        """For the parking. Raises as `ensure` does, also if the actor is held elsewhere."""
        request = ClaimRequest(actor_id=identity.actor_id)
        found = await self.ensure(request, (identity.name, identity.serialized_key))
        if isinstance(found, HeldElsewhere):
            raise error("guard.service_unavailable")

    async def _ensure(self, request: ClaimRequest, key: tuple[str, str]) -> Found:
        for _ in range(WAKE_TRIES):
            while (task := self._residents.get_by_key(*key)) is not None and task.ending:
                _check_may_wait(task)
                await task.stopped()
            if task is not None:
                _check_may_wait(task)
            started = (
                task if task is not None and task.state is State.STARTED else await self._start(request, key)
            )
            if isinstance(started, HeldElsewhere):
                return started
            if isinstance(started, ActorTask):
                if request.actor_id not in (None, started.actor_id):
                    raise error("actor.not_found")
                if started.state is State.STARTED:
                    return started
            # It went to sleep at once, or it was the start of somebody who would not have made it.
        raise error("guard.actor_stopped_while_waiting", actor_id=request.actor_id or key[1], phase="start")

    async def _key_of(self, request: ClaimRequest) -> tuple[str, str]:
        """Starts are shared by key, so an id costs one more round trip where the actor is not here."""
        if request.actor_id is None:
            wanted = request.new or request
            return wanted.name or "", wanted.key or ""
        task = self._residents.get(request.actor_id)
        if task is not None:
            return task.name, task.serialized_key
        records = await self.store.get([request.actor_id])
        if not records or records[0].destroyed_at is not None:
            raise error("actor.not_found")
        return records[0].name, records[0].key

    # -- starting ------------------------------------------------------------------------------------
    async def _start(self, request: ClaimRequest, key: tuple[str, str]) -> Started:
        starting = self._starting.get(key)
        if starting is not None:
            result = await asyncio.shield(starting)
            if isinstance(result, Missing) and request.new is None:
                raise error("actor.not_found")
            return result
        self._registry.get(key[0])
        # A task of its own: a caller that gives up must not take the others with it.
        starting = self._starting[key] = self._clock.spawn(self._claim_and_start(request), name="actor start")
        starting.add_done_callback(lambda task: self._start_over(key, task))
        result = await asyncio.shield(starting)
        if isinstance(result, Missing):
            raise error("actor.not_found")
        return result

    def _start_over(self, key: tuple[str, str], task: asyncio.Task[Started]) -> None:
        del self._starting[key]
        if not task.cancelled():
            task.exception()  # retrieved, even if every caller has given up

    async def _claim_and_start(self, request: ClaimRequest) -> Started:
        laps = Laps(self._clock)
        result, surroundings = await self._membership.claim(request)
        if not isinstance(result, Claimed):
            return result
        laps.next()
        task = await self._make(result, surroundings)
        laps.next()
        self._residents.add(task)
        measures = self._fixtures.measurements.of(task.name)
        measures.entered()
        self._restarts.cancel(task.actor_id)
        succeeded = False
        try:
            await task.start(result)
            succeeded = True
        finally:
            laps.next()
            measures.started(laps.seconds, result.state is None, succeeded)
        return task

    async def _make(self, claimed: Claimed, surroundings: Surroundings) -> ActorTask:
        record = claimed.record
        try:
            return ActorTask(self._registry.get(record.name), claimed, surroundings, self)
        except Exception as failure:  # the author's constructor
            NOT_MADE.say(logger, {"actor_id": record.actor_id}, failure)
            release = Release(record.actor_id, record.generation, self._clock.now_ms(), report(failure))
            refusal = sanitize(failure, surroundings.expose_errors)
            self.parking.cut(record.actor_id, 1011, refusal.name)
            with contextlib.suppress(ActorError, StoreInterrupted):  # the next claim takes the row anyway
                await surroundings.releases.release(release)
            raise refusal from failure

    # -- ending --------------------------------------------------------------------------------------
    async def destroy(self, actor_id: str) -> bool | HeldElsewhere:
        """Destroy the actor if it is here or nowhere; False if there is none. Held elsewhere: ask there.

        An actor that sleeps is removed without waking it: its on_destroy does not run.
        Raises storage.unavailable, actor.outcome_unknown.
        """
        records = await self.store.get([actor_id])
        if not records or records[0].destroyed_at is not None:
            return False
        starting = self._starting.get((records[0].name, records[0].key))
        if starting is not None:
            await asyncio.wait([starting])
        task = self._residents.get(actor_id)
        if task is not None:
            task.request_destroy()
            await task.stopped()
            if task.destroyed:
                return True
        owner = await self.store.locate(actor_id)
        if owner is not None and owner.node_id != self.node_id:
            return HeldElsewhere(actor_id, owner)
        try:
            destroyed = await self.store.destroy(actor_id, None, self._clock.now_ms())
        except StoreInterrupted:
            raise error("actor.outcome_unknown") from None
        task = self._residents.get(actor_id)
        if destroyed and task is not None:  # woken while we looked elsewhere
            task.fence()
        self.parking.cut(actor_id, 1000, "")
        return destroyed

    def moved(self, task: ActorTask) -> None:
        """A task of this node has changed its state."""
        self._residents.moved(task)
        if task.state is State.TERMINATED:
            self._fixtures.measurements.of(task.name).left()
        if task.state is State.TERMINATED and task.restart_pause is not None and not self._draining:
            self._restarts.schedule(task.actor_id, task.restart_pause)

    def crashed(self, task: ActorTask) -> float:
        """An actor with the crash policy "restart" has crashed: seconds until it starts again."""
        return self._restarts.pause(task.actor_id)

    def _restart(self, actor_id: str) -> None:
        self._clock.spawn(self._start_again(actor_id), name="actor restart")

    async def _start_again(self, actor_id: str) -> None:
        with contextlib.suppress(ActorError):  # logged where it failed; the next pause is running by now
            await self.ensure(ClaimRequest(actor_id=actor_id))

    def _fence_all(self) -> None:
        # Another node may take actors that sleep, and know nothing of their sockets here.
        self.parking.cut_all(1011, "actor.restarting")
        for task in self._residents:
            task.fence()


def _check_may_wait(task: ActorTask) -> None:
    """Raises actor.deadlock where a start or an end waits for the code that asks, or for its callers."""
    if task.state is not State.STARTED:
        chain = chain_now()
        if runs_at(chain, task.identity):
            raise deadlock(chain, label(task.identity, "ending" if task.ending else "start"))
