"""What an inspector sees of a running actor and changes in it, below its doors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from actors.errors import ActorError
from actors.protocol import cbor
from actors.runtime.conn import Traffic
from actors.runtime.definition import ConnStateDefinition
from actors.runtime.options import Options
from actors.runtime.rules import Rules
from actors.runtime.watch import Aspect
from actors.storage.store import ClaimRequest
from tests.runtime.queues import bodies, define_queues, delivered, receive, send
from tests.runtime.support import TICKED, Instance, World, define, in_memory

pytestmark = in_memory


@dataclass
class Eye:
    """A `Watcher` that remembers."""

    seen: list[Aspect] = field(default_factory=list)
    over: int = 0

    def changed(self, aspect: Aspect) -> None:
        self.seen.append(aspect)

    def ended(self) -> None:
        self.over += 1


async def test_it_sees_what_there_is(world: World) -> None:
    task = await world.actor(define())
    seen = task.inspection
    assert (seen.state_enabled, seen.state, seen.actions()) == (True, 0, ["get", "increment"])
    client = await world.connect(task, "ticked", params={"a": 1})
    [conn] = seen.connections()
    assert (conn.id, conn.params, conn.events) == (client.conn.id, {"a": 1}, ["ticked"])
    assert (conn.encoding, conn.hibernatable) == ("json", False)
    assert (await seen.queue(10)).size == seen.queue_size == 0


async def test_news_come_when_a_change_is_durable_and_not_without_one(world: World) -> None:
    task = await world.actor(define())
    eye = Eye()
    attachment = task.inspection.attach(eye)
    await world.ask(task, "get")
    assert eye.seen == []
    await world.ask(task, "increment")
    assert eye.seen == [Aspect.STATE]
    world.faults.fail_next("commit", "rejected")
    world.send(task, "increment")
    await world.clock.settle()
    assert eye.seen.count(Aspect.STATE) == 1, "what is not stored is no news"
    attachment.close()
    attachment.close()
    assert task.inspection.attached == 0


async def test_what_a_block_schedules_is_news_once_it_is_durable(world: World) -> None:
    async def plan(self: Instance, fails: bool) -> None:
        async with self.ctx.atomic(10):
            await self.ctx.scheduler.add("increment", cbor.encode([]), 2**42, Rules())
            assert eye.seen == []
            if fails:
                raise ValueError

    task = await world.actor(define(plan=plan))
    eye, ear = Eye(), Ear()
    task.inspection.attach(eye)
    task.inspection.follow(ear)
    await world.ask(task, "plan", True)
    assert Aspect.SCHEDULES not in eye.seen
    eye.seen.clear()
    await world.ask(task, "plan", False)
    assert Aspect.SCHEDULES in eye.seen
    assert ear.heard.count(("schedule", "stored")) == 1


@dataclass
class Ear:
    """A `Follower` that remembers."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    rays: list[tuple[str, str | None]] = field(default_factory=list)
    over: int = 0

    def happened(self, kind: str, what: str, note: str, ray: str | None) -> None:
        self.heard.append((kind, what))
        self.rays.append((kind, ray))

    def ended(self) -> None:
        self.over += 1


async def test_who_follows_hears_of_each_thing_in_its_order_and_of_the_end_once(world: World) -> None:
    async def fail(self: Instance) -> None:
        raise ValueError

    task = await world.actor(replace(define_queues(), actions=define(fail=fail).actions))
    ear = Ear()
    task.inspection.follow(ear)
    client = await world.connect(task, "ticked")
    await world.ask(task, "increment")
    await world.ask(task, "fail")
    await send(task, "one")
    task.close_connection(client.conn)
    assert ear.heard == [
        ("connection", "connected"),
        ("call", "increment"),
        ("state", "stored"),
        ("error", "fail"),
        ("call", "fail"),
        ("queue", "a message more"),
        ("connection", "gone"),
    ]
    task.inspection.leave(ear)
    await world.ask(task, "increment")
    assert len(ear.heard) == 7
    task.inspection.follow(ear)
    task.request_sleep()
    await task.stopped()
    task.inspection.follow(ear)
    assert ear.over == 2


async def test_who_follows_hears_of_messages_that_are_stored_or_gone_and_not_of_sleep(world: World) -> None:
    task, ear = await world.actor(define_queues()), Ear()
    task.inspection.follow(ear)
    await send(task, "one")
    await send(task, "two")
    world.faults.fail_next("queue_write")
    with pytest.raises(ActorError):
        await send(task, "lost")
    task.request_sleep()
    await task.stopped()
    assert ear.heard.count(("queue", "a message more")) == 2
    assert ("queue", "a message less") not in ear.heard
    again, ear = await world.actor(define_queues()), Ear()
    again.inspection.follow(ear)
    assert (await again.inspection.queue(9)).size == 2
    assert ear.heard == []
    await (await receive(again))[0].complete()
    await again.serving.purge("jobs", None)
    assert ear.heard.count(("queue", "a message less")) == 2
    assert ("queue", "a message more") not in ear.heard


async def test_connections_are_news(world: World) -> None:
    task = await world.actor(define())
    eye = Eye()
    task.inspection.attach(eye)
    client = await world.connect(task, "ticked")
    task.unsubscribe(client.conn, "ticked")
    task.unsubscribe(client.conn, "ticked")
    task.close_connection(client.conn)
    assert eye.seen == [Aspect.CONNECTIONS] * 4


async def test_a_new_state_is_durable_when_the_call_returns(world: World) -> None:
    task = await world.actor(define())
    await task.serving.replace_state(7)
    assert (world.stored(task), task.inspection.state) == (7, 7)
    assert (await world.ask(task, "increment")).value == 8


async def test_a_new_state_is_told_to_the_class(world: World) -> None:
    told: list[Any] = []
    hooks = {"on_state_change": lambda self, state: told.append(state)}
    task = await world.actor(define(hooks=hooks))
    await task.serving.replace_state(7)
    assert told == [7]


async def test_a_fenced_generation_takes_no_new_state(world: World) -> None:
    task = await world.actor(define())
    await world.store.real.claim("node1", [ClaimRequest(actor_id=task.actor_id)])
    with pytest.raises(ActorError, match=r"actor\.outcome_unknown"):
        await task.serving.replace_state(7)
    assert world.stored(task) == 0


async def test_an_actor_that_stops_takes_no_new_state(world: World) -> None:
    task = await world.actor(define())
    task.request_sleep()
    await task.stopped()
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        await task.serving.replace_state(7)
    assert world.stored(task) == 0


@pytest.mark.parametrize(("limit", "tree"), [(100, "x" * 200), (100, object())])
async def test_what_is_no_state_is_refused_before_anything_changes(
    world: World, limit: int, tree: Any
) -> None:
    task = await world.actor(define(options=Options(max_state_size=limit)))
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await task.serving.replace_state(tree)
    assert task.inspection.state == 0


async def test_an_actor_without_a_state_has_none_to_replace(world: World) -> None:
    task = await world.actor(define(state=None))
    assert not task.inspection.state_enabled
    with pytest.raises(ActorError, match=r"actor\.state_not_enabled"):
        await task.serving.replace_state(1)


async def test_watchers_hear_of_the_end_once_and_keep_nobody_awake(world: World) -> None:
    task = await world.actor(define(options=Options(sleep_timeout=5)))
    eye, late = Eye(), Eye()
    task.inspection.attach(eye)
    await world.clock.advance(6)
    await task.stopped()
    assert (eye.over, task.inspection.attached) == (1, 0)
    task.inspection.attach(late)
    assert (late.over, task.inspection.attached) == (1, 0)


async def test_it_says_what_holds_the_actor_awake_and_when_it_will_sleep(world: World) -> None:
    task = await world.actor(define(options=Options(sleep_timeout=30)))
    assert (task.inspection.holders(), task.sleeps_in) == ([], 30)
    client = await world.connect(task)
    task.context.keep_awake(world.clock.sleep(100))
    await world.clock.advance(7)
    held = [(holder.label, holder.count, holder.seconds) for holder in task.inspection.holders()]
    assert held == [("connection", 1, None), ("keep_awake", 1, 7)]
    assert task.sleeps_in is None
    await world.clock.advance(100)
    task.close_connection(client.conn)
    await world.clock.advance(10)
    assert (task.inspection.holders(), task.sleeps_in) == ([], 20)


async def test_a_client_is_sent_away_with_a_reason(world: World) -> None:
    task = await world.actor(define())
    client = await world.connect(task)
    assert task.serving.disconnect(client.conn.id, "moderated")
    await world.clock.settle()
    assert client.wire.closed == (1000, "moderated")
    assert task.inspection.connections() == []
    assert not task.serving.disconnect(client.conn.id, "moderated")


async def test_one_client_alone_is_sent_an_event_of_the_class(world: World) -> None:
    task = await world.actor(define())
    one, other = await world.connect(task), await world.connect(task)
    assert task.serving.tell(one.conn.id, "ticked", [1, {"a": 2}])
    await world.clock.settle()
    assert (one.wire.frames, other.wire.frames) == ([("ticked", 1, {"a": 2})], [])
    assert not task.serving.tell("nobody", "ticked", [])
    with pytest.raises(ActorError, match="has no event 'tock'"):
        task.serving.tell(one.conn.id, "tock", [])


async def test_a_muted_client_gets_no_event_and_its_calls_are_answered(world: World) -> None:
    async def shout(self: Instance, text: str) -> None:
        self.ctx.broadcast(TICKED, [text])
        for conn in self.ctx.conns.values():
            conn.send("ticked", f"{text} to you")

    task = await world.actor(define(shout=shout))
    muted, other = await world.connect(task, "ticked"), await world.connect(task, "ticked")
    eye = Eye()
    task.inspection.attach(eye)
    muted.wire.traffic, other.wire.traffic = Traffic(), Traffic()
    assert task.serving.mute(muted.conn.id, True)
    assert not task.serving.mute(muted.conn.id, True), "it is already"
    assert eye.seen == [Aspect.CONNECTIONS]
    assert [conn.muted for conn in task.inspection.connections()] == [True, False]
    await world.ask(task, "shout", "one")
    assert (await world.ask(task, "increment", conn=muted.conn)).value == 1
    assert (muted.wire.frames, other.wire.frames) == ([], [("ticked", "one"), ("ticked", "one to you")])
    assert (muted.wire.traffic.dropped, other.wire.traffic.dropped) == (2, 0), "sent to all, and to it"
    with pytest.raises(ActorError, match="is muted"):
        task.serving.tell(muted.conn.id, "ticked", [])
    task.subscribe(muted.conn, "was_ticked")
    assert task.serving.mute(muted.conn.id, False)
    await world.ask(task, "shout", "two")
    texts = {text for _, text in muted.wire.frames}
    assert texts == {"two", "two to you"}, "what it missed is lost"
    assert not task.serving.mute("nobody", True)


async def test_the_state_of_a_connection_is_replaced_if_it_is_what_was_seen(world: World) -> None:
    @dataclass
    class Seat:
        row: int

    async def on_connect(self: Instance, conn: Any) -> None:
        conn.state = Seat(4)

    decoder = msgspec.msgpack.Decoder(Seat)
    typed = ConnStateDefinition(
        msgspec.msgpack.encode, decoder.decode, lambda tree: msgspec.convert(tree, Seat)
    )
    task = await world.actor(replace(define(hooks={"on_connect": on_connect}), conn_state=typed))
    client, eye = await world.connect(task), Eye()
    task.inspection.attach(eye)
    conn_id = client.conn.id
    assert task.serving.replace_conn_state(conn_id, {"row": 4}, {"row": 5})
    assert client.conn.state == Seat(5)
    assert eye.seen == [Aspect.CONNECTIONS]
    assert not task.serving.replace_conn_state(conn_id, {"row": 4}, {"row": 6}), "somebody was faster"
    assert not task.serving.replace_conn_state("nobody", {"row": 4}, {"row": 6})
    with pytest.raises(ActorError, match="this is no state of it"):
        task.serving.replace_conn_state(conn_id, {"row": 5}, {"row": "back"})
    assert client.conn.state == Seat(5)


async def test_where_a_class_gives_no_state_there_is_none_to_replace(world: World) -> None:
    task = await world.actor(define())
    client = await world.connect(task)
    with pytest.raises(ActorError, match="has no state"):
        task.serving.replace_conn_state(client.conn.id, None, 1)
    client.conn.state = object()
    with pytest.raises(ActorError, match="this is no state of it"):
        task.serving.replace_conn_state(client.conn.id, None, 1)


# -- queues ----------------------------------------------------------------------------------------------
async def test_it_sees_what_is_stored_in_the_queues(world: World) -> None:
    task = await world.actor(define_queues())
    seen = task.inspection
    assert seen.queue_size == 0
    first = await send(task, "one")
    second = await task.serving.enqueue("mail", {"to": "ada"})
    assert (second.name, second.created_at) == ("mail", world.clock.now_ms())
    listed = await seen.queue(1)
    assert (listed.size, listed.max_size, listed.truncated) == (2, 1000, True)
    assert [(message.id, message.name) for message in listed.messages] == [(first, "jobs")]
    assert not (await seen.queue(2)).truncated
    assert await bodies(task) == ["one", {"to": "ada"}]
    assert (await seen.queue(2)).size == 0


async def test_what_an_earlier_generation_left_is_seen_by_whoever_looks(world: World) -> None:
    task = await world.actor(define_queues())
    await send(task, "kept")
    task.request_sleep()
    await task.stopped()
    again = await world.actor(define_queues())
    assert (again.inspection.queue_size, (await again.inspection.queue(9)).size) == (0, 1)


async def test_messages_that_come_and_go_are_news(world: World) -> None:
    task = await world.actor(define_queues())
    await task.inspection.queue(0)
    eye = Eye()
    task.inspection.attach(eye)
    await send(task, "one")
    await bodies(task)
    assert eye.seen.count(Aspect.QUEUE) == 2


async def test_messages_that_nobody_has_in_hand_are_removed_for_good(world: World) -> None:
    task = await world.actor(define_queues())
    ids = [await send(task, body) for body in ("one", "two", "three", "four")]
    later = await send(task, "later", delay=60)
    [held] = await receive(task)
    assert await task.serving.purge("jobs", [ids[1], ids[0], 99]) == 1, "what is in hand stays"
    assert await task.serving.purge("mail", None) == 0
    assert await task.serving.purge("jobs", None) == 3
    await held.complete()
    assert (await task.inspection.queue(9)).size == 0
    task.request_sleep()
    await task.stopped()
    again = await world.actor(define_queues())
    assert (await again.inspection.queue(9)).size == 0
    assert later not in ids


async def test_whoever_waits_for_a_removed_message_hears_that_it_was_given_up(world: World) -> None:
    task = await world.actor(define_queues())
    answer = await delivered(world, task, "one", wait=True)
    await task.serving.purge("jobs", None)
    await world.clock.settle()
    assert answer.code == "queue.dead_letter"


async def test_what_could_not_be_removed_can_still_be_had(world: World) -> None:
    task = await world.actor(define_queues())
    await send(task, "one")
    await send(task, "put off", delay=60)
    world.faults.fail_next("queue_write")
    with pytest.raises(ActorError):
        await task.serving.purge("jobs", None)
    assert await bodies(task) == ["one"]
    assert await task.serving.purge("jobs", None) == 1


@pytest.mark.parametrize("definition", [define(), define_queues()], ids=["none", "others"])
async def test_a_queue_that_there_is_not_takes_nothing(world: World, definition: Any) -> None:
    task = await world.actor(definition)
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await task.serving.enqueue("nope", 1)
    assert (await task.inspection.queue(9)).size == 0


async def test_who_follows_hears_which_request_has_led_to_it(world: World) -> None:
    """Also of actions that wait for their turn, and so begin in the middle of another's."""

    async def tick(self: Instance) -> None:
        await world.clock.sleep(1)
        self.ctx.broadcast(TICKED, [1])
        raise ValueError

    task = await world.actor(define(tick=tick, exclusive=("tick",)))
    ear = Ear()
    task.inspection.follow(ear)
    first, second = [await world.connect(task, "ticked", ray=ray) for ray in ("one", "two")]
    for client in (first, second):
        world.send(task, "tick", conn=client.conn)
    await world.clock.advance(3)
    assert ear.rays == [
        ("connection", "one"),
        ("connection", "two"),
        *((kind, "one") for kind in ("event", "error", "call")),
        *((kind, "two") for kind in ("event", "error", "call")),
    ]
    await world.ask(task, "increment")
    assert ear.rays[-2:] == [("call", None), ("state", None)]
