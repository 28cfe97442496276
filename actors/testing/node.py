"""ActorNode: one node under test, to which all handles, doors and views of this process lead.

Verbs are Calls: `await` them in async tests, ask for their `.result()` in sync ones. Looking wakes nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal, Self, TypeVar, cast

from actors.api.accessor import target_of
from actors.api.binding import bind_transport
from actors.api.calls import Call
from actors.api.handles import retargeted
from actors.api.registry import registry
from actors.api.transport import Transport
from actors.conf import NodeConfig
from actors.gateway.platform import Platform, install
from actors.protocol.keys import serialize_key
from actors.runtime.lifecycle import State
from actors.runtime.task import ActorTask
from actors.storage.store import ActorQuery, ActorRecord
from actors.testing.databases import StoreName
from actors.testing.failures import Failure
from actors.testing.faults import Failing, StoreCall
from actors.testing.hearing import Heard, heard
from actors.testing.loops import Work, on_loop
from actors.testing.process import Process
from actors.testing.world import World

A = TypeVar("A")
T = TypeVar("T")
Status = Literal["absent", "asleep", "starting", "awake", "stopping"]

MOST_RECORDS: Final = 10_000
_STATUS: Final[dict[State, Status]] = {State.LOADING: "starting", State.STARTED: "awake"}


class ActorNode:
    """`async with ActorNode() as actors:`. `store` is "memory" or "postgres", the project's test database."""

    def __init__(self, store: StoreName = "memory", *, config: NodeConfig | None = None) -> None:
        self._world = World(store, config)
        self._before: tuple[Platform | None, Transport | None]
        self._loop: asyncio.AbstractEventLoop
        self._process: Process

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._world.open()
        self._process = Process(self._world)
        self._before = self._bind(self._process.platform, self._process.transport)
        try:
            await self._process.start()
        except BaseException:
            self._bind(*self._before)
            await self._world.close(_nothing())
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        """Stop in order. Raises AssertionError for what the test leaves behind, unless it failed anyway."""
        try:
            await self._world.close(self._process.stop())
        except AssertionError:
            if kind is None:
                raise
        finally:
            self._bind(*self._before)

    def _bind(
        self, platform: Platform | None, transport: Transport | None
    ) -> tuple[Platform | None, Transport | None]:
        return install(platform), bind_transport(transport)

    # -- time and change -----------------------------------------------------------------------------
    def advance(self, seconds: float) -> Call[None]:
        """Turn the clock. What falls due happens in order, each with all that follows from it."""
        return self._call("advance", partial(self._world.clock.advance, seconds))

    def settle(self) -> Call[None]:
        """Let everything happen that can happen without time passing."""
        return self._call("settle", self._world.clock.settle)

    def sleep(self, actor: object) -> Call[None]:
        """Put an actor to sleep, if it is awake, and settle. What still runs gets its grace period."""
        return self._call("sleep", partial(self._sleep, actor))

    def restart(self, *, crash: bool = False) -> Call[None]:
        """End the process and start another over the same database.

        In order, as on SIGTERM; or with `crash` as on SIGKILL: no hook may change anything any more, and only
        what was durable is left. Calls under way end with actor.outcome_unknown.
        """
        return self._call("restart", partial(self._restart, crash))

    # -- faults --------------------------------------------------------------------------------------
    def fail_next(
        self, call: StoreCall, failing: Failing = "unavailable", *, applied: bool = False, times: int = 1
    ) -> None:
        """Let the next `times` calls of the store with this name fail, as a real database fails.

        "unavailable": it cannot be reached; "rejected": it refuses the data; "interrupted": the connection
        broke meanwhile, so the node cannot know what `applied` says. A call that never comes fails the test.
        Raises ValueError for what no store does.
        """
        self._world.faults.fail_next(call, failing, applied=applied, times=times)

    @contextmanager
    def hold(self, call: StoreCall) -> Iterator[None]:
        """Within the block calls of the store with this name wait: `with actors.hold("commit"):`."""
        hold = self._world.faults.hold(call)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(hold.release)

    def failures(self) -> Call[list[Failure]]:
        """Take what went wrong in background code since the last time. What nobody takes fails the test."""
        return self._call("failures", self._failures)

    # -- callers -------------------------------------------------------------------------------------
    def as_user(self, actor: A, user: Any, *, session: Any = None) -> A:
        """The handle for calls and connections of a Django user, whom the actor sees as `self.conn.user`."""
        return cast(A, retargeted(actor, replace(target_of(actor), user=user, session=session)))

    async def listen(self, events: AsyncIterator[T]) -> Heard[T]:
        """Subscribe at once: `news = await actors.listen(conn.events(Room.news))`; `await news.next()`."""
        return await heard(events)

    # -- looking -------------------------------------------------------------------------------------
    @property
    def awake(self) -> list[str]:
        """The actors that are awake, as "chatRoom/lobby", in alphabetical order."""
        tasks = self._process.node.residents()
        return sorted("/".join((task.name, *task.key)) for task in tasks if task.state is State.STARTED)

    def status(self, actor: object) -> Call[Status]:
        """What an actor is doing."""
        return self._call("status", partial(self._status, actor))

    def record(self, actor: object) -> Call[ActorRecord | None]:
        """The directory's row of an actor, None if there is none. By key only the live actor is found."""
        return self._call("record", partial(self._record, actor))

    def records(self, *, destroyed: bool = False) -> Call[list[ActorRecord]]:
        """The directory, newest first."""
        query = ActorQuery(include_destroyed=destroyed, limit=MOST_RECORDS)
        return self._call("records", lambda: self._process.store.real.list(query))

    def state_of(self, actor: object) -> Call[Any]:
        """An actor's state as stored, which a crash would leave; None if nothing was ever stored."""
        return self._call("state_of", partial(self._state, actor))

    # -- on the node's loop --------------------------------------------------------------------------
    def _call(self, verb: str, work: Work[T]) -> Call[T]:
        return on_loop(self._loop, f"actors.{verb}()", work)

    async def _restart(self, crash: bool) -> None:
        if crash:
            await self._process.kill()
        else:
            await self._world.finish(self._process.stop())
        self._process = Process(self._world)
        self._bind(self._process.platform, self._process.transport)
        await self._process.start()

    async def _sleep(self, actor: object) -> None:
        task = await self._resident(actor)
        if task is not None:
            task.request_sleep()
        await self._world.clock.settle()

    async def _failures(self) -> list[Failure]:
        await self._world.clock.settle()
        return self._world.failures.take()

    async def _record(self, actor: object) -> ActorRecord | None:
        target, store = target_of(actor), self._process.store.real
        if target.actor_id is None:
            return await store.find(target.name, serialize_key(target.key))
        return next(iter(await store.get([target.actor_id])), None)

    async def _resident(self, actor: object) -> ActorTask | None:
        record = await self._record(actor)
        residents = self._process.node.residents()
        return next((task for task in residents if record and task.actor_id == record.actor_id), None)

    async def _status(self, actor: object) -> Status:
        task = await self._resident(actor)
        if task is not None:
            return _STATUS.get(task.state, "stopping")
        record = await self._record(actor)
        return "absent" if record is None or record.destroyed_at is not None else "asleep"

    async def _state(self, actor: object) -> Any:
        record = await self._record(actor)
        if record is None:
            return None
        stored = await self._world.database.state(record.actor_id)
        definition = registry.get(record.name).state
        return None if stored is None or definition is None else definition.decode(stored)


async def _nothing() -> None:
    """Nothing was started."""
