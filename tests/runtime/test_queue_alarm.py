"""The alarm of a queue: what is told of it while the actor is awake, and what wakes one that sleeps."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import pytest

from actors.errors import ActorError
from actors.runtime.options import Options
from actors.runtime.task import ActorTask, State
from actors.storage.alarms import AWAKE_MARGIN, RETRY_PAUSE, WAKE_LEASE
from actors.storage.store import ClaimRequest
from tests.runtime.queues import BOTH, bodies, define_queues, mailbox, receive, send
from tests.runtime.support import Instance, World, request

pytestmark = pytest.mark.actors(store="both")


async def consume(self: Instance) -> None:
    with contextlib.suppress(ActorError):
        while True:
            [message] = await self.ctx.mailbox.receive(BOTH)
            self.ctx.state += message.body
            await message.complete()


CONSUMER = {"run": consume}
NAPPING = Options(sleep_timeout=5)


async def due(world: World) -> int | None:
    """In seconds from now, as the platform looks at it."""
    at = await world.store.real.alarms.next()
    return None if at is None else round((at - world.clock.now_ms()) / 1000)


@pytest.fixture
async def awake(world: World) -> ActorTask:
    """An actor that nobody puts to sleep, and that asks for no message by itself."""
    return await world.actor(define_queues(options=Options(no_sleep=True)))


async def test_a_message_is_an_alarm_from_the_write_that_stores_it_until_the_queue_is_quiet(
    world: World, awake: ActorTask
) -> None:
    await send(awake, 1)
    assert await due(world) == AWAKE_MARGIN / 1000
    assert await bodies(awake) == [1]
    await world.clock.advance(9)
    assert await due(world) is not None
    await world.clock.advance(1)
    assert await due(world) is None


async def test_a_busy_queue_tells_its_alarm_once(world: World, awake: ActorTask) -> None:
    await send(awake, 0)
    first = await world.store.real.alarms.next()
    for n in range(5):
        await world.clock.advance(1)
        await send(awake, n)
        await bodies(awake)
    assert await world.store.real.alarms.next() == first


async def test_an_earlier_message_moves_the_alarm_and_a_later_one_does_not(
    world: World, awake: ActorTask
) -> None:
    for delay, expected in ((100, 120), (50, 70), (70, 70)):
        await send(awake, delay, delay=delay)
        assert await due(world) == expected


async def test_what_was_given_back_with_a_delay_is_due_after_it(world: World, awake: ActorTask) -> None:
    await send(awake, 1)
    [message] = await receive(awake)
    await message.retry(delay=60)
    await world.clock.advance(10)
    assert await due(world) == 50 + AWAKE_MARGIN / 1000


async def test_a_requeued_message_moves_the_alarm_with_it(world: World, awake: ActorTask) -> None:
    await send(awake, 1, delay=100)
    assert await due(world) == 100 + AWAKE_MARGIN / 1000
    assert await awake.inspection.requeue("jobs", None) == 1
    assert await due(world) == AWAKE_MARGIN / 1000


async def test_a_dead_letter_wakes_nobody(world: World, awake: ActorTask) -> None:
    await send(awake, 1)
    for _ in range(3):
        [message] = await receive(awake)
        await message.retry()
    await world.clock.advance(10)
    assert await due(world) is None
    assert await mailbox(awake).dead_letters.replay(mailbox(awake).definitions["jobs"], None) == 1
    assert await due(world) == AWAKE_MARGIN / 1000


async def test_a_send_that_failed_leaves_the_next_one_its_alarm(world: World, awake: ActorTask) -> None:
    world.faults.fail_next("queue_write")
    with pytest.raises(Exception, match=r"storage\.unavailable"):
        await send(awake, 1)
    assert await due(world) is None
    await send(awake, 2)
    assert await due(world) == AWAKE_MARGIN / 1000


async def test_a_sleeping_actor_is_woken_for_each_message_in_its_turn(world: World) -> None:
    actor = await world.actor(define_queues(hooks=CONSUMER, options=NAPPING))
    for delay in (60, 600, 6000):
        await send(actor, delay, delay=delay)
    assert await due(world) == 60 + AWAKE_MARGIN / 1000
    await world.clock.advance(59)
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 0)
    await world.clock.advance(1)
    assert world.stored(actor) == 60
    await world.clock.advance(540)
    assert world.stored(actor) == 660
    await world.clock.advance(5400)
    assert world.stored(actor) == 6660
    await world.clock.advance(60)
    assert await due(world) is None
    assert world.nodes[0].residents() == []
    assert world.counted("alarm_lateness_seconds") == 3


async def test_a_message_that_nobody_asks_for_wakes_its_actor_once(world: World) -> None:
    actor = await world.actor(define_queues(options=NAPPING))
    await send(actor, 1, delay=60)
    await world.clock.advance(3600)
    assert (await world.record(actor.actor_id)).generation == 2
    assert await due(world) is None


async def test_what_waits_when_its_node_is_drained_is_taken_up_by_another(world: World) -> None:
    actor = await world.actor(define_queues(hooks={"run": hold_one}, options=NAPPING))
    other = await world.node()
    for n in range(3):
        await send(actor, n)
    await world.clock.settle()
    first = world.nodes.pop(0)
    world.beats[0].stop()
    await first.drain(4)
    world.beats[1].look()
    await world.clock.settle()
    [task] = other.residents()
    assert (task.actor_id, task.generation) == (actor.actor_id, 2)


async def hold_one(self: Instance) -> None:
    await self.ctx.mailbox.receive(BOTH)
    await self.ctx.aborted.wait()


async def test_what_was_in_hand_when_its_node_died_is_handed_out_again_by_itself(world: World) -> None:
    actor = await world.actor(define_queues(hooks={"run": hold_one}))
    await send(actor, 1)
    await world.clock.settle()
    await world.store.real.leave("node1")
    world.beats[0].stop()
    await world.node()
    await world.clock.advance(AWAKE_MARGIN / 1000)
    [task] = world.nodes[1].residents()
    assert (task.actor_id, task.generation) == (actor.actor_id, 2)
    [message] = mailbox(task)._leases._timers
    assert message == 1


async def test_an_actor_whose_run_fails_over_a_message_is_woken_again_after_a_pause(world: World) -> None:
    async def stumble(self: Instance) -> None:
        await self.ctx.mailbox.receive(BOTH)
        raise ValueError

    actor = await world.actor(define_queues(hooks={"run": stumble}))
    await send(actor, 1)
    await world.clock.settle()
    for generation in (1, 2, 3):
        assert (await world.record(actor.actor_id)).generation == generation
        await world.clock.advance(RETRY_PAUSE / 1000)


async def test_an_actor_that_cannot_be_woken_is_said_and_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    actor = await world.actor(define_queues(options=NAPPING))
    await send(actor, 1, delay=60)
    await world.clock.advance(50)
    world.faults.fail_next("claim", times=1)
    with caplog.at_level(logging.WARNING):
        await world.clock.advance(10)
    assert [record.msg for record in caplog.records] == ["an alarm could not wake its actor"]
    assert (await world.record(actor.actor_id)).generation == 1
    await world.clock.advance(WAKE_LEASE / 1000)
    assert (await world.record(actor.actor_id)).generation == 2


async def test_an_actor_that_is_awake_needs_no_waking(world: World) -> None:
    actor = await world.actor(define_queues(hooks=CONSUMER, options=Options(no_sleep=True)))
    await send(actor, 7, delay=60)
    await world.clock.advance(3600)
    assert (world.stored(actor), actor.generation, world.counted("alarm_lateness_seconds")) == (7, 1, 0)


async def test_with_the_actor_its_alarm_goes(world: World) -> None:
    actor = await world.actor(define_queues(options=NAPPING))
    await send(actor, 1, delay=60)
    actor.request_destroy()
    await world.clock.advance(100)
    assert await due(world) is None


async def test_a_call_that_wakes_an_actor_before_its_time_leaves_the_alarm(world: World) -> None:
    actor = await world.actor(define_queues(hooks=CONSUMER, options=NAPPING))
    await send(actor, 5, delay=60)
    await world.clock.advance(30)
    found: Any = await world.nodes[0].ensure(request())
    assert found.generation == 2
    await world.clock.advance(20)
    assert (found.state, await due(world)) == (State.TERMINATED, 10)
    await world.clock.advance(10)
    assert world.stored(actor) == 5
    assert isinstance(await world.nodes[0].ensure(ClaimRequest(actor_id=actor.actor_id)), ActorTask)
