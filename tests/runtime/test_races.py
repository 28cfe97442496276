"""Anything happens to an actor in any order: what was acknowledged stays, every call is answered once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.errors import ActorError
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from actors.testing.faults import Failing, Hold
from tests.runtime.support import Answer, Client, Instance, World, define, request


async def add_slowly(self: Instance, amount: int) -> int:
    for _ in range(amount):
        await asyncio.sleep(0)
        self.ctx.state += 1
    return int(self.ctx.state)


async def add_and_fail(self: Instance) -> None:
    self.ctx.state += 1
    raise ValueError


async def linger(self: Instance) -> None:
    self.ctx.wait_until(asyncio.Event().wait())


DEFINITION = define(
    add_slowly=add_slowly,
    add_and_fail=add_and_fail,
    linger=linger,
    options=Options(sleep_timeout=30, action_timeout=20),
)
ADDED = {"increment": 1, "add_slowly": 3, "add_and_fail": 1}


class ActorLife(RuleBasedStateMachine):
    """`acknowledged` is what callers were told is added; `possible` is what may have been added besides."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World()
        self.run(self.world.node(DEFINITION))
        self.actor: ActorTask | None = None
        self.client: Client | None = None
        self.calls: list[tuple[str, Answer]] = []
        self.hold: Hold | None = None
        self.acknowledged = 0
        self.possible = 0

    def run(self, coro: Coroutine[Any, Any, Any]) -> Any:
        async def settled() -> Any:
            result = await coro
            await self.world.clock.settle()
            return result

        return self.loop.run_until_complete(settled())

    def perhaps(self, coro: Coroutine[Any, Any, Any]) -> Any:
        """`coro`, unless the actor ends in what had been left unsettled."""
        try:
            return self.run(coro)
        except ActorError as refusal:
            assert refusal.name == "actor.stopping"
            return None

    def teardown(self) -> None:
        self.world.faults.clear()
        self.run(self.world.clock.advance(200))
        self.settle_accounts(everything=True)
        if self.actor is not None:
            self.actor.fence()
        self.run(self.world.clock.settle())
        self.run(self.world.nodes[0]._membership.leave())
        self.loop.close()

    @property
    def awake(self) -> bool:
        return self.actor is not None and self.actor.state is State.STARTED

    @property
    def failing(self) -> bool:
        return bool(self.world.faults.waiting())

    @property
    def gated(self) -> bool:
        return self.hold is not None and not self.hold.released

    def settle_accounts(self, everything: bool = False) -> None:
        """Take the answers that have come into the books."""
        for call in list(self.calls):
            name, answer = call
            assert answer.deliveries <= 1
            assert answer.deliveries or not everything, f"{name} was never answered"
            if answer.here:
                self.calls.remove(call)
                kept = answer.error is None or answer.code == "rivetkit.internal_error"
                self.acknowledged += ADDED[name] if kept else 0
                self.possible += 0 if kept or answer.code == "actor.stopping" else ADDED[name]

    # -- what may happen -------------------------------------------------------------------------------
    @precondition(lambda self: not self.awake and not self.gated and not self.failing)
    @rule()
    def ensure(self) -> None:
        if self.actor is None or self.actor.state is State.TERMINATED:
            self.client = None
            actor = self.actor = self.run(self.world.nodes[0].ensure(request()))
            seen = self.run(self.world.ask(actor, "get"))
            assert self.acknowledged <= seen.value <= self.acknowledged + self.possible

    @precondition(lambda self: self.awake)
    @rule(name=st.sampled_from(sorted(ADDED)), steps=st.integers(0, 4))
    def call(self, name: str, steps: int) -> None:
        args = [3] if name == "add_slowly" else []
        answer = Answer()

        async def go() -> None:
            try:
                self.actor.dispatch(name, args, answer, None)  # type: ignore[union-attr]
            except ActorError as refusal:  # it ended in what had been left unsettled
                assert refusal.name == "actor.stopping"
                return
            self.calls.append((name, answer))
            for _ in range(steps):
                await asyncio.sleep(0)

        self.loop.run_until_complete(go())

    @precondition(lambda self: self.awake)
    @rule()
    def linger(self) -> None:
        assert self.actor is not None
        self.perhaps(self.world.ask(self.actor, "linger"))

    @precondition(lambda self: self.awake and self.client is None)
    @rule()
    def connect(self) -> None:
        assert self.actor is not None
        self.client = self.perhaps(self.world.connect(self.actor, "ticked"))

    @precondition(lambda self: self.client is not None)
    @rule()
    def leave(self) -> None:
        assert self.actor is not None and self.client is not None
        self.actor.close_connection(self.client.conn)
        self.client = None

    @precondition(lambda self: self.actor is not None)
    @rule(what=st.sampled_from(["request_sleep", "fence"]))
    def stop(self, what: str) -> None:
        async def go() -> None:
            getattr(self.actor, what)()

        self.loop.run_until_complete(go())

    @precondition(lambda self: not self.failing)
    @rule(failing=st.sampled_from(["unavailable", "interrupted"]))
    def break_a_commit(self, failing: Failing) -> None:
        self.world.faults.fail_next("commit", failing)

    @rule(shut=st.booleans())
    def turn_the_gate(self, shut: bool) -> None:
        if shut:
            self.hold = self.hold if self.gated else self.world.faults.hold("commit")
        elif self.hold is not None:
            self.hold.release()
        self.run(self.world.clock.settle())

    @rule(seconds=st.sampled_from([0, 1, 16, 40]))
    def wait(self, seconds: int) -> None:
        # Heartbeats are not gated, so time alone costs no lease.
        self.run(self.world.clock.advance(seconds))

    # -- what must hold --------------------------------------------------------------------------------
    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        self.settle_accounts()
        row = self.world.database.rows.get("counter-a")
        stored = (
            None if row is None or row.state is None or self.actor is None else self.world.stored(self.actor)
        )
        assert (stored or 0) >= self.acknowledged

    @invariant()
    def an_ended_actor_holds_nothing(self) -> None:
        if self.actor is not None and self.actor.state is State.TERMINATED:
            self.run(self.world.clock.settle())
            assert self.world.nodes[0].local(self.actor.actor_id) is None
            assert self.actor._parts.work.counts() == {}
            assert self.actor._parts.dispatcher._inbox.used == 0
            self.settle_accounts(everything=True)


TestActorLife = ActorLife.TestCase
TestActorLife.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
