"""Messages that an operator requeues: they can be had at once, also from the hand of a consumer."""

from __future__ import annotations

import asyncio

import pytest

from actors.errors import ActorError
from tests.runtime.queues import JOBS, bodies, define_queues, mailbox, receive, send
from tests.runtime.support import World

pytestmark = pytest.mark.actors(store="both")


async def test_a_requeued_message_is_had_at_once_with_its_attempts_also_after_a_crash(world: World) -> None:
    task = await world.actor(define_queues())
    ids = [await send(task, body, delay=60) for body in ("one", "two")]
    await send(task, "three")
    for message in await receive(task):
        await message.retry(delay=60)
    assert await task.serving.requeue("jobs", [ids[1], 99]) == 1
    assert await task.serving.requeue("mail", None) == 0
    task.fence()
    await task.stopped()
    after = await world.actor(define_queues())
    assert await bodies(after) == ["two"]
    assert await after.serving.requeue("jobs", None) == 2
    found = {message.body: message.attempt for message in await receive(after, count=9)}
    assert found == {"one": 1, "three": 2}


async def test_a_requeued_message_comes_to_whoever_waits_for_one(world: World) -> None:
    task = await world.actor(define_queues())
    await send(task, "put off", delay=60)
    waiting = asyncio.ensure_future(receive(task, timeout=None))
    await world.clock.settle()
    await task.serving.requeue("jobs", None)
    [message] = await waiting
    assert message.body == "put off"


async def test_a_message_in_hand_is_requeued_by_its_id_alone_and_its_consumer_is_told(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, "one")
    [first] = await receive(task)
    assert await task.serving.requeue("jobs", None) == 0
    assert await task.serving.requeue("mail", [message_id]) == 0
    assert await task.serving.requeue("jobs", [message_id]) == 1
    assert await task.serving.requeue("jobs", [message_id]) == 0, "it can be had already"
    [second] = await receive(task)
    assert (second.body, second.attempt) == ("one", 2)
    with pytest.raises(ActorError, match=r"queue\.lease_expired"):
        await first.complete()
    await second.complete()
    assert (await task.inspection.queue(9)).size == 0


async def test_a_message_that_is_taken_away_at_its_last_attempt_is_given_up(world: World) -> None:
    task = await world.actor(define_queues())
    message_id = await send(task, "one")
    for _ in range(JOBS.max_attempts):
        await receive(task)
        assert await task.serving.requeue("jobs", [message_id]) == 1
    [letter] = await mailbox(task).dead_letters.find(JOBS, 9)
    assert (letter.attempts, letter.error) == (JOBS.max_attempts, "An operator has taken it back.")


async def test_what_could_not_be_requeued_is_as_it_was(world: World) -> None:
    task = await world.actor(define_queues())
    held_id = await send(task, "held")
    [held] = await receive(task)
    later_id = await send(task, "put off", delay=20)
    for message_id in (held_id, later_id):
        world.faults.fail_next("queue_write")
        with pytest.raises(ActorError, match=r"storage\.unavailable"):
            await task.serving.requeue("jobs", [message_id])
    assert await receive(task) == []
    await held.complete()
    await world.clock.advance(20)
    assert await bodies(task) == ["put off"]
