"""`self.aborted`: a flag that can be asked and waited for, on the node's clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.clock import ManualClock
from actors.runtime.abort import Abort, Aborted
from actors.runtime.calls import Caller
from actors.runtime.options import Options
from tests.runtime.support import Instance, World, define


async def test_waiting_ends_with_the_signal_or_with_the_time() -> None:
    clock = ManualClock()
    abort = Abort(clock)
    aborted = Aborted(abort, None)
    waits = [asyncio.create_task(aborted.wait(timeout)) for timeout in (1, 5, None)]
    await clock.advance(1)
    assert [task.done() for task in waits] == [True, False, False]
    abort.set()
    abort.set()
    await clock.settle()
    assert [await task for task in waits] == [False, True, True]
    assert (bool(aborted), await aborted.wait(0), repr(aborted)) == (True, True, "<aborted: True>")
    with pytest.raises(TypeError, match=r"aborted\.wait\(\) takes a number of seconds or None, not '5'"):
        await aborted.wait("5")  # type: ignore[arg-type]


async def test_one_who_gives_up_waiting_takes_nobody_along() -> None:
    clock = ManualClock()
    abort = Abort(clock)
    first, second = (asyncio.create_task(Aborted(abort, None).wait()) for _ in range(2))
    await clock.settle()
    first.cancel()
    await clock.settle()
    abort.set()
    assert await second


async def test_an_action_that_has_used_up_its_time_is_aborted_and_its_actor_not() -> None:
    abort = Abort(ManualClock())
    caller = Caller(None)
    caller.expire()
    assert (bool(Aborted(abort, caller)), bool(Aborted(abort, None))) == (True, False)
    assert await Aborted(abort, caller).wait()


async def test_what_an_action_has_left_behind_hears_that_its_time_is_over(world: World) -> None:
    heard: list[bool] = []

    async def leave_behind(self: Instance) -> None:
        aborted = self.ctx.aborted

        async def listen() -> None:
            heard.append(await aborted.wait(60))

        self.ctx.wait_until(listen())
        await asyncio.Event().wait()

    actor = await world.actor(define(options=Options(action_timeout=5), leave_behind=leave_behind))
    answer = await world.ask(actor, "leave_behind")
    await world.clock.advance(5)
    assert (answer.code, heard, bool(actor.context.aborted)) == ("actor.action_timed_out", [True], False)


async def test_a_run_loop_ticks_until_it_is_told_to_end(world: World) -> None:
    ended: list[str] = []

    async def run(self: Instance) -> None:
        while not await self.ctx.aborted.wait(1.0):
            self.ctx.state += 1
        ended.append("in order")

    actor = await world.actor(define(hooks={"run": run}))
    await world.clock.advance(5)
    assert (await world.ask(actor, "get")).value == 5
    actor.request_sleep()
    await world.clock.settle()
    assert (ended, world.stored(actor)) == (["in order"], 5)


async def test_the_signal_cancels_nothing(world: World) -> None:
    finished: list[Any] = []

    async def patient(self: Instance) -> None:
        await self.ctx.aborted.wait()
        await world.clock.sleep(3)
        finished.append("work")

    async def on_sleep(self: Instance) -> None:
        await world.clock.sleep(2)
        finished.append("on_sleep")

    actor = await world.actor(
        define(patient=patient, hooks={"on_sleep": on_sleep}, options=Options(sleep_grace_period=5))
    )
    answer = world.send(actor, "patient")
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.advance(3)
    assert (finished, answer.deliveries) == (["on_sleep", "work"], 1)
