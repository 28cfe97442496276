"""on_state_change: once a batch, on a difference, and without writing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from actors.runtime.lifecycle import State
from tests.runtime.support import DICT, TICKED, Instance, World, define


def watcher(log: list[Any]) -> dict[str, Any]:
    def on_state_change(self: Instance, state: Any) -> None:
        log.append(state)

    return {"on_state_change": on_state_change}


async def test_it_is_told_the_new_state_once_for_a_burst(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=watcher(log)))
    assert log == []  # the first state is no change
    for _ in range(100):
        world.send(actor, "increment")
    await world.clock.settle()
    assert log == [100]


async def test_a_change_that_joins_the_first_state_is_told(world: World) -> None:
    log: list[Any] = []
    other = await world.actor(define("other"))
    commits = world.faults.hold("commit")
    world.send(other, "increment")
    await world.clock.settle()  # while its commit is under way, the next one collects
    actor = await world.actor(define(hooks=watcher(log)))
    world.send(actor, "increment")
    await world.clock.settle()
    assert log == []
    commits.release()
    await world.clock.settle()
    assert log == [1]


async def test_it_is_not_told_of_what_changes_nothing(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=watcher(log)))
    await world.ask(actor, "increment", 0)
    await world.ask(actor, "get")
    actor.close_connection((await world.connect(actor)).conn)
    await world.clock.settle()
    assert log == []


async def test_what_it_sends_leaves_with_the_change_that_it_tells_of(world: World) -> None:
    def on_state_change(self: Instance, state: int) -> None:
        self.ctx.broadcast(TICKED, (state,))

    actor = await world.actor(define(hooks={"on_state_change": on_state_change}))
    log: list[Any] = []
    await world.connect(actor, "ticked", log=log)
    commits = world.faults.hold("commit")
    world.send(actor, "increment", log=log)
    await world.clock.settle()
    assert log == []
    commits.release()
    await world.clock.settle()
    assert log == [1, ("ticked", 1)]


async def test_a_write_inside_it_is_undone_and_reported(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def on_state_change(self: Instance, state: Any) -> None:
        self.ctx.state["sneaked"] = True

    async def put(self: Instance, key: str) -> None:
        self.ctx.state[key] = 1

    definition = define(state=DICT, put=put, hooks={"on_state_change": on_state_change})
    actor = await world.actor(definition)
    answer = await world.ask(actor, "put", "a")
    assert answer.here and answer.error is None
    assert world.stored(actor) == actor.context.state == {"a": 1}
    assert [record for record in caplog.records if "actor.state_mutation_reentrant" in record.message]


async def test_an_exception_in_it_does_not_undo_the_change(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def on_state_change(self: Instance, state: Any) -> None:
        raise ValueError

    actor = await world.actor(define(hooks={"on_state_change": on_state_change}))
    assert (await world.ask(actor, "increment")).value == 1
    assert world.stored(actor) == 1
    assert any(record.levelno == logging.ERROR for record in caplog.records)


async def test_an_async_one_holds_sleep_off_and_is_told_once_of_what_it_missed(world: World) -> None:
    log: list[Any] = []

    async def on_state_change(self: Instance, state: int) -> None:
        log.append(state)
        await world.clock.sleep(0.3)
        log.append("done")

    actor = await world.actor(define(hooks={"on_state_change": on_state_change}))
    for _ in range(3):
        await world.ask(actor, "increment")
    assert log == [1]
    actor.request_sleep()
    await world.clock.advance(0.2)
    assert actor.state is State.SLEEP_GRACE
    await world.clock.advance(0.5)
    assert (log, actor.state) == ([1, "done", 3, "done"], State.TERMINATED)


async def test_an_actor_that_ended_is_told_of_nothing_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[Any] = []

    async def on_state_change(self: Instance, state: int) -> None:
        log.append(state)
        await asyncio.Event().wait()

    actor = await world.actor(define(hooks={"on_state_change": on_state_change}))
    for _ in range(2):
        await world.ask(actor, "increment")
    actor.fence()
    await world.clock.settle()
    assert (log, actor._parts.work.counts(), caplog.records) == ([1], {}, [])


async def test_what_an_async_one_writes_is_in_the_last_save(world: World) -> None:
    async def on_state_change(self: Instance, state: int) -> None:
        await asyncio.sleep(0)
        self.ctx.state = 50

    actor = await world.actor(define(hooks={"on_state_change": on_state_change}))
    await world.ask(actor, "increment")
    actor.request_sleep()
    await world.clock.settle()
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 50)
