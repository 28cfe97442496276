"""Connections, their hooks, and events."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.protocol.codec import codec_for
from actors.runtime.connections import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from tests.runtime.support import TICKED, Answer, Instance, Wire, World, define


async def tell(self: Instance, text: str) -> None:
    self.ctx.broadcast(TICKED, (text,))


def recorder(log: list[Any], *names: str) -> dict[str, Any]:
    """Hooks that write down that they ran."""

    def hook(name: str) -> Any:
        async def run(self: Instance, given: Any) -> None:
            log.append(name)

        return run

    return {name: hook(name) for name in names}


# -- coming and going ----------------------------------------------------------------------------------
async def test_the_hooks_run_in_order_and_only_then_is_the_client_seen(world: World) -> None:
    log: list[Any] = []

    async def before(self: Instance, request: ConnectRequest) -> None:
        log.append(("before", request.params, len(self.ctx.conns)))

    async def create(self: Instance, request: ConnectRequest) -> str:
        return f"state of {request.user}"

    async def on_connect(self: Instance, conn: Any) -> None:
        log.append(("connect", conn.state, self.ctx.conn is conn, len(self.ctx.conns)))

    hooks = {"on_before_connect": before, "create_conn_state": create, "on_connect": on_connect}
    actor = await world.actor(define(hooks=hooks))
    client = await world.connect(actor, params={"room": 1}, user="ada")
    assert log == [("before", {"room": 1}, 0), ("connect", "state of ada", True, 0)]
    assert dict(actor.context.conns) == {client.conn.id: client.conn}


async def test_a_refused_client_is_not_seen_off(world: World) -> None:
    log: list[str] = []

    async def refuse(self: Instance, conn: Any) -> None:
        raise UserError("not you", code="rejected")

    hooks = {**recorder(log, "on_disconnect"), "on_connect": refuse}
    actor = await world.actor(define(hooks=hooks))
    with pytest.raises(ActorError, match=r"user\.rejected: not you"):
        await actor.connect(ConnectRequest(), Wire())
    await world.clock.settle()
    assert (log, len(actor.context.conns), actor._parts.work.counts()) == ([], 0, {})


async def test_each_connection_hook_has_its_own_time(world: World) -> None:
    async def slow(self: Instance, given: Any) -> None:
        await world.clock.sleep(4)

    hooks = {"on_before_connect": slow, "on_connect": slow}
    actor = await world.actor(define(hooks=hooks, options=Options(on_connect_timeout=5)))
    connecting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connecting")
    await world.clock.advance(8.1)
    assert connecting.result().open


async def test_a_connection_hook_that_takes_too_long_refuses(world: World) -> None:
    async def slow(self: Instance, given: Any) -> None:
        await world.clock.sleep(6)

    actor = await world.actor(define(hooks={"on_before_connect": slow}))
    connecting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connecting")
    await world.clock.advance(5)
    with pytest.raises(ActorError, match=r"actor\.callback_timed_out.*on_before_connect.*5000"):
        connecting.result()


async def test_a_client_that_leaves_is_seen_off_once(world: World) -> None:
    log: list[str] = []
    actor = await world.actor(define(hooks=recorder(log, "on_disconnect")))
    client = await world.connect(actor)
    actor.close_connection(client.conn)
    actor.close_connection(client.conn)
    client.conn.disconnect()
    await world.clock.settle()
    assert (log, len(actor.context.conns)) == (["on_disconnect"], 0)


async def test_disconnect_comes_after_what_was_sent_before(world: World) -> None:
    async def part(self: Instance) -> None:
        self.ctx.state += 1
        self.ctx.conn.send("bye", 1)
        self.ctx.conn.disconnect("that is all")

    actor = await world.actor(define(part=part))
    client = await world.connect(actor)
    commits = world.faults.hold("commit")
    await world.ask(actor, "part", conn=client.conn)
    assert (client.wire.frames, client.wire.closed) == ([], None)
    commits.release()
    await world.clock.settle()
    assert (client.wire.frames, client.wire.closed) == ([("bye", 1)], (1000, "that is all"))


@pytest.mark.parametrize("how", ["the store fails", "the node has lost the actor"])
async def test_a_client_that_was_sent_away_does_not_stay_when_the_generation_falls(
    world: World, how: str
) -> None:
    """Its close waited for the commit that failed. The reason was never durable, so it is not told."""

    async def kick(self: Instance) -> None:
        self.ctx.state += 1
        self.ctx.conn.disconnect("that is all")

    actor = await world.actor(define(kick=kick))
    client, other = await world.connect(actor), await world.connect(actor)
    world.faults.fail_next("commit", times=9)
    world.send(actor, "kick", conn=client.conn)
    if how == "the node has lost the actor":
        await asyncio.sleep(0)
        actor.fence()
    await world.clock.settle()
    assert client.wire.closed == other.wire.closed == (1011, "actor.restarting")


async def test_a_disconnected_client_can_start_nothing_more(world: World) -> None:
    actor = await world.actor(define())
    client = await world.connect(actor)
    client.conn.disconnect()
    with pytest.raises(ActorError, match=r"connection\.not_found"):
        actor.dispatch("increment", [], Answer(), client.conn)


async def test_on_connect_may_send_a_client_away(world: World) -> None:
    log: list[str] = []

    async def on_connect(self: Instance, conn: Any) -> None:
        conn.send("sorry")
        conn.disconnect("full")

    hooks = {**recorder(log, "on_disconnect"), "on_connect": on_connect}
    actor = await world.actor(define(hooks=hooks))
    client = await world.connect(actor)
    assert (client.wire.frames, client.wire.closed) == ([("sorry",)], (1000, "full"))
    assert (log, len(actor.context.conns)) == (["on_disconnect"], 0)


async def test_what_on_connect_sends_waits_for_the_greeting(world: World) -> None:
    async def welcome(self: Instance, conn: Any) -> None:
        conn.send("welcome")
        await world.clock.sleep(1)

    actor = await world.actor(define(hooks={"on_connect": welcome}))
    wire = Wire()
    connecting = world.clock.spawn(greeted(actor, wire), name="connecting")
    await world.clock.advance(0.5)
    assert wire.frames == []
    await world.clock.advance(0.6)
    await connecting
    assert wire.frames == ["Init", ("welcome",)]


async def greeted(actor: Any, wire: Wire) -> None:
    """What a gateway does."""
    await actor.connect(ConnectRequest(), wire)
    wire.frames.append("Init")


async def test_no_connection_is_let_in_by_an_actor_that_stops_meanwhile(world: World) -> None:
    async def slow(self: Instance, conn: Any) -> None:
        await asyncio.Event().wait()

    actor = await world.actor(define(hooks={"on_connect": slow}))
    connecting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connecting")
    await world.clock.settle()
    actor.fence()
    await world.clock.advance(6)
    with pytest.raises(ActorError):
        connecting.result()
    assert len(actor.context.conns) == 0


async def test_an_accepted_client_of_an_actor_that_stopped_meanwhile_is_turned_away(world: World) -> None:
    go_on = asyncio.Event()

    async def slow(self: Instance, conn: Any) -> None:
        await go_on.wait()

    actor = await world.actor(define(hooks={"on_connect": slow}))
    connecting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connecting")
    await world.clock.settle()
    actor.fence()
    go_on.set()
    await world.clock.settle()
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        connecting.result()
    assert (len(actor.context.conns), actor._parts.work.counts()) == (0, {})


# -- HTTP calls ----------------------------------------------------------------------------------------
async def test_an_http_call_has_a_connection_for_its_own_length(world: World) -> None:
    log: list[Any] = []

    async def whoami(self: Instance) -> Any:
        log.append("action")
        assert len(self.ctx.conns) == 0
        return (self.ctx.conn.user, self.ctx.conn.params)

    hooks = recorder(log, "on_before_connect", "on_connect", "on_disconnect")
    actor = await world.actor(define(whoami=whoami, hooks=hooks))
    answer = Answer()
    actor.call(ConnectRequest(params=[1], user="ada"), "whoami", [], answer)
    await world.clock.settle()
    assert answer.value == ("ada", [1])
    assert log == ["on_before_connect", "on_connect", "action", "on_disconnect"]


async def test_an_http_call_without_hooks_costs_no_task_of_its_own(world: World) -> None:
    async def whoami(self: Instance) -> Any:
        return self.ctx.conn.user

    actor = await world.actor(define(whoami=whoami))
    answer = Answer()
    tasks = len(asyncio.all_tasks())
    actor.call(ConnectRequest(user="ada"), "whoami", [], answer)
    assert len(asyncio.all_tasks()) == tasks + 1
    await world.clock.settle()
    assert answer.value == "ada"


async def test_a_refused_http_call_is_answered_and_gives_its_permit_back(world: World) -> None:
    async def refuse(self: Instance, request: ConnectRequest) -> None:
        raise UserError("no")

    hooks = {"on_before_connect": refuse}
    actor = await world.actor(define(hooks=hooks, options=Options(max_pending_actions=1)))
    for _ in range(3):
        answer = Answer()
        actor.call(ConnectRequest(), "increment", [], answer)
        await world.clock.settle()
        assert (answer.code, answer.deliveries) == ("user.user_error", 1)
    assert world.stored(actor) == 0


@pytest.mark.parametrize("steps", range(8))
async def test_an_http_call_is_answered_once_wherever_fencing_meets_it(world: World, steps: int) -> None:
    async def pause(self: Instance, given: Any) -> None:
        await asyncio.sleep(0)

    hooks = {"on_before_connect": pause, "on_connect": pause, "on_disconnect": pause}
    actor = await world.actor(define(hooks=hooks))
    commits = world.faults.hold("commit")
    answer = Answer()
    actor.call(ConnectRequest(), "increment", [], answer)
    for _ in range(steps):
        await asyncio.sleep(0)
    actor.fence()
    commits.release()
    await world.clock.settle()
    assert answer.deliveries == 1
    assert actor._parts.dispatcher._inbox.used == 0


# -- events --------------------------------------------------------------------------------------------
async def test_only_subscribers_get_an_event_under_the_name_they_asked_for(world: World) -> None:
    actor = await world.actor(define(tell=tell))
    first = await world.connect(actor, "ticked")
    alias = await world.connect(actor, "was_ticked")
    other = await world.connect(actor, "nothing")
    await world.ask(actor, "tell", "hi")
    assert (first.wire.frames, alias.wire.frames, other.wire.frames) == (
        [("ticked", "hi")],
        [("was_ticked", "hi")],
        [],
    )


async def test_names_that_no_event_has_are_accepted_and_take_no_room(world: World) -> None:
    actor = await world.actor(define(tell=tell))
    names = [f"nothing{number}" for number in range(10_000)]
    client = await world.connect(actor, "ticked", *names)
    assert client.conn.subscriptions == {"ticked"}
    assert list(actor._parts.connections._subscribers) == ["ticked"]
    for name in names:
        actor.unsubscribe(client.conn, name)
    await world.ask(actor, "tell", "hi")
    assert (client.wire.frames, client.wire.closed) == ([("ticked", "hi")], None)


async def test_an_unsubscribed_or_closed_connection_gets_nothing(world: World) -> None:
    actor = await world.actor(define(tell=tell))
    client = await world.connect(actor, "ticked")
    gone = await world.connect(actor, "ticked")
    await world.ask(actor, "tell", "1")
    actor.unsubscribe(client.conn, "ticked")
    actor.close_connection(gone.conn)
    await world.ask(actor, "tell", "2")
    actor.subscribe(client.conn, "ticked")
    await world.ask(actor, "tell", "3")
    assert client.wire.frames == [("ticked", "1"), ("ticked", "3")]
    assert gone.wire.frames == [("ticked", "1")]


async def test_a_broadcast_is_encoded_once_per_codec_and_name(world: World) -> None:
    encoded: list[str] = []

    class Counting:
        def __init__(self, codec: Any) -> None:
            self._codec = codec

        def event(self, name: str, args: Any) -> Any:
            encoded.append(name)
            return self._codec.event(name, args)

    actor = await world.actor(define(tell=tell))
    codec: Any = Counting(codec_for("json"))
    wires = [Wire(codec=codec) for _ in range(20)]
    for number, wire in enumerate(wires):
        conn = await actor.connect(ConnectRequest(), wire)
        actor.subscribe(conn, "ticked" if number else "was_ticked")
    await world.ask(actor, "tell", "hi")
    assert sorted(encoded) == ["ticked", "was_ticked"]
    assert all(len(wire.frames) == 1 for wire in wires)


async def test_an_event_carries_its_values_as_they_were_when_it_was_sent(world: World) -> None:
    async def tell_and_change(self: Instance) -> None:
        items = [1]
        self.ctx.broadcast(TICKED, (items,))
        items.append(2)

    actor = await world.actor(define(tell_and_change=tell_and_change))
    client = await world.connect(actor, "ticked")
    await world.ask(actor, "tell_and_change")
    assert client.wire.frames == [("ticked", [1])]


async def test_a_client_may_be_sent_to_alone(world: World) -> None:
    async def whisper(self: Instance) -> None:
        self.ctx.conn.send(TICKED, "you")

    actor = await world.actor(define(whisper=whisper))
    named = await world.connect(actor, "was_ticked")
    plain = await world.connect(actor)
    await world.ask(actor, "whisper", conn=named.conn)
    await world.ask(actor, "whisper", conn=plain.conn)
    assert (named.wire.frames, plain.wire.frames) == ([("was_ticked", "you")], [("ticked", "you")])


async def test_the_author_may_disconnect_while_iterating(world: World) -> None:
    async def clear(self: Instance) -> None:
        for conn in self.ctx.conns.values():
            conn.disconnect("out")

    actor = await world.actor(define(clear=clear))
    clients = [await world.connect(actor) for _ in range(3)]
    await world.ask(actor, "clear")
    assert [client.wire.closed for client in clients] == [(1000, "out")] * 3
    assert actor.state is State.STARTED
