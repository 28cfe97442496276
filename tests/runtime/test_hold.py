"""A paused actor: what comes is held and runs in its order when it goes on; nothing else about it changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.errors import ActorError
from actors.runtime.calls import Invocation, current
from actors.runtime.connections import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.node import Node
from actors.runtime.options import Options
from actors.runtime.orders import ORDERS
from actors.runtime.task import ActorTask
from actors.storage.store import HeldElsewhere
from tests.runtime.queues import bodies, define_queues, deliver, receive, send
from tests.runtime.support import Answer, Instance, World, define, request
from tests.runtime.test_exclusive import Steps, at_rest, begins
from tests.runtime.test_requests import Door, ask


async def order(world: World, word: str, actor_id: str = "counter-a", node: Node | None = None) -> Any:
    """As a door gives it. Who has the actor, if it is another node."""
    held = await ORDERS[word](node or world.nodes[0], actor_id, world.clock)
    await world.clock.settle()
    return held


# -- calls -----------------------------------------------------------------------------------------------
async def test_calls_wait_and_run_in_their_order(world: World) -> None:
    log: list[str] = []

    async def slow(self: Instance, name: str) -> str:
        log.append(name)
        return name

    def quick(self: Instance, name: str) -> str:
        log.append(name)
        return name

    actor = await world.actor(define(slow=slow, quick=quick))
    await order(world, "pause")
    answers = [world.send(actor, name, text) for name, text in (("slow", "a"), ("quick", "b"), ("slow", "c"))]
    await world.clock.advance(3600)
    assert not any(answer.here for answer in answers), "as long as their callers wait"
    assert world.counted("inbox_depth", "dispatch") == 3
    await order(world, "resume")
    assert [answer.value for answer in answers] == log == ["a", "b", "c"]
    assert (await world.ask(actor, "quick", "d")).value == "d"
    assert at_rest(actor)


async def test_what_has_begun_goes_on_with_all_that_it_calls(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps))
    first, behind = world.send(actor, "step", "a"), world.send(actor, "step", "b")
    await world.clock.settle()
    await order(world, "pause")
    held = world.send(actor, "quick", "c")
    steps.let_go("a", "b")
    await world.clock.settle()
    assert (first.value, behind.value, held.here) == ("a", "b", False), "both had been accepted before"
    await order(world, "resume")
    assert held.value == "c"


async def test_a_call_that_running_code_of_its_own_waits_for_is_let_in(world: World) -> None:
    inner = Answer()

    async def outer(self: Instance) -> str:
        await asyncio.Event().wait()
        return "never"

    actor = await world.actor(define(outer=outer))
    world.send(actor, "outer")
    await world.clock.settle()
    await order(world, "pause")
    running = next(iter(actor._parts.dispatcher._running))
    assert isinstance(running, Invocation)
    token = current.set(running)
    actor.dispatch("increment", (2,), inner, None)
    current.reset(token)
    await world.clock.settle()
    assert inner.value == 2


async def test_the_time_of_an_action_begins_when_it_is_let_in(world: World) -> None:
    steps = Steps()
    actor = await world.actor(begins(steps, action_timeout=10.0))
    await order(world, "pause")
    answer = world.send(actor, "step", "a")
    await world.clock.advance(60)
    await order(world, "resume")
    await world.clock.advance(9)
    assert not answer.here
    await world.clock.advance(2)
    assert answer.code == "actor.action_timed_out"


async def test_no_more_wait_than_may(world: World) -> None:
    actor = await world.actor(define(options=Options(max_pending_actions=2)))
    await order(world, "pause")
    answers = [world.send(actor, "increment") for _ in range(2)]
    with pytest.raises(ActorError) as full:
        world.send(actor, "increment")
    assert full.value.name == "actor.overloaded"
    await order(world, "resume")
    assert [answer.value for answer in answers] == [1, 2]


async def test_a_call_over_http_with_connection_hooks_waits_too(world: World) -> None:
    async def on_connect(self: Instance, conn: object) -> None:
        self.ctx.state += 100

    actor = await world.actor(define(hooks={"on_connect": on_connect}))
    await order(world, "pause")
    answer = Answer()
    actor.call(ConnectRequest(), "increment", (), answer)
    await world.clock.settle()
    assert not answer.here
    await order(world, "resume")
    assert answer.value == 101


async def test_a_raw_request_waits_before_its_hooks(world: World) -> None:
    seen: list[str] = []

    async def on_request(self: Instance, request: Any) -> str:
        seen.append("asked")
        return "hello"

    actor = await world.actor(define(hooks={"on_request": on_request}, options=Options(action_timeout=5.0)))
    await order(world, "pause")
    door, left = Door(), Door()
    ask(actor, door)
    gone = ask(actor, left)
    await world.clock.advance(60)
    assert seen == [] and door.head is None
    gone.cancel()  # its client has gone
    await order(world, "resume")
    assert door.head is not None and door.head.body == "hello" and seen == ["asked"]


# -- the state, connections and saving -------------------------------------------------------------------
async def test_clients_come_and_the_state_can_be_edited_meanwhile(world: World) -> None:
    actor = await world.actor(define())
    await order(world, "pause")
    client = await world.connect(actor, "ticked")
    held = await world.ask(actor, "get", conn=client.conn)
    await actor.serving.replace_state(41)
    assert world.stored(actor) == 41 and not held.here
    await order(world, "resume")
    assert held.value == 41


async def test_a_save_stores_now_what_the_throttle_would_store_later(world: World) -> None:
    options = Options(durability="interval", state_save_interval=60.0)
    actor = await world.actor(define(options=options))
    await world.ask(actor, "increment", 5)
    assert world.stored(actor) == 0
    await order(world, "save")
    assert world.stored(actor) == 5
    actor.request_sleep()
    await actor.stopped()
    await order(world, "save")
    assert world.nodes[0].resident("counter-a") is None, "nobody is woken to be saved"


# -- sleep and death -------------------------------------------------------------------------------------
async def test_it_stays_awake_while_calls_wait_and_sleeps_when_none_does(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=30.0)))
    await order(world, "pause")
    answer = world.send(actor, "increment")
    await world.clock.advance(100)
    assert actor.state is State.STARTED
    await order(world, "resume")
    await order(world, "pause")
    assert answer.value == 1
    await world.clock.advance(31)
    assert actor.state is State.TERMINATED
    again = await world.actor(define(options=Options(sleep_timeout=30.0)))
    held = await world.ask(again, "increment")
    assert again.generation == 2 and not held.here, "the mark has outlived the sleep"
    await order(world, "resume")
    assert held.value == 2


async def test_whoever_waits_at_its_end_is_sent_to_the_next_generation_at_once(world: World) -> None:
    """Not after the grace period: nothing of it has begun, so it may be repeated."""

    async def on_request(self: Instance, request: Any) -> str:
        return "hello"

    options = Options(sleep_grace_period=100.0)
    actor = await world.actor(define(hooks={"on_request": on_request}, options=options))
    await order(world, "pause")
    answer, door = world.send(actor, "increment"), Door()
    ask(actor, door)
    actor.request_sleep()
    await world.clock.settle()
    assert answer.code == "actor.stopping" and door.head is not None and door.head.body == "actor.stopping"
    assert actor.state is State.TERMINATED and world.stored(actor) == 0
    assert at_rest(actor)


async def test_a_fenced_generation_has_done_nothing_of_what_waited(world: World) -> None:
    actor = await world.actor(define())
    await order(world, "pause")
    answer = world.send(actor, "increment")
    actor.fence()
    assert answer.code == "actor.stopping"


async def test_pausing_wakes_nobody(world: World) -> None:
    actor = await world.actor(define())
    actor.request_sleep()
    await actor.stopped()
    for word in ("pause", "pause-queues", "resume", "resume-queues"):
        await order(world, word)
        assert world.nodes[0].resident(actor.actor_id) is None
    record = await world.record(actor.actor_id)
    assert (record.paused_at, record.queues_paused_at, record.generation) == (None, None, 1)


async def test_nobody_is_paused_who_is_not_there(world: World) -> None:
    await world.actor(define())
    for word in ("pause", "resume", "save"):
        with pytest.raises(ActorError) as refused:
            await order(world, word, "unknown")
        assert refused.value.name == "actor.not_found"


async def test_a_pause_while_it_starts_is_not_missed(world: World) -> None:
    may_start = asyncio.Event()

    async def on_wake(self: Instance) -> None:
        await may_start.wait()

    node = await world.node(define(hooks={"on_wake": on_wake}))
    starting = world.clock.spawn(node.ensure(request()), name="start")
    await world.clock.settle()
    await order(world, "pause")
    may_start.set()
    actor = await starting
    assert isinstance(actor, ActorTask)
    assert not (await world.ask(actor, "increment")).here


async def test_another_node_is_told_who_has_it(world: World) -> None:
    await world.actor(define())
    other = await world.node()
    held = await order(world, "pause", node=other)
    assert isinstance(held, HeldElsewhere) and held.node.node_id == "node1"
    assert (await world.record("counter-a")).paused_at is not None


# -- queues ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("pause", "resume"), [("pause", "resume"), ("pause-queues", "resume-queues")])
async def test_messages_wait_in_their_queue_and_senders_are_answered(
    world: World, pause: str, resume: str
) -> None:
    actor = await world.actor(define_queues())
    waiting = world.clock.spawn(receive(actor, timeout=None), name="receiver")
    await world.clock.settle()
    await order(world, pause)
    await send(actor, "a")
    assert deliver(actor, "b") is not None
    await world.clock.settle()
    assert not waiting.done() and await receive(actor) == []
    await order(world, resume)
    (first,) = await waiting
    await first.complete()
    assert (first.body, await bodies(actor)) == ("a", ["b"])


async def test_with_paused_queues_calls_go_on(world: World) -> None:
    actor = await world.actor(define_queues())
    await order(world, "pause-queues")
    await send(actor, "a")
    assert (await world.ask(actor, "increment")).value == 1
    await order(world, "pause")
    await order(world, "resume")
    assert await receive(actor) == [], "each has a mark of its own"


async def test_what_is_in_hand_can_be_completed_and_extended(world: World) -> None:
    actor = await world.actor(define_queues())
    await send(actor, "a")
    (message,) = await receive(actor)
    await order(world, "pause")
    message.extend(60)
    await message.complete()
    await order(world, "resume")
    assert await bodies(actor) == []


async def test_a_paused_actor_is_not_woken_for_its_messages_and_not_looked_at_again(world: World) -> None:
    async def run(self: Instance) -> None:
        while True:
            for message in await self.ctx.mailbox.receive(("jobs",), 1, None):
                done.append(message.body)
                await message.complete()

    done: list[Any] = []
    definition = define_queues(hooks={"run": run}, options=Options(sleep_timeout=5.0))
    actor = await world.actor(definition)
    await order(world, "pause-queues")
    await send(actor, "a")
    await world.clock.advance(20)
    assert actor.state is State.TERMINATED
    generation = (await world.record(actor.actor_id)).generation
    await world.clock.advance(3600)
    assert (await world.record(actor.actor_id)).generation == generation and done == []
    assert await world.store.real.alarms.next() is None
    await order(world, "resume-queues")
    await world.clock.advance(5)
    assert done == ["a"]
