"""Queues of one actor, by the numbers of the requirements (E1 to E12), and what a lease adds to them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from actors.errors import MISSING, ActorError
from actors.runtime.completions import Outcome
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.queues import (
    BOTH,
    JOBS,
    MAIL,
    bodies,
    define_queues,
    deliver,
    delivered,
    mailbox,
    receive,
    send,
)
from tests.runtime.support import Instance, World, define, in_memory, request

pytestmark = pytest.mark.actors(store="both")


@pytest.fixture
async def actor(world: World) -> ActorTask:
    return await world.actor(define_queues(options=Options(max_queue_size=12_000)))


async def again(world: World, actor: ActorTask) -> ActorTask:
    """The next generation, after this one was put to sleep."""
    actor.request_sleep()
    await world.clock.settle()
    assert actor.state is State.TERMINATED
    found = await world.nodes[0].ensure(request())
    assert isinstance(found, ActorTask)
    return found


async def crashed(world: World, actor: ActorTask) -> ActorTask:
    """The next generation, after this one was lost."""
    actor.fence()
    found = await world.nodes[0].ensure(request())
    assert isinstance(found, ActorTask)
    return found


# -- E1 to E3: order, names, time --------------------------------------------------------------------
@pytest.mark.slow
async def test_e1_ten_thousand_messages_come_in_the_order_of_their_sending(
    world: World, actor: ActorTask
) -> None:
    await asyncio.gather(*[send(actor, n) for n in range(10_000)])
    found: list[int] = []
    while messages := await receive(actor, count=1000):
        found += [message.body for message in messages]
        await asyncio.gather(*[message.complete() for message in messages])
    assert found == list(range(10_000))
    assert len(mailbox(actor)) == 0


async def test_e2_each_receiver_gets_its_own_queues_in_order(world: World, actor: ActorTask) -> None:
    for n in range(6):
        await send(actor, n, JOBS if n % 2 else MAIL)
    [first] = await receive(actor, "jobs")
    [second] = await receive(actor, "mail")
    assert (first.body, second.body) == (1, 0)
    assert await bodies(actor) == [2, 3, 4, 5]


async def test_e2_ids_count_from_one_over_all_queues_and_generations(world: World, actor: ActorTask) -> None:
    assert [await send(actor, 0), await send(actor, 0, MAIL)] == [1, 2]
    await bodies(actor)
    assert await send(await again(world, actor), 0) == 3


async def test_e3_a_wait_of_no_time_looks_once_and_one_of_some_time_ends(
    world: World, actor: ActorTask
) -> None:
    assert await receive(actor, timeout=0) == []
    waiting = asyncio.ensure_future(receive(actor, timeout=0.05))
    await world.clock.advance(0.049)
    assert not waiting.done()
    await world.clock.advance(0.001)
    assert await waiting == []


async def test_e3_a_message_that_comes_in_time_ends_the_wait(world: World, actor: ActorTask) -> None:
    waiting = asyncio.ensure_future(receive(actor, timeout=5))
    await world.clock.advance(4)
    await send(actor, "here")
    [message] = await waiting
    assert message.body == "here"
    assert await mailbox(actor).wait(BOTH, 0) is False


async def test_whether_a_message_is_there_can_be_asked_without_taking_it(
    world: World, actor: ActorTask
) -> None:
    asking = asyncio.ensure_future(mailbox(actor).wait(("jobs",), 5))
    await send(actor, 1, MAIL)
    await world.clock.settle()
    assert not asking.done()
    await send(actor, 2)
    assert await asking is True
    [message] = await receive(actor, "jobs")
    assert (message.body, message.attempt) == (2, 1)


# -- E4, E8, E9: sleep -------------------------------------------------------------------------------
async def test_e4_waits_end_when_the_actor_does(world: World, actor: ActorTask) -> None:
    waiting = asyncio.ensure_future(receive(actor, timeout=None))
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.settle()
    with pytest.raises(ActorError, match=r"actor\.aborted"):
        await waiting
    with pytest.raises(ActorError, match=r"actor\.aborted"):
        await receive(actor)


async def run_consumer(self: Instance) -> None:
    """Adds up what comes."""
    while True:
        [message] = await self.ctx.mailbox.receive(BOTH)
        self.ctx.state += message.body
        await message.complete(self.ctx.state)


CONSUMER = {"run": run_consumer}


async def quietly(self: Instance) -> None:
    try:
        await run_consumer(self)
    except ActorError as end:
        assert end.name == "actor.aborted"


QUIET = {"run": quietly}


async def test_e8_a_sender_waits_through_the_grace_period(world: World) -> None:
    async def slow(self: Instance) -> None:
        [message] = await self.ctx.mailbox.receive(BOTH)
        await self.ctx._life.abort.wait(None)
        await message.complete("late, but done")

    actor = await world.actor(define_queues(hooks={"run": slow}))
    answer = await delivered(world, actor, 1, wait=True)
    assert not answer.here
    actor.request_sleep()
    await world.clock.settle()
    assert answer.value == Outcome("completed", "late, but done")
    assert actor.state is State.TERMINATED


async def test_a_sender_hears_that_the_actor_stopped_before_its_message_was_completed(
    world: World, actor: ActorTask
) -> None:
    answer = await delivered(world, actor, 1, wait=True)
    after = await again(world, actor)
    assert answer.code == "queue.completion_waiter_dropped"
    assert await bodies(after) == [1]


async def test_e9_an_actor_that_waits_for_messages_sleeps_and_a_send_wakes_it(world: World) -> None:
    definition = define_queues(hooks=QUIET, options=Options(sleep_timeout=10))
    actor = await world.actor(definition)
    await world.clock.advance(10)
    assert actor.state is State.TERMINATED
    assert (await world.record(actor.actor_id)).slept_at is not None
    found = await world.nodes[0].ensure(request())
    assert isinstance(found, ActorTask)
    answer = await delivered(world, found, 5, wait=True)
    assert answer.value == Outcome("completed", 5)
    assert world.stored(found) == 5
    await world.clock.advance(10)
    assert found.state is State.TERMINATED
    assert await bodies(await crashed(world, found)) == []


async def test_a_message_in_hand_holds_the_actor_awake_until_its_lease_runs_out(world: World) -> None:
    actor = await world.actor(define_queues(options=Options(sleep_timeout=10)))
    await send(actor, 1)
    await receive(actor)
    await world.clock.advance(39)
    assert actor.state is State.STARTED
    await world.clock.advance(1)
    assert actor.state is State.TERMINATED


async def test_a_wait_in_an_action_is_activity(world: World) -> None:
    async def take(self: Instance) -> Any:
        [message] = await self.ctx.mailbox.receive(BOTH)
        return message.body

    options = Options(sleep_timeout=1, action_timeout=20)
    actor = await world.actor(define_queues(options=options, take=take))
    answer = world.send(actor, "take")
    await world.clock.advance(10)
    assert actor.state is State.STARTED
    await send(actor, "at last")
    await world.clock.settle()
    assert answer.value == "at last"


# -- E5: crashes -------------------------------------------------------------------------------------
async def test_e5_what_was_in_hand_when_the_actor_was_lost_is_handed_out_again(
    world: World, actor: ActorTask
) -> None:
    await send(actor, "first")
    await send(actor, "second")
    [lost] = await receive(actor)
    after = await crashed(world, actor)
    [message, other] = await receive(after, count=5)
    assert [(message.body, message.attempt), (other.body, other.attempt)] == [("first", 2), ("second", 1)]
    with pytest.raises(ActorError):
        await lost.complete()
    await message.complete()
    assert await bodies(await crashed(world, after)) == ["second"]


async def test_a_message_that_kills_its_consumer_each_time_becomes_a_dead_letter(
    world: World, actor: ActorTask
) -> None:
    await send(actor, "poison")
    await send(actor, "fine")
    for attempt in (1, 2, 3):
        [message] = await receive(actor)
        assert (message.body, message.attempt) == ("poison", attempt)
        actor = await crashed(world, actor)
    assert await bodies(actor) == ["fine"]
    [letter] = await mailbox(actor).dead_letters.find(JOBS, 10)
    assert (letter.body, letter.attempts) == ("poison", 3)
    assert "ended each time" in letter.error


async def test_the_state_that_a_message_changed_is_stored_before_the_message_goes(world: World) -> None:
    actor = await world.actor(define_queues(hooks=QUIET))
    commits = world.faults.hold("commit")
    answer = await delivered(world, actor, 7, wait=True)
    assert (len(mailbox(actor)), answer.here) == (1, False)
    commits.release()
    await world.clock.settle()
    assert (len(mailbox(actor)), answer.value) == (0, Outcome("completed", 7))
    assert world.stored(actor) == 7


# -- E6: limits --------------------------------------------------------------------------------------
async def test_e6_a_full_queue_refuses_until_something_is_completed(world: World) -> None:
    actor = await world.actor(define_queues(options=Options(max_queue_size=2)))
    sent = await asyncio.gather(*[send(actor, n) for n in range(3)], return_exceptions=True)
    assert sent[:2] == [1, 2]
    assert isinstance(sent[2], ActorError)
    assert (sent[2].name, sent[2].metadata) == ("queue.full", {"limit": 2})
    [message] = await receive(actor)
    with pytest.raises(ActorError, match=r"queue\.full"):
        await send(actor, 3)
    await message.complete()
    assert await send(actor, 3) == 3


async def test_e6_a_message_that_is_too_large_is_refused_by_the_size_that_rivetkit_counts(
    world: World,
) -> None:
    actor = await world.actor(define_queues(options=Options(max_queue_message_size=324)))
    await send(actor, "x" * 299)
    with pytest.raises(ActorError) as refused:
        await send(actor, "x" * 301)
    assert (refused.value.name, refused.value.metadata) == (
        "queue.message_too_large",
        {"size": 325, "limit": 324},
    )
    assert len(mailbox(actor)) == 1


# -- E7: many senders --------------------------------------------------------------------------------
async def test_e7_five_hundred_senders_that_wait_each_get_their_own_answer(world: World) -> None:
    async def echo(self: Instance) -> None:
        while True:
            for message in await self.ctx.mailbox.receive(BOTH, count=20):
                await message.complete(message.body)

    actor = await world.actor(define_queues(hooks={"run": echo}))
    answers = [deliver(actor, n, wait=True, timeout=30) for n in range(500)]
    await world.clock.settle()
    assert [answer.value for answer in answers] == [Outcome("completed", n) for n in range(500)]
    assert {answer.deliveries for answer in answers} == {1}
    actor.fence()


# -- E10 to E12: the loop ----------------------------------------------------------------------------
@in_memory
async def test_e10_looking_for_a_message_leaves_the_loop_to_others(world: World, actor: ActorTask) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(others())
    await send(actor, 1)
    before = turns
    await receive(actor)
    assert turns > before
    task.cancel()


async def test_e11_an_actor_that_waits_for_itself_times_out(world: World) -> None:
    async def waits_for_itself(self: Instance) -> None:
        box = self.ctx.mailbox
        try:
            await box.send_and_wait(JOBS, JOBS.encode("me"), 5)
        except ActorError as failure:
            self.ctx.state = 1 if failure.name == "queue.timed_out" else 2

    actor = await world.actor(define_queues(hooks={"run": waits_for_itself}))
    answer = await world.ask(actor, "get")
    assert answer.value == 0
    await world.clock.advance(6)
    assert world.stored(actor) == 1
    assert await bodies(actor) == ["me"], "it stays queued"


async def pairs(world: World, rounds: int) -> None:
    """A sender and a receiver, each of which lets the other go first at every other step."""
    actor = await world.actor(define_queues(options=Options(max_queue_size=rounds)))
    received = 0

    async def consume() -> None:
        nonlocal received
        for n in range(rounds):
            [message] = await receive(actor, timeout=None)
            received += 1
            await message.complete()
            for _ in range(n % 3):
                await asyncio.sleep(0)

    async def produce() -> None:
        for n in range(rounds):
            await send(actor, n)
            for _ in range(n % 4):
                await asyncio.sleep(0)

    await asyncio.gather(consume(), produce())
    assert (received, len(mailbox(actor))) == (rounds, 0)


async def test_e12_no_wake_up_is_lost_between_looking_and_waiting(world: World) -> None:
    await pairs(world, 500)


@pytest.mark.slow
@in_memory
async def test_e12_none_of_a_hundred_thousand_wake_ups_is_lost(world: World) -> None:
    await pairs(world, 100_000)


@in_memory
async def test_a_receiver_that_is_cancelled_with_a_message_in_its_hands_passes_it_on(
    world: World, actor: ActorTask
) -> None:
    first = asyncio.ensure_future(receive(actor, timeout=None))
    second = asyncio.ensure_future(receive(actor, timeout=None))
    await world.clock.settle()
    await send(actor, "for one of you")
    first.cancel()
    [message] = await second
    assert (message.body, message.attempt) == ("for one of you", 1)


async def test_a_receiver_that_is_cancelled_while_the_attempt_is_stored_costs_no_attempt(
    world: World, actor: ActorTask
) -> None:
    await send(actor, "again")
    writes = world.faults.hold("queue_write")
    first = asyncio.ensure_future(receive(actor))
    await world.clock.settle()
    first.cancel()
    await world.clock.settle()
    assert await receive(actor) == []
    writes.release()
    await world.clock.settle()
    [message] = await receive(actor)
    assert message.attempt == 1


# -- leases ------------------------------------------------------------------------------------------
async def test_a_message_whose_lease_runs_out_is_handed_to_the_next_and_the_first_cannot_complete_it(
    world: World, actor: ActorTask, caplog: pytest.LogCaptureFixture
) -> None:
    await send(actor, "slowly")
    [slow] = await receive(actor)
    waiting = asyncio.ensure_future(receive(actor, timeout=60))
    with caplog.at_level(logging.WARNING):
        await world.clock.advance(JOBS.lease)
    [message] = await waiting
    assert (message.body, message.attempt) == ("slowly", 2)
    assert "lease of a message ran out" in caplog.text
    with pytest.raises(ActorError, match=r"queue\.lease_expired"):
        await slow.complete()
    await message.complete()
    with pytest.raises(ActorError, match=r"queue\.already_completed"):
        await slow.complete()


async def test_a_lease_can_be_extended(world: World, actor: ActorTask) -> None:
    await send(actor, "long work")
    [message] = await receive(actor)
    for _ in range(3):
        await world.clock.advance(29)
        message.extend()
    message.extend(100)
    await world.clock.advance(99)
    await message.complete()
    with pytest.raises(ActorError, match=r"queue\.already_completed"):
        message.extend()


async def test_the_last_lease_that_runs_out_makes_a_dead_letter(world: World, actor: ActorTask) -> None:
    answer = await delivered(world, actor, "hopeless", wait=True)
    for _ in range(3):
        await receive(actor)
        await world.clock.advance(15)
        await world.clock.advance(15)
    assert (answer.here, await receive(actor)) == (True, [])
    [letter] = await mailbox(actor).dead_letters.find(JOBS, 10)
    assert letter.error == "Its lease of 30 s ran out."


async def test_a_message_is_completed_once(world: World, actor: ActorTask) -> None:
    await send(actor, 1)
    [message] = await receive(actor)
    done = await asyncio.gather(message.complete(), message.complete(), return_exceptions=True)
    assert done[0] is None
    assert isinstance(done[1], ActorError)
    assert done[1].name == "queue.already_completed"
    assert message.completed


# -- giving back, dead letters -----------------------------------------------------------------------
async def test_a_block_that_raises_gives_its_message_back_and_says_why(
    world: World, actor: ActorTask, caplog: pytest.LogCaptureFixture
) -> None:
    await send(actor, "bad")
    for attempt in (1, 2, 3):
        [message] = await receive(actor)
        assert message.attempt == attempt
        async with message:
            raise ValueError("no good")
    assert await receive(actor) == []
    [letter] = await mailbox(await again(world, actor)).dead_letters.find(JOBS, 10)
    assert (letter.body, letter.attempts, letter.error) == ("bad", 3, "ValueError: no good")
    failed = [record for record in caplog.records if record.msg.startswith("the work on a message failed")]
    assert [record.exc_info is not None for record in failed] == [True] * 3


async def test_a_dead_letter_keeps_the_trace_of_its_last_attempt_until_it_begins_anew(
    world: World, actor: ActorTask
) -> None:
    async def fail(times: int) -> None:
        for attempt in range(times):
            [message] = await receive(actor)
            async with message:
                raise ValueError(f"no good\0 {attempt}")

    async def kept() -> str | None:
        archive = await world.store.archives.read(actor.actor_id)
        assert archive is not None
        assert archive.queue is not None
        [row] = archive.queue.messages
        return row.trace

    await send(actor, "bad")
    await fail(JOBS.max_attempts - 1)
    assert await kept() is None
    await fail(1)
    trace = await kept()
    assert trace is not None
    assert ", in fail" in trace
    assert "ValueError: no good\N{REPLACEMENT CHARACTER} 0" in trace
    assert await mailbox(actor).dead_letters.replay(JOBS, None) == 1
    assert await kept() is None


async def test_a_block_that_raises_after_it_has_decided_is_logged_and_nothing_else(
    world: World, actor: ActorTask
) -> None:
    await send(actor, 1)
    [message] = await receive(actor)
    async with message:
        await message.complete()
        raise ValueError("too late")
    assert len(mailbox(actor)) == 0


async def test_a_block_that_is_cancelled_leaves_its_message_to_the_lease(
    world: World, actor: ActorTask
) -> None:
    await send(actor, 1)
    [message] = await receive(actor)
    with pytest.raises(asyncio.CancelledError):
        async with message:
            raise asyncio.CancelledError
    assert message.in_hand


async def test_what_fails_comes_again_after_a_pause_that_doubles_each_time(
    world: World, actor: ActorTask
) -> None:
    await send(actor, "x", MAIL)
    for pause in (1, 2, 4, 8):
        [message] = await receive(actor, "mail")
        await message.retry()
        await world.clock.advance(pause - 0.1)
        assert await receive(actor, "mail") == []
        await world.clock.advance(0.1)
    [message] = await receive(actor, "mail")
    assert message.attempt == 5
    assert [MAIL.pause(attempt) for attempt in (1, 12, 13, 999)] == [1, 2048, 3600, 3600]


async def test_a_block_that_ends_completes_its_message(world: World, actor: ActorTask) -> None:
    await send(actor, 1)
    [message] = await receive(actor)
    async with message:
        assert len(mailbox(actor)) == 1
    assert len(mailbox(actor)) == 0
    await send(actor, 2)
    [other] = await receive(actor)
    async with other:
        await other.complete("myself")


async def test_a_message_given_back_with_a_delay_comes_again_after_it(world: World, actor: ActorTask) -> None:
    await send(actor, "later")
    [message] = await receive(actor)
    await message.retry(delay=20)
    assert await receive(actor) == []
    await world.clock.advance(19.9)
    assert await receive(actor) == []
    await world.clock.advance(0.1)
    [message] = await receive(actor)
    assert message.attempt == 2


async def test_dead_letters_are_replayed_or_discarded(world: World, actor: ActorTask) -> None:
    for n in (1, 2, 3):
        await send(actor, n)
    for _ in range(3):
        for message in await receive(actor, count=3):
            await message.retry()
    box = mailbox(actor).dead_letters
    assert [letter.body for letter in await box.find(JOBS, 2)] == [1, 2]
    assert await box.find(MAIL, 10) == []
    assert await box.replay(JOBS, [2]) == 1
    [message] = await receive(actor)
    assert (message.body, message.attempt) == (2, 1)
    assert await box.discard(JOBS, [1, 2, 99]) == 1
    assert await box.replay(JOBS, None) == 1
    await message.complete()
    assert await bodies(await crashed(world, actor)) == [3]


async def dead(actor: ActorTask, *sent: Any) -> None:
    """Send messages that are given up."""
    for body in sent:
        await send(actor, body)
    for _ in range(JOBS.max_attempts):
        for message in await receive(actor, count=len(sent)):
            await message.retry()


async def test_dead_letters_that_could_not_be_replayed_or_discarded_are_as_they_were(
    world: World, actor: ActorTask
) -> None:
    await dead(actor, 1)
    box = mailbox(actor).dead_letters
    before = [repr(letter) for letter in await box.find(JOBS, 10)]
    for call in (box.replay, box.discard):
        world.faults.fail_next("queue_write")
        with pytest.raises(ActorError, match=r"storage\.unavailable"):
            await call(JOBS, None)
        assert [repr(letter) for letter in await box.find(JOBS, 10)] == before
        assert await receive(actor) == []
    assert await box.replay(JOBS, None) == 1
    assert await bodies(actor) == [1]


async def test_a_dead_letter_is_replayed_or_discarded_not_both(world: World, actor: ActorTask) -> None:
    await dead(actor, 1, 2)
    box = mailbox(actor).dead_letters
    both = (box.discard(JOBS, [1]), box.replay(JOBS, None), box.replay(JOBS, None), box.discard(JOBS, None))
    assert await asyncio.gather(*both) == [1, 1, 0, 0]
    assert await bodies(actor) == [2]
    assert len(mailbox(actor)) == 0


# -- delay, priority, dedupe -------------------------------------------------------------------------
async def test_a_delayed_message_waits_for_its_time_also_in_a_later_generation(
    world: World, actor: ActorTask
) -> None:
    await send(actor, "in a while", delay=20)
    await send(actor, "now")
    assert await bodies(actor) == ["now"]
    after = await again(world, actor)
    waiting = asyncio.ensure_future(receive(after, timeout=None))
    await world.clock.advance(19)
    assert not waiting.done()
    await world.clock.advance(1)
    [message] = await waiting
    assert message.body == "in a while"


async def test_a_delayed_message_wakes_its_actor_when_it_falls_due(world: World) -> None:
    actor = await world.actor(define_queues(hooks=QUIET))
    await send(actor, 5, delay=3600)
    await world.clock.advance(3599)
    assert actor.state is State.TERMINATED
    assert world.stored(actor) == 0
    await world.clock.advance(1)
    assert world.stored(actor) == 5


async def test_the_higher_priority_is_handed_out_first(world: World, actor: ActorTask) -> None:
    for priority in (0, 5, -5, 5):
        await send(actor, priority, priority=priority)
    await send(actor, 3, MAIL, priority=3)
    assert await bodies(actor) == [5, 5, 3, 0, -5]


async def test_a_dedupe_key_is_taken_until_its_message_is_completed(world: World, actor: ActorTask) -> None:
    first = await asyncio.gather(send(actor, 1, dedupe="key"), send(actor, 2, dedupe="key"))
    assert first == [1, 1]
    assert await send(actor, 3, MAIL, dedupe="key") == 2, "each queue has its own keys"
    after = await crashed(world, actor)
    assert await send(after, 4, dedupe="key") == 1
    assert await bodies(after) == [1, 3]
    assert await send(after, 5, dedupe="key") == 3


async def test_a_dead_letter_frees_its_dedupe_key_and_when_replayed_leaves_it_to_whoever_has_it(
    world: World, actor: ActorTask
) -> None:
    await send(actor, "first", dedupe="key")
    for _ in range(3):
        [message] = await receive(actor)
        await message.retry()
    assert await send(actor, "second", dedupe="key") == 2
    assert await send(actor, "third", dedupe="key") == 2
    after = await crashed(world, actor)
    assert await send(after, "fourth", dedupe="key") == 2
    assert await mailbox(after).dead_letters.replay(JOBS, None) == 1
    assert await send(after, "fifth", dedupe="key") == 2
    assert await bodies(after) == ["first", "second"]
    assert await send(after, "sixth", dedupe="key") == 3


async def test_all_senders_of_one_dedupe_key_are_answered_by_its_completion(
    world: World, actor: ActorTask
) -> None:
    answers = [await delivered(world, actor, n, dedupe="key", wait=True) for n in range(3)]
    [message] = await receive(actor)
    await message.complete("done")
    await world.clock.settle()
    assert [answer.value for answer in answers] == [Outcome("completed", "done")] * 3


# -- what is counted ---------------------------------------------------------------------------------
async def test_messages_are_counted_when_they_are_sent_and_received_and_while_they_are_stored(
    world: World, actor: ActorTask
) -> None:
    def counted() -> tuple[float, ...]:
        names = ("queue_depth", "queue_messages_sent_total", "queue_messages_received_total")
        return tuple(world.counted(name) for name in names)

    for n in range(3):
        await send(actor, n)
    [message, again_later] = await receive(actor, count=2)
    assert counted() == (3, 3, 2)
    assert world.counted("user_tasks_active", "message") == 2
    await message.complete()
    await again_later.retry()
    [again_later] = await receive(actor)
    assert counted() == (2, 3, 3)
    after = await crashed(world, actor)
    assert counted() == (0, 3, 3), "of an actor that has not used its queue yet nothing is known"
    with pytest.raises(ActorError):
        await again_later.complete()
    assert world.counted("user_tasks_active", "message") == 0
    await bodies(after)
    assert counted() == (0, 3, 5)


async def test_an_attempt_that_comes_to_nothing_is_counted_and_one_given_back_is_not(
    world: World, actor: ActorTask
) -> None:
    for body in ("raises", "outlives its lease", "is given back"):
        await send(actor, body)
    raising, slow, back = await receive(actor, count=3)
    async with raising:
        raise ValueError
    await back.retry(delay=99)
    assert world.counted("queue_messages_failed_total") == 1
    await world.clock.advance(JOBS.lease)
    assert world.counted("queue_messages_failed_total") == 2
    assert not slow.in_hand


async def test_a_sender_that_waits_is_counted_until_it_is_answered(world: World, actor: ActorTask) -> None:
    await delivered(world, actor, 1, wait=True, timeout=5)
    await delivered(world, actor, 2)
    assert world.counted("user_tasks_active", "queue_answer") == 1
    await world.clock.advance(5)
    assert world.counted("user_tasks_active", "queue_answer") == 0
    assert world.counted("user_task_duration_seconds", "queue_send") == 2


# -- failing stores ----------------------------------------------------------------------------------
async def test_a_send_that_could_not_be_stored_leaves_no_trace(world: World, actor: ActorTask) -> None:
    await send(actor, 1)
    world.faults.fail_next("queue_write")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await send(actor, 2)
    assert len(mailbox(actor)) == 1
    assert await send(actor, 3) == 3
    assert await bodies(actor) == [1, 3]


@pytest.mark.parametrize("applied", [True, False])
async def test_a_write_that_was_interrupted_is_repeated_and_done_once(
    world: World, actor: ActorTask, applied: bool
) -> None:
    await receive(actor)
    for step in (1, 2, 3):
        world.faults.fail_next("queue_write", "interrupted", applied=applied)
        if step == 1:
            sending = asyncio.ensure_future(send(actor, "once"))
            await world.clock.advance(1)
            assert await sending == 1
        elif step == 2:
            taking = asyncio.ensure_future(receive(actor))
            await world.clock.advance(1)
            [message] = await taking
            assert message.attempt == 1
        else:
            completing = asyncio.ensure_future(message.complete())
            await world.clock.advance(1)
            await completing
    assert await bodies(await crashed(world, actor)) == []


async def test_a_message_that_could_not_be_completed_is_still_in_hand(world: World, actor: ActorTask) -> None:
    await send(actor, 1)
    [message] = await receive(actor)
    world.faults.fail_next("queue_write")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await message.complete()
    assert await receive(actor) == []
    await message.complete()
    assert len(mailbox(actor)) == 0


async def test_a_message_that_could_not_be_given_back_is_still_in_hand(
    world: World, actor: ActorTask
) -> None:
    await send(actor, 1)
    [message] = await receive(actor)
    world.faults.fail_next("queue_write")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await message.retry()
    assert (message.in_hand, await receive(actor)) == (True, [])
    await world.clock.advance(JOBS.lease)
    [message] = await receive(actor)
    assert message.attempt == 2


async def test_a_message_that_could_not_be_given_up_is_still_in_hand_and_nobody_is_told(
    world: World, actor: ActorTask
) -> None:
    answer = await delivered(world, actor, 1, wait=True)
    for _ in range(JOBS.max_attempts - 1):
        [message] = await receive(actor)
        await message.retry()
    [message] = await receive(actor)
    world.faults.fail_next("queue_write")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await message.retry()
    assert (message.in_hand, answer.error) == (True, None)
    assert await mailbox(actor).dead_letters.find(JOBS, 10) == []
    await message.retry(reason="too hard")
    await world.clock.settle()
    assert (message.in_hand, answer.error.code) == (False, "dead_letter")
    [letter] = await mailbox(await crashed(world, actor)).dead_letters.find(JOBS, 10)
    assert (letter.attempts, letter.error) == (JOBS.max_attempts, "too hard")


async def test_a_queue_whose_outcome_stays_unknown_ends_its_generation(
    world: World, actor: ActorTask
) -> None:
    await receive(actor)
    world.faults.fail_next("queue_write", "interrupted", times=20)
    sending = asyncio.ensure_future(send(actor, 1))
    await world.clock.advance(30)
    with pytest.raises(ActorError, match=r"actor\.outcome_unknown"):
        await sending
    assert actor.state is State.TERMINATED
    world.faults.clear()


async def test_a_generation_that_lost_its_actor_ends_with_its_first_write(
    world: World, actor: ActorTask
) -> None:
    await receive(actor)
    await world.store.real.claim("node1", [request()])
    with pytest.raises(ActorError, match=r"actor\.fenced"):
        await send(actor, 1)
    assert actor.state is State.TERMINATED


async def test_a_class_without_queues_has_no_mailbox(world: World) -> None:
    plain = await world.actor(define("plain"))
    with pytest.raises(ActorError, match=r"actor\.not_configured"):
        mailbox(plain)
    answer = await delivered(world, plain, 1)
    assert answer.value == Outcome("completed", MISSING)
