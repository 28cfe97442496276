"""Actions: concurrent, bounded in time and number, and each answered exactly once."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from actors.errors import ActorError, UserError, error
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from tests.runtime.support import Answer, Instance, World, define


async def test_a_slow_action_does_not_hold_up_a_fast_one(world: World) -> None:
    log: list[str] = []
    go_on = asyncio.Event()

    async def slow(self: Instance) -> None:
        log.append("slow starts")
        await go_on.wait()
        log.append("slow ends")

    async def fast(self: Instance) -> None:
        log.append("fast")

    actor = await world.actor(define(slow=slow, fast=fast))
    await world.ask(actor, "slow")
    await world.ask(actor, "fast")
    go_on.set()
    await world.clock.settle()
    assert log == ["slow starts", "fast", "slow ends"]


async def test_actions_start_in_the_order_of_their_arrival_sync_or_not(world: World) -> None:
    log: list[str] = []

    async def waits(self: Instance, name: str) -> None:
        log.append(name)

    def at_once(self: Instance, name: str) -> None:
        log.append(name)

    actor = await world.actor(define(waits=waits, at_once=at_once))
    for number, name in enumerate(["at_once", "waits", "at_once", "waits", "at_once"]):
        world.send(actor, name, str(number))
    await world.clock.settle()
    assert log == ["0", "1", "2", "3", "4"]


async def test_a_sync_action_is_as_durable_as_an_async_one(world: World) -> None:
    def add(self: Instance) -> int:
        self.ctx.state += 1
        return int(self.ctx.state)

    actor = await world.actor(define(add=add))
    commits = world.faults.hold("commit")
    answer = await world.ask(actor, "add")
    assert not answer.here
    commits.release()
    await world.clock.settle()
    assert (answer.value, world.stored(actor)) == (1, 1)


# -- before anything has started -----------------------------------------------------------------------
async def test_an_unknown_action_is_named(world: World) -> None:
    actor = await world.actor(define())
    with pytest.raises(ActorError, match=r"actor\.action_not_found: Action `typo`"):
        actor.dispatch("typo", [], Answer(), None)


async def test_overload_is_told_at_once_and_before_anything_is_built(world: World) -> None:
    bound: list[Any] = []
    never = asyncio.Event()

    async def stuck(self: Instance) -> None:
        await never.wait()

    definition = define(stuck=stuck, options=Options(max_pending_actions=2))
    object.__setattr__(definition.actions["get"], "bind", lambda args: bound.append(args) or args)
    actor = await world.actor(definition)
    for _ in range(2):
        world.send(actor, "stuck")
    await world.clock.settle()
    tasks = len(asyncio.all_tasks())
    with pytest.raises(ActorError) as refusal:
        actor.dispatch("get", [], Answer(), None)
    assert refusal.value.name == "actor.overloaded"
    assert refusal.value.metadata == {"channel": "dispatch", "capacity": 2, "operation": "get"}
    assert (bound, len(asyncio.all_tasks())) == ([], tasks)


async def test_a_permit_comes_back_when_the_action_ends_or_never_starts(world: World) -> None:
    definition = define(options=Options(max_pending_actions=1))

    def refuse(args: Any) -> Any:
        raise error("actor.invalid_request", reason="no")

    actor = await world.actor(definition)
    for _ in range(3):
        assert (await world.ask(actor, "increment")).here
    object.__setattr__(definition.actions["increment"], "bind", refuse)
    for _ in range(3):
        with pytest.raises(ActorError, match=r"actor\.invalid_request"):
            actor.dispatch("increment", [], Answer(), None)


# -- time ----------------------------------------------------------------------------------------------
async def test_an_action_that_takes_too_long_is_answered_408_and_cancelled(world: World) -> None:
    ended: list[Any] = []

    async def slow(self: Instance) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(bool(self.ctx.aborted))

    actor = await world.actor(define(slow=slow, options=Options(action_timeout=2)))
    answer = await world.ask(actor, "slow")
    await world.clock.advance(1.9)
    assert not answer.here
    await world.clock.advance(0.2)
    assert answer.error is not None
    assert (answer.code, answer.error.status, answer.deliveries) == ("actor.action_timed_out", 408, 1)
    assert ended == [True]
    assert actor.state is State.STARTED


async def test_what_a_timed_out_action_wrote_is_durable_before_its_error(world: World) -> None:
    async def slow(self: Instance) -> None:
        self.ctx.state = 9
        await asyncio.Event().wait()

    actor = await world.actor(define(slow=slow, options=Options(action_timeout=1)))
    answer = await world.ask(actor, "slow")
    commits = world.faults.hold("commit")
    await world.clock.advance(1)
    assert not answer.here
    commits.release()
    await world.clock.settle()
    assert (answer.code, world.stored(actor)) == ("actor.action_timed_out", 9)


async def test_an_action_that_swallows_its_cancellation_is_still_answered_once(world: World) -> None:
    async def stubborn(self: Instance) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "late"
        return "never"

    actor = await world.actor(define(stubborn=stubborn, options=Options(action_timeout=1)))
    answer = await world.ask(actor, "stubborn")
    await world.clock.advance(1)
    assert (answer.code, answer.deliveries) == ("actor.action_timed_out", 1)


async def test_a_thousand_actions_need_one_timer(world: World) -> None:
    actor = await world.actor(define())
    timers = len(world.clock._timers)
    for _ in range(1000):
        world.send(actor, "increment")
    await world.clock.settle()
    assert len(world.clock._timers) - timers <= 1


# -- errors --------------------------------------------------------------------------------------------
async def test_a_user_error_reaches_the_caller_whole(world: World) -> None:
    async def refuse(self: Instance) -> None:
        raise UserError("too rude", code="rude", metadata={"word": 3})

    actor = await world.actor(define(refuse=refuse))
    answer = await world.ask(actor, "refuse")
    assert answer.error is not None
    assert answer.error.payload() == {
        "group": "user", "code": "rude", "message": "too rude", "metadata": {"word": 3},
    }  # fmt: skip


async def test_any_other_exception_is_masked_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(self: Instance) -> None:
        raise ValueError("the secret")

    actor = await world.actor(define(fail=fail))
    answer = await world.ask(actor, "fail")
    assert (answer.code, "secret" in str(answer.error)) == ("rivetkit.internal_error", False)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info and record.__dict__["actor_id"] == actor.actor_id


async def test_after_the_start_no_code_is_answered_that_a_client_repeats(world: World) -> None:
    async def ask_other(self: Instance) -> None:
        raise error("actor.not_found")

    actor = await world.actor(define(ask_other=ask_other))
    answer = await world.ask(actor, "ask_other")
    assert answer.error is not None
    assert (answer.code, answer.error.metadata) == ("actor.outcome_unknown", {"cause": "actor.not_found"})


async def test_an_output_that_cannot_be_sent_is_an_error_of_that_action_alone(world: World) -> None:
    actor = await world.actor(define())
    answer = Answer(limit=lambda output: (_ for _ in ()).throw(error("message.outgoing_too_long")))
    actor.dispatch("increment", [1], answer, None)
    await world.clock.settle()
    assert (answer.code, actor.state) == ("message.outgoing_too_long", State.STARTED)


async def test_an_action_cancelled_from_outside_is_answered(world: World) -> None:
    async def give_up(self: Instance) -> None:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gone.cancel()
        await gone

    actor = await world.actor(define(give_up=give_up))
    answer = await world.ask(actor, "give_up")
    assert (answer.code, answer.deliveries) == ("actor.outcome_unknown", 1)


@pytest.mark.parametrize("steps", range(6))
async def test_fencing_at_any_await_answers_each_call_once(world: World, steps: int) -> None:
    async def walk(self: Instance) -> None:
        for _ in range(4):
            self.ctx.state += 1
            await asyncio.sleep(0)

    actor = await world.actor(define(walk=walk))
    answers = [world.send(actor, "walk"), world.send(actor, "get"), world.send(actor, "increment")]
    for _ in range(steps):
        await asyncio.sleep(0)
    actor.fence()
    await world.clock.settle()
    assert [answer.deliveries for answer in answers] == [1, 1, 1]
    assert actor._parts.work.counts() == {}
    assert actor._parts.dispatcher._inbox.used == 0


async def test_a_call_that_had_not_started_may_be_repeated_by_its_client(world: World) -> None:
    actor = await world.actor(define())
    answer = world.send(actor, "increment")
    actor.fence()
    await world.clock.settle()
    assert (answer.code, answer.deliveries) == ("actor.stopping", 1)


# -- on_before_action_response -------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_the_response_hook_gives_the_answer(world: World, kind: str) -> None:
    def hook(self: Instance, name: str, args: Any, output: Any) -> Any:
        return [name, list(args), output]

    async def async_hook(self: Instance, name: str, args: Any, output: Any) -> Any:
        return hook(self, name, args, output)

    hooks = {"on_before_action_response": hook if kind == "sync" else async_hook}
    actor = await world.actor(define(hooks=hooks))
    assert (await world.ask(actor, "increment", 2)).value == ["increment", [2], 2]


async def test_the_response_hook_has_a_timeout_of_its_own(world: World) -> None:
    async def slow(self: Instance) -> str:
        await world.clock.sleep(1.5)
        return "done"

    async def hook(self: Instance, name: str, args: Any, output: Any) -> Any:
        await world.clock.sleep(1.5)
        return output

    hooks = {"on_before_action_response": hook}
    actor = await world.actor(define(slow=slow, hooks=hooks, options=Options(action_timeout=2)))
    answer = await world.ask(actor, "slow")
    await world.clock.advance(3.5)
    assert answer.value == "done"
