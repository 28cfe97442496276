"""What holds an actor awake and what does not, what a sleep waits for, and what it does not wait for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from actors.runtime.conn import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.support import Answer, Instance, Wire, World, define, request
from tests.runtime.talks import talk

TIMEOUT = 10.0
Begin = Callable[[World, ActorTask], Awaitable[None]]


class Gate:
    """What a hook or an action waits for."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, *_: Any) -> None:
        await self.event.wait()


async def in_action(world: World, actor: ActorTask) -> None:
    world.send(actor, "slow")


async def in_http_call(world: World, actor: ActorTask) -> None:
    actor.call(ConnectRequest(), "slow", (), Answer())


async def connected(world: World, actor: ActorTask) -> None:
    await world.connect(actor)


async def kept_awake(world: World, actor: ActorTask) -> None:
    await world.ask(actor, "keep")


async def disconnecting(world: World, actor: ActorTask) -> None:
    client = await world.connect(actor)
    actor.close_connection(client.conn)


async def connecting(world: World, actor: ActorTask) -> None:
    client = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connect")
    client.add_done_callback(asyncio.Task.exception)  # an actor that ends refuses it
    await world.clock.settle()


async def changed(world: World, actor: ActorTask) -> None:
    await world.ask(actor, "increment")


async def waiting_until(world: World, actor: ActorTask) -> None:
    await world.ask(actor, "until")


async def talking(world: World, actor: ActorTask) -> None:
    await talk(world, actor)


async def nothing(world: World, actor: ActorTask) -> None:
    return None


async def made(world: World, gate: Gate, *hooks: str) -> ActorTask:
    async def slow(self: Instance) -> None:
        await gate.wait()

    def keep(self: Instance) -> None:
        self.ctx.keep_awake(gate.wait())

    def until(self: Instance) -> None:
        self.ctx.wait_until(gate.wait())

    hooked = ("on_connect_timeout", "on_disconnect_timeout")
    patient = ("sleep_grace_period", "wait_until_timeout", "action_timeout", *hooked)
    options = Options(sleep_timeout=TIMEOUT, **dict.fromkeys(patient, 1000.0))  # type: ignore[arg-type]
    waiting: dict[str, Any] = dict.fromkeys(hooks, gate.wait)
    return await world.actor(define(slow=slow, keep=keep, until=until, hooks=waiting, options=options))


HOLDING: dict[str, tuple[Begin, tuple[str, ...]]] = {
    "action": (in_action, ()),
    "an HTTP call": (in_http_call, ()),
    "keep_awake": (kept_awake, ()),
    "run": (nothing, ("run",)),
    "a raw websocket": (talking, ("on_websocket",)),
    # Also: "an HTTP request" and its streamed answer, in test_requests.py.
    "disconnect_callback": (disconnecting, ("on_disconnect",)),
    "state_change": (changed, ("on_state_change",)),
}


@pytest.mark.parametrize("what", HOLDING)
async def test_it_holds_its_actor_awake_until_it_ends(world: World, what: str) -> None:
    begin, hooks = HOLDING[what]
    gate = Gate()
    actor = await made(world, gate, *hooks)
    await begin(world, actor)
    await world.clock.advance(TIMEOUT * 5)
    assert actor.state is State.STARTED
    gate.event.set()
    await world.clock.settle()
    await world.clock.advance(TIMEOUT - 0.1)
    assert actor.state is State.STARTED
    await world.clock.advance(0.2)
    assert actor.state is State.TERMINATED


async def test_a_client_on_its_way_in_holds_its_actor_awake(world: World) -> None:
    gate = Gate()
    actor = await made(world, gate, "on_connect")
    await connecting(world, actor)
    await world.clock.advance(TIMEOUT * 5)
    assert (actor.state, actor.connections) == (State.STARTED, 0)
    gate.event.set()
    await world.clock.settle()
    assert actor.connections == 1


async def test_an_open_connection_that_cannot_hibernate_holds_its_actor_awake(world: World) -> None:
    gate = Gate()
    actor = await made(world, gate)
    client = await world.connect(actor)
    await world.clock.advance(TIMEOUT * 5)
    assert actor.state is State.STARTED
    actor.close_connection(client.conn)
    await world.clock.advance(TIMEOUT)
    assert actor.state is State.TERMINATED


async def test_work_for_wait_until_does_not_hold_idle_sleep_but_the_end_waits_for_it(world: World) -> None:
    gate = Gate()
    actor = await made(world, gate)
    await waiting_until(world, actor)
    await world.clock.advance(TIMEOUT)
    assert actor.state is State.SLEEP_GRACE
    gate.event.set()
    await world.clock.settle()
    assert actor.state is State.TERMINATED


async def test_a_timer_of_the_author_does_not_hold_sleep(world: World) -> None:
    def later(self: Instance) -> None:
        world.clock.call_later(1000, self.ctx.broadcast)

    actor = await world.actor(define(later=later, options=Options(sleep_timeout=TIMEOUT)))
    await world.ask(actor, "later")
    await world.clock.advance(TIMEOUT)
    assert actor.state is State.TERMINATED


async def test_a_call_to_another_actor_does_not_hold_the_one_who_calls(world: World) -> None:
    gate = Gate()
    other = await made(world, gate)
    calls: list[Answer] = []

    def ask(self: Instance) -> None:
        async def wait_for_the_other() -> None:
            calls.append(world.send(other, "slow"))
            await gate.wait()

        world.clock.spawn(wait_for_the_other(), name="the author's own task")

    caller = await world.actor(define("caller", ask=ask, options=Options(sleep_timeout=TIMEOUT)))
    await world.ask(caller, "ask")
    await world.clock.advance(TIMEOUT)
    assert (caller.state, other.state, calls[0].here) == (State.TERMINATED, State.STARTED, False)
    gate.event.set()
    await world.clock.settle()
    assert calls[0].here


async def test_an_actor_that_may_not_sleep_is_never_idle(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=TIMEOUT, no_sleep=True)))
    await world.clock.advance(TIMEOUT * 100)
    assert actor.state is State.STARTED


async def test_an_actor_that_has_not_started_is_not_idle(world: World) -> None:
    gate = Gate()
    node = await world.node(define(hooks={"on_wake": gate.wait}, options=Options(sleep_timeout=1)))
    starting = world.clock.spawn(node.ensure(request()), name="start")
    await world.clock.advance(20)
    assert (starting.done(), node.stats().awake) == (False, 1)
    gate.event.set()
    await world.clock.settle()
    started = starting.result()
    assert isinstance(started, ActorTask)
    assert started.state is State.STARTED


@pytest.mark.parametrize(
    ("begin", "hooks", "label"),
    [
        (in_action, (), "action"),
        (kept_awake, (), "keep_awake"),
        (waiting_until, (), "wait_until"),
        (connecting, ("on_connect",), "connecting"),
        (disconnecting, ("on_disconnect",), "disconnect_callback"),
        (nothing, ("run",), "run"),
        (talking, ("on_websocket",), "websocket_lifetime"),
        (nothing, ("on_sleep",), "shutdown_hook"),
        (changed, ("on_state_change",), "state_change"),
    ],
)
async def test_the_end_waits_for_it(world: World, begin: Begin, hooks: tuple[str, ...], label: str) -> None:
    gate = Gate()
    actor = await made(world, gate, *hooks)
    await begin(world, actor)
    actor.request_sleep()
    await world.clock.advance(900)
    assert actor.state is State.SLEEP_GRACE
    assert label in actor._parts.work.counts()
    gate.event.set()
    await world.clock.settle()
    assert actor.state is State.TERMINATED


async def test_the_first_reason_that_holds_sleep_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "actors.runtime.sleep")
    gate = Gate()
    actor = await made(world, gate)
    await in_action(world, actor)
    await kept_awake(world, actor)
    await world.clock.advance(TIMEOUT)
    assert [record.__dict__["reason"] for record in caplog.records] == ["action"]
    gate.event.set()
    await world.clock.settle()


@pytest.mark.parametrize(("option", "hook"), [("run_stop_timeout", "run"), ("wait_until_timeout", "until")])
async def test_some_work_has_less_than_the_grace_period(world: World, option: str, hook: str) -> None:
    cancelled: list[str] = []

    async def endless(*_: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(hook)
            raise

    def until(self: Instance) -> None:
        self.ctx.wait_until(endless())

    hooks: dict[str, Any] = {"run": endless} if hook == "run" else {}
    options = Options(sleep_grace_period=100, **{option: 3.0})  # type: ignore[arg-type]
    actor = await world.actor(define(until=until, hooks=hooks, options=options))
    if hook == "until":
        await world.ask(actor, "until")
    actor.request_sleep()
    await world.clock.advance(2.9)
    assert cancelled == []
    await world.clock.advance(0.2)
    assert (cancelled, actor.state) == ([hook], State.TERMINATED)


async def test_destroy_has_a_budget_of_its_own(world: World) -> None:
    gate = Gate()
    options = Options(sleep_grace_period=100, on_destroy_timeout=2)
    actor = await world.actor(define(hooks={"on_destroy": gate.wait}, options=options))
    actor.request_destroy()
    await world.clock.advance(2)
    assert actor.destroyed
