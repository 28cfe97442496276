"""Ending: the graceful way out of one generation, sleep or destroy. Started once, by the task.

The author's hooks and what is running get the grace period; then everything is cancelled, the state is saved
a last time, and the actor is given back. Fencing and failed commits do not come through here.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Sequence
from typing import Any, Final, Protocol

from actors.clock import Clock, TimerHandle
from actors.errors import ActorError
from actors.logs import (
    DESTROY_TOO_LONG,
    GRACE,
    GRACE_OVER,
    NEVER_ENDS,
    NOT_DESTROYED,
    NOT_GIVEN_BACK,
    SHUTDOWN_HOOK_FAILED,
    STEP,
    named,
)
from actors.runtime.calls import Caller, current
from actors.runtime.chain import new_link
from actors.runtime.crash import Crash
from actors.runtime.definition import ActorDefinition
from actors.runtime.hibernation import NOT_STORED
from actors.runtime.hooks import run_hook
from actors.runtime.kinds import Kind
from actors.runtime.lifecycle import Event, State
from actors.runtime.parts import Parts
from actors.runtime.surroundings import Surroundings
from actors.storage.store import Release, StoredConn, StoreInterrupted, StoreRejected

ABORT_WAIT: Final = 1.0
"""Seconds that cancelled code gets to clean up."""

logger = logging.getLogger(__name__)


class Walk(Protocol):
    """The task, as far as its ending moves it."""

    @property
    def state(self) -> State: ...

    def move(self, event: Event) -> None: ...


class Ending:
    """`wish` is SLEEP or DESTROY once somebody asked; `limit` shortens the grace when the node drains."""

    __slots__ = (
        "_clock",
        "_definition",
        "_destroy_told",
        "_parts",
        "_surroundings",
        "_walk",
        "_woken_at",
        "begun",
        "crash",
        "destroyed",
        "limit",
        "wish",
    )

    def __init__(
        self,
        walk: Walk,
        parts: Parts,
        definition: ActorDefinition,
        surroundings: Surroundings,
        crash_policy: str,
    ) -> None:
        self._walk = walk
        self._parts = parts
        self._definition = definition
        self._surroundings = surroundings
        self._clock: Clock = surroundings.clock
        self._destroy_told = False
        self._woken_at = self._clock.now_ms()
        self.wish: Event | None = None
        self.begun = False
        self.destroyed = False
        self.crash = Crash(crash_policy)
        self.limit = math.inf

    def want(self, wish: Event) -> None:
        """Note a wish; destroy is stronger than sleep."""
        if self.wish is not Event.DESTROY:
            self.wish = wish

    async def run(self) -> None:
        """From started to terminated. Returns early if the generation falls on the way."""
        # Hooks, and what waits for them, are for nobody but this generation.
        current.set(Caller(new_link(self._parts.identity, "ending")))
        await self._spend_grace()
        self._step("grace")
        if self._fallen():
            return
        self._walk.move(Event.GRACE_OVER)
        self._parts.context.blocks.abandon()
        try:
            await self._parts.stream.saved()
        except ActorError:
            # The stream has told the task, which has terminated.
            return
        self._step("save")
        await self._give_up()
        self._step("give up")
        if not self._fallen():
            self._walk.move(Event.FINALIZED)

    def _step(self, step: str) -> None:
        if STEP.wanted(logger):
            STEP.say(logger, self._parts.identity.fields(reason=self._walk.state.value, step=step))

    def _fallen(self) -> bool:
        """Fenced, or the store failed: the task has terminated by itself."""
        return self._walk.state is State.TERMINATED

    # -- grace ---------------------------------------------------------------------------------------
    async def _spend_grace(self) -> None:
        work, began = self._parts.work, self._clock.monotonic()
        reason = "destroy" if self._walk.state is State.DESTROY_GRACE else "sleep"
        timed_out = False
        stops = self._schedule_stops()
        try:
            async with self._clock.timeout(self._begin_grace(reason)):
                self._tell()
                await work.drained()
                self._dismiss()
                await work.drained()
        except TimeoutError:
            timed_out = True
            fields = self._parts.identity.fields(reason=reason, work=work.counts())
            GRACE_OVER.say(logger, fields)
            await self._abort()
        finally:
            for stop in stops:
                stop.cancel()
            self._parts.work.measures.ending(reason, self._clock.monotonic() - began, timed_out)

    def _begin_grace(self, reason: str) -> float:
        grace = self._grace()
        if GRACE.wanted(logger):
            fields = self._parts.identity.fields(reason=reason, work=self._parts.work.counts())
            GRACE.say(logger, fields | {"grace_ms": int(grace * 1000)})
        return grace

    def _grace(self) -> float:
        options = self._definition.options
        destroying = self._walk.state is State.DESTROY_GRACE
        return min(self.limit, options.on_destroy_timeout if destroying else options.sleep_grace_period)

    def _schedule_stops(self) -> list[TimerHandle]:
        """What may have less than the grace period: `run`, and what was handed to `wait_until`."""
        options, work = self._definition.options, self._parts.work
        limits = {Kind.RUN: options.run_stop_timeout, Kind.WAIT_UNTIL: options.wait_until_timeout}
        return [
            self._clock.call_later(seconds, work.abort, kind)
            for kind, seconds in limits.items()
            if seconds is not None
        ]

    async def _abort(self) -> None:
        self._parts.dispatcher.abort(replayed=self._hibernates)
        self._parts.work.abort()
        self._dismiss()
        try:
            async with self._clock.timeout(ABORT_WAIT):
                await self._parts.work.drained()
        except TimeoutError:
            NEVER_ENDS.say(logger, self._parts.identity.fields())

    def _tell(self) -> None:
        hooks = self._definition.hooks
        hook = hooks.on_sleep
        if self._walk.state is State.DESTROY_GRACE:
            self._destroy_told = True
            hook = hooks.on_destroy
        if hook is not None:
            self._parts.work.spawn(Kind.SHUTDOWN_HOOK, self._run_hook(hook))
        self._parts.websockets.stop()

    async def _run_hook(self, hook: Any) -> None:
        stream = self._parts.stream
        stream.begin_write()
        try:
            await run_hook(hook, self._parts.instance)
        except Exception as failure:  # the end goes on
            SHUTDOWN_HOOK_FAILED.say(logger, self._parts.identity.fields(error=named(failure)), failure)
        finally:
            stream.end_write()

    @property
    def _hibernates(self) -> bool:
        return self._walk.state is State.SLEEP_GRACE and self._parts.hibernation.possible

    def _dismiss(self) -> None:
        connections = self._parts.connections
        if not self._hibernates:
            asleep = self._walk.state is State.SLEEP_GRACE
            for conn in connections.view().values():
                told = asleep or conn.websocket is not None
                connections.dismiss(conn, 1000, "actor.stopped" if told else "")
            return
        for conn in connections.ending():
            connections.dismiss(conn, 1000, "actor.stopped")
        self._parts.hibernation.settle()

    # -- giving up -----------------------------------------------------------------------------------
    async def _give_up(self) -> None:
        if self._walk.state is State.SLEEP_FINALIZE:
            await self._fall_asleep()
        # Or asked for only now, while the sleep was being saved.
        if self._walk.state is State.DESTROYING:
            await self._destroy()

    async def _fall_asleep(self) -> None:
        hibernation = self._parts.hibernation
        with contextlib.suppress(ActorError):  # an alarm that is too early makes somebody look, no more
            await self._parts.deliveries.settle()
        # Whoever wakes the actor goes by what is stored.
        await self._parts.scheduler.at_rest()
        if self._walk.state is not State.SLEEP_FINALIZE:
            return
        given_back = await self.give_back(hibernation.rows())
        if not given_back:
            self._parts.connections.cut_all(1011, NOT_STORED)
        elif self._walk.state is State.SLEEP_FINALIZE:
            hibernation.park()

    async def give_back(self, conns: Sequence[StoredConn] = ()) -> bool:
        """Release the actor, with the failure that stopped it if any. False: it is not known to be done."""
        identity = self._parts.identity
        now = self._clock.now_ms()
        try:
            crash = self.crash
            again = crash.restart_at(now)
            release = Release(
                identity.actor_id, identity.generation, now, crash.failure, again, conns, self._woken_at
            )
            return await self._surroundings.releases.release(release)
        except (ActorError, StoreInterrupted, StoreRejected) as failure:
            # The row stays ours until it is claimed again or this node has gone.
            NOT_GIVEN_BACK.say(logger, identity.fields(error=named(failure)))
            return False

    async def _destroy(self) -> None:
        await self._tell_late()
        await self.remove()

    async def remove(self) -> None:
        """Take the actor out of the directory, if it is still ours."""
        identity = self._parts.identity
        # A key that lands behind the destroy would stay for ever.
        await self._parts.context.kv.at_rest()
        await self._parts.scheduler.at_rest()
        try:
            self.destroyed = await self._surroundings.store.destroy(
                identity.actor_id, identity.generation, self._clock.now_ms()
            )
        except (ActorError, StoreInterrupted, StoreRejected) as failure:
            # Whoever asked for it looks at `destroyed` and tries by itself.
            NOT_DESTROYED.say(logger, identity.fields(error=named(failure)))

    async def _tell_late(self) -> None:
        """A sleep has turned into a destroy on the way: its hooks get a grace period of their own."""
        hook = None if self._destroy_told else self._definition.hooks.on_destroy
        try:
            async with self._clock.timeout(self._definition.options.on_destroy_timeout):
                if hook is not None:
                    await self._run_hook(hook)
                self._dismiss()
                await self._parts.work.drained()
        except TimeoutError:
            DESTROY_TOO_LONG.say(logger, self._parts.identity.fields())
