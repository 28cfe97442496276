"""Raw websockets in the runtime: what the handler gets, what holds sleep, and how each side ends it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.runtime.calls import current
from actors.runtime.conn import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from actors.runtime.websocket import Close, RawWebSocket
from tests.runtime.lines import Line
from tests.runtime.support import TICKED, Instance, World, define
from tests.runtime.talks import Talk, talk


async def echo(self: Instance, websocket: RawWebSocket) -> None:
    async for message in websocket:
        websocket.send(message)


async def count(self: Instance, websocket: RawWebSocket) -> None:
    async for _ in websocket:
        self.ctx.state += 1
        websocket.send(str(self.ctx.state))


async def actor(world: World, hook: Any, **options: Any) -> ActorTask:
    return await world.actor(define(hooks={"on_websocket": hook}, options=Options(**options)))


# -- talking -------------------------------------------------------------------------------------------
async def test_messages_go_both_ways_as_they_are_and_in_order(world: World) -> None:
    client = await talk(world, await actor(world, echo))
    for message in ("text", b"\x00bytes", "", b"", "last"):
        client.say(message)
    await world.clock.settle()
    assert client.told == ["text", b"\x00bytes", "", b"", "last"]


async def test_the_handler_sees_path_query_headers_and_its_connection(world: World) -> None:
    seen: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        seen.extend([websocket.path, websocket.query, websocket.query_params, websocket.headers])
        seen.extend([websocket.conn is self.ctx.conn, websocket.conn.params, websocket.conn.websocket])

    client = await talk(world, await actor(world, hook), "/a%20b", "x=1&x=%202&y", params={"n": 1})
    assert seen == [
        "/a%20b",
        "x=1&x=%202&y",
        {"x": " 2", "y": ""},
        {"x-own": "1"},
        True,
        {"n": 1},
        client.websocket,
    ]


async def test_an_answer_leaves_once_what_it_tells_is_durable(world: World) -> None:
    task = await actor(world, count)
    client = await talk(world, task)
    commits = world.faults.hold("commit")
    client.say("count")
    await world.clock.settle()
    assert client.told == []
    commits.release()
    await world.clock.settle()
    assert (client.told, world.stored(task)) == (["1"], 1)


async def test_what_is_changed_without_a_word_is_saved_soon(world: World) -> None:
    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for _ in websocket:
            self.ctx.state += 1

    task = await actor(world, hook, state_save_interval=1.0)
    client = await talk(world, task)
    client.say("count")
    await world.clock.advance(1.1)
    assert world.stored(task) == 1


async def test_any_code_of_the_actor_may_send_to_its_websockets(world: World) -> None:
    async def tell(self: Instance, text: str) -> None:
        for conn in self.ctx.conns.values():
            if conn.websocket is not None and conn.websocket.path == "/feed":
                conn.websocket.send(text)

    definition = define(hooks={"on_websocket": echo}, tell=tell)
    task = await world.actor(definition)
    here, there = await talk(world, task, "/feed"), await talk(world, task, "/other")
    await world.ask(task, "tell", "news")
    assert (here.told, there.told) == (["news"], [])


async def test_events_mean_nothing_to_a_raw_websocket(world: World) -> None:
    async def greet(self: Instance) -> None:
        self.ctx.broadcast(TICKED, ("all",))
        for conn in self.ctx.conns.values():
            conn.send("ticked", "you")

    task = await world.actor(define(hooks={"on_websocket": echo}, greet=greet))
    client = await talk(world, task)
    await world.ask(task, "greet")
    assert client.told == []


@pytest.mark.parametrize("data", [None, 5, {"a": 1}, bytearray(b"x")])
async def test_only_text_and_bytes_are_sent(world: World, data: Any) -> None:
    client = await talk(world, await actor(world, echo))
    with pytest.raises(TypeError, match="str or bytes"):
        client.websocket.send(data)
    assert client.told == []


async def test_a_message_counts_as_handled_when_the_handler_asks_for_the_next(world: World) -> None:
    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for _ in websocket:
            await going.wait()

    going = asyncio.Event()
    client = await talk(world, await actor(world, hook))
    first, second = client.say("a"), client.say("b")
    await world.clock.settle()
    assert not (first.handled or second.handled)
    going.set()
    await world.clock.settle()
    assert first.handled and second.handled


async def test_what_is_handled_without_a_change_costs_no_write(world: World) -> None:
    task = await actor(world, echo)
    client = Talk()
    line = Line(world.nodes[0])
    client.conn = await task.connect(ConnectRequest(), client, line)
    client.websocket = RawWebSocket(("/", ""), {}, client.conn, client)
    task.websocket(client.websocket)
    commits = len(world.store.commits)
    said = [client.say(str(number)) for number in range(5)]
    await world.clock.settle()
    assert (client.told, [message.handled for message in said]) == (list("01234"), [True] * 5)
    assert len(world.store.commits) == commits


# -- the hooks around it ---------------------------------------------------------------------------------
async def test_the_hooks_of_a_connection_run_around_the_handler(world: World) -> None:
    log: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        log.append(("begins", websocket.conn.state, len(self.ctx.conns)))
        async for _ in websocket:
            pass
        log.append("ends")

    hooks: dict[str, Any] = {
        "on_before_connect": lambda self, request: log.append("before"),
        "create_conn_state": lambda self, request: "state",
        "on_connect": lambda self, conn: log.append("connect"),
        "on_disconnect": lambda self, conn: log.append(("disconnect", len(self.ctx.conns))),
        "on_websocket": hook,
    }
    client = await talk(world, await world.actor(define(hooks=hooks)))
    client.leave()
    await world.clock.settle()
    assert log == ["before", "connect", ("begins", "state", 1), "ends", ("disconnect", 0)]


async def test_a_refusal_by_a_hook_never_gets_to_the_handler(world: World) -> None:
    def refuse(self: Instance, request: ConnectRequest) -> None:
        raise UserError("no", code="no_entry")

    hooks: dict[str, Any] = {"on_before_connect": refuse, "on_websocket": echo}
    task = await world.actor(define(hooks=hooks))
    with pytest.raises(ActorError, match="no_entry"):
        await talk(world, task)


# -- how it ends -----------------------------------------------------------------------------------------
async def test_a_client_that_leaves_ends_the_iteration_after_what_it_said(world: World) -> None:
    seen: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        seen.extend([message async for message in websocket])
        seen.append(websocket.closed)

    client = await talk(world, await actor(world, hook))
    client.say("a")
    client.say("b")
    client.leave(4001, "bye")
    await world.clock.settle()
    assert seen == ["a", "b", Close(4001, "bye")]


async def test_a_handler_that_returns_closes_after_what_it_sent(world: World) -> None:
    def hook(self: Instance, websocket: RawWebSocket) -> None:
        websocket.send("hello")

    task = await actor(world, hook)
    client = await talk(world, task)
    assert (client.told, client.closed, task.connections) == (["hello"], (1000, ""), 0)


@pytest.mark.parametrize(
    ("failure", "code", "logged"),
    [
        (UserError("no", code="no"), "user.no", False),
        (ValueError("secret"), "rivetkit.internal_error", True),
        (ActorError("actor", "stopping", ""), "actor.outcome_unknown", False),
    ],
)
async def test_a_handler_that_fails_closes_with_a_code_and_keeps_its_changes(
    world: World, caplog: pytest.LogCaptureFixture, failure: Exception, code: str, logged: bool
) -> None:
    def hook(self: Instance, websocket: RawWebSocket) -> None:
        self.ctx.state += 1
        raise failure

    task = await actor(world, hook)
    client = await talk(world, task)
    assert (client.closed, world.stored(task)) == ((1011, code), 1)
    assert ("on_websocket failed" in caplog.text) is logged


async def test_the_handler_may_close_with_a_code_of_its_own_and_hears_no_more(world: World) -> None:
    seen: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for message in websocket:
            seen.append(message)
            websocket.send("last")
            websocket.close(4001, "user.bye")
            websocket.close(1000)
            websocket.send("dropped")
        seen.append(websocket.closed)

    client = await talk(world, await actor(world, hook))
    client.say("a")
    client.say("b")
    await world.clock.settle()
    assert (client.told, client.closed) == (["last"], (4001, "user.bye"))
    assert seen == ["a", Close(4001, "user.bye")]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
async def test_a_code_that_no_close_may_carry_is_refused(world: World, code: int) -> None:
    client = await talk(world, await actor(world, echo))
    with pytest.raises(ValueError, match="closes with"):
        client.websocket.close(code)
    assert client.closed is None


async def test_disconnecting_the_connection_closes_the_websocket(world: World) -> None:
    async def kick(self: Instance) -> None:
        for conn in self.ctx.conns.values():
            conn.disconnect("kicked")

    seen: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for _ in websocket:
            pass
        seen.append(websocket.closed)

    task = await world.actor(define(hooks={"on_websocket": hook}, kick=kick))
    client = await talk(world, task)
    await world.ask(task, "kick")
    assert (client.closed, seen, task.connections) == ((1000, "kicked"), [Close(1000, "kicked")], 0)


async def test_a_handler_gets_a_while_after_the_end_and_is_cancelled_then(world: World) -> None:
    ends: list[str] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cancelled")

    task = await actor(world, hook, on_disconnect_timeout=2.0)
    client = await talk(world, task)
    client.leave()
    await world.clock.advance(1.9)
    assert (ends, task.connections) == ([], 1)
    await world.clock.advance(0.2)
    assert (ends, task.connections) == (["cancelled"], 0)


async def test_each_message_that_is_left_after_the_end_has_that_time(world: World) -> None:
    handled: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for message in websocket:
            await world.clock.sleep(1.5)
            handled.append(message)

    task = await actor(world, hook, on_disconnect_timeout=2.0)
    client = await talk(world, task)
    for message in "abc":
        client.say(message)
    client.leave()
    await world.clock.advance(5)
    assert (handled, task.connections) == (["a", "b", "c"], 0)


async def test_a_generation_that_falls_cuts_its_websockets(world: World) -> None:
    task = await actor(world, echo)
    client = await talk(world, task)
    task.fence()
    await world.clock.settle()
    assert client.closed == (1011, "actor.restarting")


# -- sleep -----------------------------------------------------------------------------------------------
async def test_an_open_websocket_keeps_its_actor_awake(world: World) -> None:
    task = await actor(world, echo, sleep_timeout=1)
    client = await talk(world, task)
    await world.clock.advance(10)
    assert task.state is State.STARTED
    client.leave()
    await world.clock.advance(2)
    assert task.state is State.TERMINATED


async def test_each_handler_holds_sleep_until_its_own_end(world: World) -> None:
    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for _ in websocket:
            pass
        await goings[websocket.path].wait()

    goings = {"/a": asyncio.Event(), "/b": asyncio.Event()}
    task = await actor(world, hook, sleep_timeout=1, on_disconnect_timeout=100)
    clients = [await talk(world, task, path) for path in goings]
    for client in clients:
        client.leave()
    goings["/a"].set()
    await world.clock.advance(5)
    assert (task.state, task.connections) == (State.STARTED, 1)
    goings["/b"].set()
    await world.clock.advance(2)
    assert task.state is State.TERMINATED


@pytest.mark.parametrize("end", ["sleep", "destroy"])
async def test_an_actor_that_ends_lets_handlers_finish_and_closes_then(world: World, end: str) -> None:
    seen: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        async for message in websocket:
            seen.append(message)
            await going.wait()
        seen.append((bool(self.ctx.aborted), websocket.closed))
        websocket.send("good night")

    going = asyncio.Event()
    task = await actor(world, hook)
    client = await talk(world, task)
    client.say("a")
    client.say("b")
    await world.clock.settle()
    task.request_sleep() if end == "sleep" else task.request_destroy()
    await world.clock.settle()
    assert (client.closed, task.ending) == (None, True)
    client.say("too late")
    going.set()
    await world.clock.settle()
    assert seen == ["a", "b", (True, None)]
    assert (client.told, client.closed) == (["good night"], (1000, "actor.stopped"))


async def test_a_handler_that_does_not_end_is_cancelled_when_the_grace_period_is_over(world: World) -> None:
    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        await asyncio.Event().wait()

    task = await actor(world, hook, sleep_grace_period=3.0)
    client = await talk(world, task)
    task.request_sleep()
    await world.clock.advance(2.9)
    assert client.closed is None
    await world.clock.advance(0.2)
    assert (client.closed, task.state) == ((1000, "actor.stopped"), State.TERMINATED)


async def test_a_client_that_leaves_in_the_grace_period_is_seen_off_once(world: World) -> None:
    log: list[str] = []

    async def on_sleep(self: Instance) -> None:
        await going.wait()

    going = asyncio.Event()
    hooks: dict[str, Any] = {
        "on_websocket": echo,
        "on_sleep": on_sleep,
        "on_disconnect": lambda self, conn: log.append("disconnect"),
    }
    task = await world.actor(define(hooks=hooks))
    client = await talk(world, task)
    task.request_sleep()
    await world.clock.settle()
    assert task.connections == 1, "its handler has ended, it has not"
    client.leave()
    await world.clock.settle()
    assert (log, task.connections) == (["disconnect"], 0)
    going.set()
    await world.clock.settle()
    assert log == ["disconnect"]


async def test_a_handler_is_nobodys_call(world: World) -> None:
    """What it calls must not look as if the actor waited for itself."""
    chains: list[Any] = []

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        caller = current.get()
        assert caller is not None
        chains.append([link.label for link in caller.chain()])

    await talk(world, await actor(world, hook))
    assert chains == [["counter[a].on_websocket"]]


async def test_draining_returns_when_all_has_left(world: World) -> None:
    log: list[Any] = []

    class Slow(Talk):
        async def room(self) -> None:
            log.append(list(self.told))

    async def hook(self: Instance, websocket: RawWebSocket) -> None:
        self.ctx.state += 1
        websocket.send("a")
        await websocket.drain()
        log.append("drained")

    task = await actor(world, hook)
    client = Slow()
    client.conn = await task.connect(ConnectRequest(), client)
    client.websocket = RawWebSocket(("/", ""), {}, client.conn, client)
    commits = world.faults.hold("commit")
    task.websocket(client.websocket)
    await world.clock.settle()
    assert log == []
    commits.release()
    await world.clock.settle()
    assert log == [["a"], "drained"]
