"""Exclusive actions: one at a time, in the order of their arrival, within their time, nobody forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.errors import ActorError
from actors.runtime.calls import Caller, current
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.support import Answer, Instance, World, define


class Steps:
    """An exclusive action `step(name)` that waits until its name is let go; `log` is what has run."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def step(self, instance: Instance, name: str) -> str:
        self.log.append(f"{name} begins")
        try:
            await self.gates.setdefault(name, asyncio.Event()).wait()
        finally:
            self.log.append(f"{name} ends")
        return name

    def let_go(self, *names: str) -> None:
        for name in names:
            self.gates.setdefault(name, asyncio.Event()).set()


def begins(steps: Steps, **options: Any) -> Any:
    async def step(self: Instance, name: str) -> str:
        return await steps.step(self, name)

    def quick(self: Instance, name: str) -> str:
        steps.log.append(name)
        return name

    return define(exclusive=("step", "quick"), options=Options(**options), step=step, quick=quick)


def at_rest(actor: ActorTask) -> bool:
    """No permit, no turn, no work and no deadline is left behind."""
    dispatcher = actor._parts.dispatcher
    turns = dispatcher._turns
    left = (dispatcher._inbox.used, dispatcher._queued, len(turns.waiting), len(dispatcher._running))
    return left == (0, 0, 0, 0) and turns.holder is None and actor._parts.work.counts() == {}


async def test_one_at_a_time_in_the_order_of_their_arrival(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps))
    answers = [world.send(actor, "step", name) for name in "abc"]
    await world.clock.settle()
    assert steps.log == ["a begins"]
    steps.let_go("c", "b", "a")
    await world.clock.settle()
    assert steps.log == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]
    assert [answer.value for answer in answers] == ["a", "b", "c"]
    assert at_rest(actor)


async def test_other_actions_do_not_wait_for_them(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps))
    world.send(actor, "step", "a")
    assert (await world.ask(actor, "increment", 2)).value == 2
    steps.let_go("a")
    await world.clock.settle()


async def test_a_sync_one_runs_on_the_spot_unless_another_has_the_turn(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps))
    world.send(actor, "quick", "alone")
    assert steps.log == ["alone"]
    world.send(actor, "step", "a")
    behind = await world.ask(actor, "quick", "behind")
    assert not behind.here
    steps.let_go("a")
    await world.clock.settle()
    assert steps.log == ["alone", "a begins", "a ends", "behind"]
    assert (behind.value, at_rest(actor)) == ("behind", True)


async def test_what_waits_does_not_hold_up_the_answers_of_others(world: World) -> None:
    """It has written nothing, so no answer waits for a commit on its account."""
    steps = Steps()
    actor = await world.actor(begins(steps))
    world.send(actor, "step", "a")
    await world.clock.settle()
    world.send(actor, "step", "b")
    assert actor._parts.stream.writers == 1
    steps.let_go("a", "b")
    await world.clock.settle()
    assert actor._parts.stream.writers == 0


async def test_waiting_ones_hold_their_permits(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps, max_pending_actions=2))
    for name in "ab":
        world.send(actor, "step", name)
    with pytest.raises(ActorError) as refusal:
        world.send(actor, "get")
    assert refusal.value.name == "actor.overloaded"
    steps.let_go("a", "b")
    await world.clock.settle()
    assert at_rest(actor)


async def test_the_time_of_a_waiting_one_runs_from_its_arrival(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps, action_timeout=10))
    first = await world.ask(actor, "step", "a")
    await world.clock.advance(6)
    second = await world.ask(actor, "step", "b")
    await world.clock.advance(5)
    assert (first.code, second.here) == ("actor.action_timed_out", False)
    third = await world.ask(actor, "step", "c")
    await world.clock.advance(5.5)
    assert second.code == "actor.action_timed_out", "4 of its 10 seconds were another's"
    steps.let_go("c")
    await world.clock.settle()
    assert (third.value, at_rest(actor)) == ("c", True)


async def test_one_whose_time_is_up_in_the_line_never_begins(world: World) -> None:
    steps = Steps()

    async def step(self: Instance, name: str) -> str:
        while True:  # will not be cancelled
            try:
                return await steps.step(self, name)
            except asyncio.CancelledError:
                continue

    definition = define(exclusive=("step",), options=Options(action_timeout=10), step=step)
    actor = await world.actor(definition)
    world.send(actor, "step", "a")
    await world.clock.advance(1)
    waiting = await world.ask(actor, "step", "b")
    await world.clock.advance(10)
    assert (waiting.code, waiting.deliveries) == ("actor.action_timed_out", 1)
    steps.let_go("a")
    await world.clock.settle()
    assert not any(line.startswith("b") for line in steps.log)
    assert at_rest(actor)


async def test_the_turn_passes_on_when_an_action_fails(world: World) -> None:
    async def fail(self: Instance) -> None:
        await asyncio.sleep(0)
        raise ValueError

    actor = await world.actor(define(exclusive=("fail",), fail=fail))
    answers = [world.send(actor, "fail") for _ in range(3)]
    await world.clock.settle()
    assert [answer.code for answer in answers] == ["rivetkit.internal_error"] * 3
    assert at_rest(actor)


async def test_a_sleep_lets_those_in_line_finish(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps))
    answers = [world.send(actor, "step", name) for name in "ab"]
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.settle()
    assert actor.state is State.SLEEP_GRACE
    steps.let_go("a", "b")
    await world.clock.settle()
    assert [answer.value for answer in answers] == ["a", "b"]
    assert actor.state is State.TERMINATED


async def test_when_the_grace_is_over_those_in_line_may_be_repeated(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps, sleep_grace_period=5, action_timeout=60))
    holder, waiting = (world.send(actor, "step", name) for name in "ab")
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.advance(6)
    assert (holder.code, waiting.code) == ("actor.outcome_unknown", "actor.stopping")
    assert steps.log == ["a begins", "a ends"]
    assert at_rest(actor)


@pytest.mark.parametrize("steps_before", range(8))
async def test_fencing_at_any_step_answers_each_once(world: World, steps_before: int) -> None:
    async def walk(self: Instance) -> None:
        for _ in range(2):
            await asyncio.sleep(0)

    actor = await world.actor(define(exclusive=("walk",), walk=walk))
    answers = [world.send(actor, "walk") for _ in range(3)]
    for _ in range(steps_before):
        await asyncio.sleep(0)
    actor.fence()
    await world.clock.settle()
    assert [answer.deliveries for answer in answers] == [1, 1, 1]
    assert at_rest(actor)


# -- what would wait for itself ------------------------------------------------------------------------
async def ask_itself(self: Instance) -> Any:
    """What a handle does: dispatch in the context of the code that calls, and wait for the answer."""
    task = self.ctx._life._task  # as a client would reach it
    assert isinstance(task, ActorTask)
    reply = Answer()
    done = asyncio.Event()
    original = reply.deliver

    def deliver(frame: Any) -> None:
        original(frame)
        done.set()

    reply.deliver = deliver  # type: ignore[method-assign]
    task.dispatch("move", [], reply, None)
    await done.wait()
    if reply.error is not None:
        raise reply.error
    return reply.value


async def test_a_call_that_waits_for_its_own_turn_is_refused_at_once(world: World) -> None:
    actor = await world.actor(define(exclusive=("move",), move=ask_itself))
    answer = await world.ask(actor, "move")
    assert answer.error is not None
    assert (answer.code, answer.error.status) == ("actor.deadlock", 409)
    assert answer.error.metadata == {"chain": "counter[a].move -> counter[a].move"}
    assert at_rest(actor)


async def test_a_call_from_a_free_action_waits_for_its_turn(world: World) -> None:
    steps = Steps()

    async def move(self: Instance) -> str:
        return await steps.step(self, "m")

    actor = await world.actor(define(exclusive=("move",), move=move, free=ask_itself))
    direct = await world.ask(actor, "move")
    through = await world.ask(actor, "free")
    assert not direct.here and not through.here
    steps.let_go("m")
    await world.clock.settle()
    assert (direct.value, through.value) == ("m", "m")


async def test_siblings_do_not_deadlock_each_other(world: World) -> None:
    async def move(self: Instance) -> int:
        await asyncio.sleep(0)
        return 1

    async def both(self: Instance) -> int:
        return sum(await asyncio.gather(ask_itself(self), ask_itself(self)))

    actor = await world.actor(define(exclusive=("move",), move=move, both=both))
    assert (await world.ask(actor, "both")).value == 2


@pytest.mark.parametrize("background", ["keep_awake", "wait_until"])
async def test_what_nobody_waits_for_takes_its_turn_afterwards(world: World, background: str) -> None:
    moves: list[str] = []

    async def later(self: Instance) -> None:
        moves.append(await ask_itself(self))

    async def move(self: Instance) -> str:
        if not moves:
            moves.append("first")
            getattr(self.ctx, background)(later(self))
            await asyncio.sleep(0)
        return "again"

    actor = await world.actor(define(exclusive=("move",), move=move))
    await world.ask(actor, "move")
    assert (moves, at_rest(actor)) == (["first", "again"], True)


async def test_a_chain_does_not_grow_without_end(world: World) -> None:
    actor = await world.actor(define(move=ask_itself))
    answer = await world.ask(actor, "move")
    assert answer.error is not None
    assert (answer.code, answer.error.metadata["limit"]) == ("actor.call_chain_too_long", 32)
    assert at_rest(actor)


async def test_a_call_over_a_socket_has_no_chain(world: World) -> None:
    seen: list[Any] = []

    async def look(self: Instance) -> None:
        caller = current.get()
        assert isinstance(caller, Caller)
        seen.append(caller.cause)

    actor = await world.actor(define(look=look))
    client = await world.connect(actor)
    await world.ask(actor, "look", conn=client.conn)
    assert seen == [()]
