"""What authors see."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from actors.errors import ActorError
from actors.protocol import cbor
from actors.runtime.context import ActorContext
from actors.runtime.lifecycle import State
from tests.runtime.support import Instance, World, define


def test_there_is_no_empty_context() -> None:
    with pytest.raises(TypeError):
        ActorContext()  # type: ignore[call-arg]


async def test_who_it_is(world: World) -> None:
    actor = await world.actor(define(), key="a/b", given=cbor.encode(3))
    context = actor.context
    assert (context.actor_id, context.name, context.key, context.input) == (
        "counter-a/b",
        "counter",
        ("a", "b"),
        3,
    )
    assert (actor.name, actor.key, actor.serialized_key, actor.generation) == (
        "counter",
        ("a", "b"),
        "a/b",
        1,
    )


async def test_an_actor_made_without_input_has_none(world: World) -> None:
    assert (await world.actor(define())).context.input is None


async def test_log_records_say_whose_they_are(world: World, caplog: pytest.LogCaptureFixture) -> None:
    actor = await world.actor(define())
    actor.context.log.warning("hm", extra={"letter": 7, "actor_id": "forged"})
    (record,) = caplog.records
    assert (record.__dict__["actor_id"], record.__dict__["generation"]) == (actor.actor_id, 1)
    assert (record.__dict__["letter"], record.__dict__["ray_id"]) == (7, None)


async def test_without_a_declared_state_there_is_none(world: World) -> None:
    async def read(self: Instance) -> Any:
        return self.ctx.state

    async def write(self: Instance) -> None:
        self.ctx.state = 1

    async def ping(self: Instance) -> str:
        return "pong"

    actor = await world.actor(define(state=None, read=read, write=write, ping=ping))
    assert [(await world.ask(actor, name)).code for name in ("read", "write")] == [
        "actor.state_not_enabled"
    ] * 2
    commits = len(world.store.commits)
    assert (await world.ask(actor, "ping")).value == "pong"
    assert len(world.store.commits) == commits


async def test_vars_live_as_long_as_the_generation(world: World) -> None:
    definition = define()
    actor = await world.actor(definition)
    assert isinstance(actor.context.vars, SimpleNamespace)
    actor.context.vars.cache = 1
    actor.request_sleep()
    await world.clock.settle()
    assert not hasattr((await world.actor(definition)).context.vars, "cache")


async def test_each_concurrent_action_has_its_own_connection(world: World) -> None:
    go_on = asyncio.Event()

    async def whoami(self: Instance) -> Any:
        before = self.ctx.conn.params
        await go_on.wait()
        return (before, self.ctx.conn.params)

    actor = await world.actor(define(whoami=whoami))
    clients = [await world.connect(actor, params=name) for name in "abc"]
    answers = [world.send(actor, "whoami", conn=client.conn) for client in clients]
    await world.clock.settle()
    go_on.set()
    await world.clock.settle()
    assert [answer.value for answer in answers] == [(name, name) for name in "abc"]


async def test_a_sync_action_leaves_no_connection_behind(world: World) -> None:
    def whoami(self: Instance) -> Any:
        return self.ctx.conn.params

    actor = await world.actor(define(whoami=whoami))
    client = await world.connect(actor, params="a")
    assert (await world.ask(actor, "whoami", conn=client.conn)).value == "a"
    with pytest.raises(ActorError, match=r"actor\.no_connection"):
        _ = actor.context.conn


async def test_what_is_no_awaitable_cannot_run_in_the_background(world: World) -> None:
    """Most of all a method that was not called."""
    actor = await world.actor(define())
    for run in (actor.context.keep_awake, actor.context.wait_until):
        with pytest.raises(
            TypeError, match=rf"{run.__name__}\(\) takes an awaitable, as .*\(self.work\(\)\)"
        ):
            run(world.actor)  # type: ignore[arg-type]


async def test_keep_awake_gives_the_result(world: World) -> None:
    async def slow() -> int:
        await asyncio.sleep(0)
        return 4

    actor = await world.actor(define())
    assert await actor.context.keep_awake(slow()) == 4


async def test_what_background_work_writes_is_saved_on_the_tick(world: World) -> None:
    async def begin(self: Instance) -> None:
        async def work() -> None:
            await world.clock.sleep(5)
            self.ctx.state = 8

        self.ctx.wait_until(work())

    actor = await world.actor(define(begin=begin))
    await world.ask(actor, "begin")
    await world.clock.advance(7)
    assert (actor.state, world.stored(actor)) == (State.STARTED, 8)
