"""What an inspector sees of a running actor and changes in it, below its doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from actors.errors import ActorError
from actors.runtime.options import Options
from actors.runtime.watch import Aspect
from actors.storage.store import ClaimRequest
from tests.runtime.queues import bodies, define_queues, send
from tests.runtime.support import World, define, in_memory

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
    assert (conn.id, conn.params, conn.subscriptions, conn.hibernatable) == (
        client.conn.id,
        {"a": 1},
        1,
        False,
    )
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
    await task.replace_state(7)
    assert (world.stored(task), task.inspection.state) == (7, 7)
    assert (await world.ask(task, "increment")).value == 8


async def test_a_new_state_is_told_to_the_class(world: World) -> None:
    told: list[Any] = []
    hooks = {"on_state_change": lambda self, state: told.append(state)}
    task = await world.actor(define(hooks=hooks))
    await task.replace_state(7)
    assert told == [7]


async def test_a_fenced_generation_takes_no_new_state(world: World) -> None:
    task = await world.actor(define())
    await world.store.real.claim("node1", [ClaimRequest(actor_id=task.actor_id)])
    with pytest.raises(ActorError, match=r"actor\.outcome_unknown"):
        await task.replace_state(7)
    assert world.stored(task) == 0


async def test_an_actor_that_stops_takes_no_new_state(world: World) -> None:
    task = await world.actor(define())
    task.request_sleep()
    await task.stopped()
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        await task.replace_state(7)
    assert world.stored(task) == 0


@pytest.mark.parametrize(("limit", "tree"), [(100, "x" * 200), (100, object())])
async def test_what_is_no_state_is_refused_before_anything_changes(
    world: World, limit: int, tree: Any
) -> None:
    task = await world.actor(define(options=Options(max_state_size=limit)))
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await task.replace_state(tree)
    assert task.inspection.state == 0


async def test_an_actor_without_a_state_has_none_to_replace(world: World) -> None:
    task = await world.actor(define(state=None))
    assert not task.inspection.state_enabled
    with pytest.raises(ActorError, match=r"actor\.state_not_enabled"):
        await task.replace_state(1)


async def test_watchers_hear_of_the_end_once_and_keep_nobody_awake(world: World) -> None:
    task = await world.actor(define(options=Options(sleep_timeout=5)))
    eye, late = Eye(), Eye()
    task.inspection.attach(eye)
    await world.clock.advance(6)
    await task.stopped()
    assert (eye.over, task.inspection.attached) == (1, 0)
    task.inspection.attach(late)
    assert (late.over, task.inspection.attached) == (1, 0)


# -- queues ----------------------------------------------------------------------------------------------
async def test_it_sees_what_is_stored_in_the_queues(world: World) -> None:
    task = await world.actor(define_queues())
    seen = task.inspection
    assert seen.queue_size == 0
    first = await send(task, "one")
    second = await task.enqueue("mail", {"to": "ada"})
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


@pytest.mark.parametrize("definition", [define(), define_queues()], ids=["none", "others"])
async def test_a_queue_that_there_is_not_takes_nothing(world: World, definition: Any) -> None:
    task = await world.actor(definition)
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await task.enqueue("nope", 1)
    assert (await task.inspection.queue(9)).size == 0
