"""Messages that an operator moves to the front or edits: while they wait, never out of a consumer's hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.errors import ActorError
from actors.protocol import cbor
from actors.runtime.task import ActorTask
from tests.runtime.queues import MAIL, bodies, define_queues, receive, send
from tests.runtime.support import World

pytestmark = pytest.mark.actors(store="both")


async def edit(task: ActorTask, message_id: int, seen: Any, body: Any) -> bool:
    return await task.serving.rewrite("jobs", message_id, cbor.encode(seen), body)


async def test_a_message_is_moved_before_all_that_waits_also_after_a_crash(world: World) -> None:
    task = await world.actor(define_queues())
    await send(task, "first", priority=5)
    await send(task, "mail", MAIL, priority=9)
    ids = [await send(task, body, delay=60) for body in ("put off", "stays")]
    assert await task.serving.front("jobs", ids[0])
    assert await task.serving.front("jobs", ids[0]), "it is the first"
    task.fence()
    await task.stopped()
    after = await world.actor(define_queues())
    assert await bodies(after, "jobs") == ["put off", "first"]
    assert [one.name for one in (await after.serving.queue(9)).messages] == ["mail", "jobs"]


async def test_a_moved_message_comes_to_whoever_waits_for_one(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, "put off", delay=60)
    waiting = asyncio.ensure_future(receive(task, timeout=None))
    await world.clock.settle()
    assert await task.serving.front("jobs", message_id)
    [message] = await waiting
    assert message.body == "put off"


async def test_a_body_is_replaced_in_its_place_and_keeps_its_attempts(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, {"to": "ad"})
    await send(task, "second")
    [message] = await receive(task)
    await message.retry()
    assert await edit(task, message_id, {"to": "ad"}, {"to": "ada"})
    task.fence()
    await task.stopped()
    after = await world.actor(define_queues())
    [edited, second] = await receive(after, count=9)
    assert (edited.id, edited.body, edited.attempt) == (message_id, {"to": "ada"}, 2)
    assert second.body == "second"


async def test_what_is_in_hand_gone_or_another_is_left_alone(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, "one")
    other = await send(task, "mail", MAIL)
    assert not await edit(task, message_id, "seen long ago", "two")
    assert not await edit(task, other, "mail", "two")
    [message] = await receive(task, "jobs")
    assert message.body == "one"
    assert not await edit(task, message_id, "one", "two")
    assert not await task.serving.front("jobs", message_id)
    await message.complete()
    assert not await edit(task, message_id, "one", "two")
    assert not await task.serving.front("jobs", message_id)
    assert await bodies(task) == ["mail"]


async def test_a_body_is_checked_as_a_sent_one_is(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, "one")
    for body, name in (("x" * 70_000, "queue.message_too_large"), (object(), "protocol.not_serializable")):
        with pytest.raises(ActorError) as refused:
            await edit(task, message_id, "one", body)
        assert refused.value.name == name
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await task.serving.front("nope", message_id)
    assert await bodies(task) == ["one"]


async def test_while_a_message_is_amended_nobody_gets_it(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, "one")
    amended = [
        asyncio.ensure_future(edit(task, message_id, "one", "two")),
        asyncio.ensure_future(edit(task, message_id, "one", "three")),
        asyncio.ensure_future(task.serving.front("jobs", message_id)),
    ]
    await asyncio.sleep(0)
    assert await receive(task) == []
    assert await asyncio.gather(*amended) == [True, False, False]
    assert await bodies(task) == ["two"]


async def test_what_could_not_be_stored_is_as_it_was(world: World) -> None:
    task = await world.actor(define_queues())
    await send(task, "first")
    message_id = await send(task, "put off", delay=20)
    for amend in (
        lambda: task.serving.front("jobs", message_id),
        lambda: edit(task, message_id, "put off", "other"),
    ):
        world.faults.fail_next("queue_write")
        with pytest.raises(ActorError, match=r"storage\.unavailable"):
            await amend()
    world.faults.fail_next("queue_read")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await edit(task, message_id, "put off", "other")
    assert await bodies(task) == ["first"]
    await world.clock.advance(20)
    assert await bodies(task) == ["put off"]
