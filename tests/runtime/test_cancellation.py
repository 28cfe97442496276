"""Cancelled at every await: each call is answered once, and every permit, count and turn comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from actors.runtime.connections import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.task import ActorTask
from actors.runtime.websocket import RawWebSocket
from tests.cancellation import Cut, at_every_await
from tests.runtime.queues import JOBS, define_queues
from tests.runtime.support import DICT, Answer, Instance, Wire, World, define, request
from tests.runtime.talks import talk


def at_rest(actor: ActorTask) -> bool:
    parts, dispatcher = actor._parts, actor._parts.dispatcher
    counts = (dispatcher._inbox.used, dispatcher._queued, len(dispatcher._running), parts.stream.writers)
    return counts == (0, 0, 0, 0) and dispatcher._turns.holder is None and parts.work.counts() == {}


async def write_and_save(self: Instance) -> str:
    """An action with every kind of wait in it."""
    self.ctx.state += 1
    await self.ctx.save()
    await asyncio.sleep(0)
    self.ctx.state += 1
    await self.ctx.save()
    return "done"


class Hooks:
    """Connection hooks that wait, and write down how far they came."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def hook(self, name: str) -> Callable[..., Any]:
        async def hook(instance: Instance, given: Any) -> None:
            await asyncio.sleep(0)
            instance.ctx.state += 1
            self.log.append(name)
            await asyncio.sleep(0)

        return hook

    def all(self) -> dict[str, Callable[..., Any]]:
        names = ("on_before_connect", "create_conn_state", "on_connect", "on_disconnect")
        return {name: self.hook(name) for name in names}


@pytest.mark.parametrize("exclusive", [False, True])
async def test_an_action_that_is_cancelled_from_outside(exclusive: bool) -> None:
    async def scene(cut: Cut) -> None:
        world = World()
        actor = await world.actor(define(work=write_and_save, exclusive=("work",) if exclusive else ()))
        client = await world.connect(actor)
        cut.spawned_by(world.clock, "work")
        answers = [world.send(actor, "work", conn=client.conn) for _ in range(2)]
        await world.clock.settle()
        assert [answer.deliveries for answer in answers] == [1, 1]
        assert answers[0].value == "done" or answers[0].code == "actor.outcome_unknown"
        assert answers[1].value == "done", "the others are none the worse"
        actor.close_connection(client.conn)
        await world.clock.settle()
        assert at_rest(actor)
        assert world.stored(actor) == actor._parts.state.value
        await world.close()

    assert await at_every_await(scene) == 3


async def write_in_a_block(self: Instance) -> str:
    """Waits before, inside and behind; a key and a message beside the state."""
    await asyncio.sleep(0)
    async with self.ctx.atomic(10):
        self.ctx.state += 1
        await asyncio.sleep(0)
        await self.ctx.kv.put([(b"%d" % self.ctx.state, b"")], None)
        await self.ctx.mailbox.send(JOBS, b"job")
        await asyncio.sleep(0)
    return "done"


async def test_an_atomic_block_that_is_cancelled_from_outside() -> None:
    async def scene(cut: Cut) -> None:
        world = World()
        actor = await world.actor(define_queues(work=write_in_a_block))
        cut.spawned_by(world.clock, "work")
        answers = [world.send(actor, "work") for _ in range(3)]
        await world.clock.settle()
        assert [answer.deliveries for answer in answers] == [1, 1, 1]
        assert answers[0].value == "done" or answers[0].code == "actor.outcome_unknown"
        assert [answer.value for answer in answers[1:]] == ["done", "done"]
        assert at_rest(actor)
        assert actor._parts.stream.block is None
        stored = world.stored(actor)
        assert stored == actor._parts.state.value
        assert stored in (2, 3) and (stored == 3 or answers[0].value is None)
        assert sorted(world.database.kv[actor.actor_id]) == [b"%d" % n for n in range(1, stored + 1)]
        assert len(world.database.queues[actor.actor_id].rows) == len(actor.context.mailbox) == stored
        await world.close()

    assert await at_every_await(scene) == 5


async def test_the_hooks_of_an_http_call() -> None:
    async def scene(cut: Cut) -> None:
        world, hooks, answer = World(), Hooks(), Answer()
        actor = await world.actor(define(hooks=hooks.all()))
        cut.spawned_by(world.clock, "connecting")
        actor.call(ConnectRequest(), "increment", [], answer)
        await world.clock.settle()
        assert answer.deliveries == 1
        assert (answer.error is None) == ("on_disconnect" in hooks.log), "seen off if it was let in"
        assert at_rest(actor)
        await world.close()

    assert await at_every_await(scene) == 6


async def test_a_connection_that_wants_in() -> None:
    async def scene(cut: Cut) -> None:
        world, hooks = World(), Hooks()
        actor = await world.actor(define(hooks=hooks.all()))
        conn = await cut.run(actor.connect(ConnectRequest(), Wire()))
        assert actor.connections == (0 if conn is None else 1)
        if conn is not None:
            actor.close_connection(conn)
        await world.clock.settle()
        assert ("on_disconnect" in hooks.log) == (conn is not None)
        assert at_rest(actor)
        await world.close()

    assert await at_every_await(scene) == 6


async def test_a_handler_of_a_raw_websocket() -> None:
    """However far it came, its websocket is closed, its client seen off, and what it changed is stored."""

    async def handle(self: Instance, websocket: RawWebSocket) -> None:
        async for message in websocket:
            self.ctx.state += 1
            await self.ctx.save()
            websocket.send(message)
            await websocket.drain()

    async def scene(cut: Cut) -> None:
        world, hooks = World(), Hooks()
        actor = await world.actor(define(hooks={**hooks.all(), "on_websocket": handle}))
        cut.spawned_by(world.clock, "websocket_lifetime")
        client = await talk(world, actor, settle=False)
        client.say("a")
        await world.clock.settle()
        client.leave()
        await world.clock.advance(2)
        assert actor.connections == 0
        assert client.closed in ((1000, ""), (1011, "actor.outcome_unknown"))
        assert hooks.log.count("on_disconnect") == 1
        assert at_rest(actor)
        assert world.stored(actor) == actor._parts.state.value
        await world.close()

    assert await at_every_await(scene) > 2


async def test_a_save_that_nobody_waits_for_any_more() -> None:
    async def scene(cut: Cut) -> None:
        world = World()

        async def save(self: Instance) -> None:
            self.ctx.state["saved"] = True
            await cut.run(self.ctx.save())

        actor = await world.actor(define(state=DICT, save=save))
        answer = await world.ask(actor, "save")
        assert (answer.deliveries, answer.error) == (1, None)
        assert world.stored(actor) == {"saved": True}
        assert at_rest(actor)
        await world.close()

    assert await at_every_await(scene) == 1


async def test_a_caller_who_does_not_wait_for_the_start() -> None:
    """The start goes on for whoever comes next, and happens once."""

    async def scene(cut: Cut) -> None:
        starts: list[str] = []

        async def on_wake(self: Instance) -> None:
            await asyncio.sleep(0)
            starts.append(self.ctx.actor_id)

        world = World()
        node = await world.node(define(hooks={"on_wake": on_wake}))
        await cut.run(node.ensure(request()))
        actor = await node.ensure(request())
        assert isinstance(actor, ActorTask) and actor.state is State.STARTED
        await world.clock.settle()
        assert len(starts) == 1 and node._starting == {}
        assert at_rest(actor)
        await world.close()

    assert await at_every_await(scene) > 0


async def test_a_caller_who_does_not_wait_for_the_end_of_the_generation_before() -> None:
    async def scene(cut: Cut) -> None:
        async def on_sleep(self: Instance) -> None:
            await asyncio.sleep(0)

        world = World()
        first = await world.actor(define(hooks={"on_sleep": on_sleep}))
        first.request_sleep()
        await asyncio.sleep(0)
        await cut.run(world.nodes[0].ensure(request()))
        second = await world.actor(define(hooks={"on_sleep": on_sleep}))
        assert (first.state, second.state) == (State.TERMINATED, State.STARTED)
        await world.close()

    assert await at_every_await(scene) > 1
