"""Queues as authors and callers use them, over both stores: sending, receiving, types, dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from actors import ActorError, Message
from actors.runtime.queue_limits import MAX_DEDUPE, MAX_DELAY, MAX_PRIORITY
from actors.testing import ActorNode
from tests.api.worker import Clerk, Job, Receipt, Worker, worker

pytestmark = pytest.mark.actors(store="both")


@pytest.fixture
async def me(actors: ActorNode) -> Worker:
    return await worker()


@pytest.fixture
def handle(me: Worker) -> Worker:
    """The same actor, as others hold it."""
    return Worker.actors.get("a")


async def refused(call: Awaitable[Any]) -> ActorError:
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value


async def taken(coming: Awaitable[Message[Any, Any] | None]) -> Message[Any, Any]:
    message = await coming
    assert message is not None
    return message


# -- one message, from beginning to end -----------------------------------------------------------------
async def test_what_a_caller_sends_the_actor_receives_as_its_type(me: Worker, handle: Worker) -> None:
    await handle.jobs.send(Job("dig", 3))
    message = await taken(me.jobs.next())
    assert message.body == Job("dig", 3)
    assert (message.id, message.attempt, message.queue) == (1, 1, "jobs")
    await message.complete(Receipt("dig", 3))
    assert await me.jobs.try_next() is None


async def test_a_sender_that_waits_gets_the_response_as_its_type(
    me: Worker, handle: Worker, actors: ActorNode
) -> None:
    for sender in (handle, me):
        asking = asyncio.ensure_future(sender.jobs.send_and_wait(Job("dig"), timeout=5))
        message = await taken(me.jobs.next())
        await message.complete(Receipt("dig", 1))
        assert await asking == Receipt("dig", 1)


async def test_a_response_is_none_where_nothing_is_answered(me: Worker, handle: Worker) -> None:
    asking = asyncio.ensure_future(handle.mail.send_and_wait("hi"))
    await (await taken(me.mail.next())).complete()
    assert await asking is None


async def test_a_sender_that_waits_in_vain_times_out_and_the_message_stays(
    me: Worker, handle: Worker, actors: ActorNode
) -> None:
    for sender in (handle, me):
        asking = asyncio.ensure_future(sender.jobs.send_and_wait(Job("dig"), timeout=5))
        await actors.advance(5)
        failure = await refused(asking)
        assert (failure.name, failure.metadata) == ("queue.timed_out", {"timeout_ms": 5000})
    assert len(await me.jobs.next_batch(5)) == 2


async def test_callers_in_sync_code_ask_for_the_result(actors: ActorNode) -> None:
    me = await worker()
    handle = Worker.actors.get("a")

    def in_a_thread() -> Receipt:
        handle.mail.send("hi").result(timeout=30)
        return handle.jobs.send_and_wait(Job("dig")).result(timeout=30)

    asking = asyncio.get_running_loop().run_in_executor(None, in_a_thread)
    await (await taken(me.jobs.next())).complete(Receipt("dig", 1))
    assert await asking == Receipt("dig", 1)
    assert (await taken(me.mail.try_next())).body == "hi"


async def test_a_send_makes_and_wakes_the_actor(actors: ActorNode) -> None:
    await Worker.actors.get_or_create("new").mail.send("hi")
    assert (await taken(Worker.found[-1].mail.try_next())).body == "hi"
    assert (await refused(Worker.actors.get("nobody").mail.send("hi"))).name == "actor.not_found"


async def test_the_platform_keeps_no_object_of_the_senders(me: Worker) -> None:
    job = Job("dig")
    await me.jobs.send(job)
    job.name = "changed"
    assert (await taken(me.jobs.next())).body == Job("dig")


# -- receiving --------------------------------------------------------------------------------------------
async def test_one_receives_of_several_queues_in_the_order_of_sending(me: Worker) -> None:
    await me.mail.send("first")
    await me.jobs.send(Job("second"))
    await me.odds.send(3)
    both = me.jobs | me.mail
    assert [message.body for message in await both.next_batch(5)] == ["first", Job("second")]
    assert await (both | me.odds).wait(0)
    assert not await both.wait(0)


async def test_e4_a_loop_takes_one_message_after_another_until_the_actor_ends(
    me: Worker, actors: ActorNode
) -> None:
    seen: list[str] = []

    async def consume() -> str:
        async for message in me.mail:
            async with message:
                seen.append(message.body)
        return "over"

    consuming = asyncio.ensure_future(consume())
    for text in ("a", "b", "c"):
        await me.mail.send(text)
    await actors.settle()
    assert (seen, consuming.done()) == (["a", "b", "c"], False)
    await actors.sleep(Worker.actors.get("a"))
    assert await consuming == "over"


async def test_a_loop_that_forgets_its_message_is_told(me: Worker) -> None:
    await me.mail.send("forgotten")

    async def consume() -> None:
        async for message in me.mail:
            assert message.in_hand

    assert (await refused(consume())).name == "queue.previous_message_not_completed"


async def test_a_wait_ends_with_nothing_after_its_time(me: Worker, actors: ActorNode) -> None:
    waits: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(coming)
        for coming in (me.mail.next(3), me.mail.next_batch(2, 3), me.mail.wait(3))
    ]
    await actors.advance(3)
    assert await asyncio.gather(*waits) == [None, [], False]


async def test_a_block_that_forgets_the_response_has_failed_and_stops_nothing(
    me: Worker, handle: Worker, actors: ActorNode
) -> None:
    await handle.jobs.send(Job("one"))
    async with await taken(me.jobs.next()) as message:
        assert message.attempt == 1
    assert not message.in_hand
    await actors.failures()
    again = await taken(me.jobs.next())
    assert again.attempt == 2
    await again.complete(Receipt("one", 1))


# -- giving back, dead letters ----------------------------------------------------------------------------
async def test_dead_letters_are_shown_replayed_and_discarded(me: Worker, handle: Worker) -> None:
    for name in ("one", "two", "three"):
        await handle.jobs.send(Job(name))
    for _ in range(3):
        for message in await me.jobs.next_batch(3):
            await message.retry(reason="no luck")
    one, two, three = await me.jobs.dead_letters()
    assert [one.body, two.body, three.body] == [Job("one"), Job("two"), Job("three")]
    assert (one.attempts, one.error) == (3, "no luck")
    assert await me.jobs.replay(two) == 1
    message = await taken(me.jobs.try_next())
    assert (message.body, message.attempt) == (Job("two"), 1)
    assert await me.jobs.discard([one, three.id, 99]) == 2
    assert await me.jobs.replay([]) == 0
    letters: Any = me.jobs
    for wrong in ("99", [True], 5.0, [None]):
        with pytest.raises(ActorError, match=r"queue\.invalid_request"):
            await letters.replay(wrong)
    assert await me.jobs.replay() == await me.jobs.discard() == 0


async def test_who_waits_for_a_message_that_is_given_up_is_told(me: Worker, handle: Worker) -> None:
    asking = asyncio.ensure_future(handle.jobs.send_and_wait(Job("dig")))
    for _ in range(3):
        await (await taken(me.jobs.next())).retry()
    failure = await refused(asking)
    assert (failure.name, failure.metadata) == ("queue.dead_letter", {"attempts": 3})


async def test_a_delayed_message_waits_and_priorities_go_first(
    me: Worker, handle: Worker, actors: ActorNode
) -> None:
    await handle.mail.send("later", delay=60, priority=9)
    await handle.mail.send("soon")
    await handle.mail.send("now", priority=1)
    await handle.mail.send("soon again", dedupe="x")
    await handle.mail.send("soon again, once more", dedupe="x")
    bodies = [message.body for message in await me.mail.next_batch(9)]
    assert bodies == ["now", "soon", "soon again"]
    await actors.advance(60)
    assert (await taken(me.mail.try_next())).body == "later"


# -- types ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", [5, {"size": 1}, {"name": "dig", "size": "large"}, None, object()])
async def test_a_body_of_another_type_is_refused_and_nothing_is_stored(
    me: Worker, handle: Worker, body: Any
) -> None:
    failure = await refused(me.jobs.send(body))
    assert failure.name == "queue.invalid_payload"
    assert "jobs: " in failure.message
    if type(body) is not object:  # that one cannot even travel
        assert (await refused(handle.jobs.send(body))).message == failure.message
    assert not await me.jobs.wait(0)


async def test_a_refused_body_makes_no_actor(actors: ActorNode) -> None:
    failure = await refused(Worker.actors.get_or_create("new").jobs.send(5))  # type: ignore[arg-type]
    assert failure.name == "queue.invalid_payload"
    assert await actors.records() == []


async def test_types_that_are_no_classes(me: Worker, handle: Worker) -> None:
    await handle.odds.send(["a"])
    await handle.odds.send(3.0)  # type: ignore[arg-type]  # JavaScript knows no integers
    assert [message.body for message in await me.odds.next_batch(2)] == [["a"], 3]
    assert (await refused(handle.odds.send("a"))).name == "queue.invalid_payload"  # type: ignore[arg-type]


async def test_a_response_of_another_type_is_refused_and_the_message_stays_in_hand(
    me: Worker, handle: Worker
) -> None:
    asking = asyncio.ensure_future(handle.jobs.send_and_wait(Job("dig")))
    message = await taken(me.jobs.next())
    for response in ("done", None, Job("dig"), object()):
        failure = await refused(message.complete(response))
        assert failure.name == "queue.invalid_completion_payload"
    assert (await refused(message.complete())).name == "queue.invalid_completion_payload"
    assert message.in_hand
    await message.complete(Receipt("dig", 1))
    assert await asking == Receipt("dig", 1)


async def test_a_message_that_is_no_longer_of_its_type_is_a_dead_letter_with_plain_data(
    me: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await me.mail.send("text")
    monkeypatch.setattr(Worker.mail.types, "body", int)
    assert await me.mail.try_next() is None
    [letter] = await me.mail.dead_letters()
    assert letter.body == "text"  # type: ignore[comparison-overlap]
    assert letter.error.startswith("queue.message_invalid")


@pytest.mark.parametrize(
    "how",
    [
        {"delay": -1},
        {"delay": MAX_DELAY + 1},
        {"delay": "soon"},
        {"delay": float("nan")},
        {"delay": True},
        {"priority": 1.5},
        {"priority": MAX_PRIORITY + 1},
        {"priority": False},
        {"dedupe": ""},
        {"dedupe": "a\0"},
        {"dedupe": "\ud800"},
        {"dedupe": "x" * (MAX_DEDUPE + 1)},
        {"dedupe": 5},
    ],
)
async def test_a_manner_that_makes_no_sense_is_refused(
    me: Worker, handle: Worker, how: dict[str, Any]
) -> None:
    for sender in (me, handle):
        assert (await refused(sender.mail.send("hi", **how))).name == "queue.invalid_request"
        assert (await refused(sender.mail.send_and_wait("hi", **how))).name == "queue.invalid_request"
    assert not await me.mail.wait(0)


async def test_the_largest_manner_is_taken(me: Worker, handle: Worker) -> None:
    for sender in (me, handle):
        await sender.mail.send("hi", delay=MAX_DELAY, priority=-MAX_PRIORITY, dedupe="x" * MAX_DEDUPE)


async def test_waits_and_counts_that_make_no_sense_are_refused(me: Worker, handle: Worker) -> None:
    await me.mail.send("hi")
    message = await taken(me.mail.next())
    for call in (
        me.mail.next(-1),
        me.mail.wait("long"),  # type: ignore[arg-type]
        me.mail.next_batch(0),
        me.mail.next_batch(True, 0),
        me.mail.dead_letters(0),
        me.mail.send_and_wait("hi", timeout=-1),
        handle.mail.send_and_wait("hi", timeout=-1),
        message.retry(delay=-1),
    ):
        assert (await refused(call)).name == "queue.invalid_request"
    with pytest.raises(ActorError, match=r"queue\.invalid_request"):
        message.extend(-1)
    assert message.in_hand


async def test_a_word_that_sending_does_not_take_is_named_with_those_that_it_takes(
    me: Any, handle: Any
) -> None:
    sends = {
        "mail.send() takes dedupe, delay, priority": me.mail.send,
        "mail.send_and_wait() takes dedupe, delay, priority, timeout": me.mail.send_and_wait,
        "Worker.mail.send() takes dedupe, delay, priority": handle.mail.send,
        "Worker.mail.send.on_commit() takes dedupe, delay, priority": handle.mail.send.on_commit,
        "Worker.mail.send_and_wait() takes dedupe, delay, priority, timeout": handle.mail.send_and_wait,
    }
    for told, send in sends.items():
        with pytest.raises(ActorError) as caught:
            send("hi", wait=3)
        assert caught.value.metadata == {"reason": f"{told} by name, not 'wait'"}
    assert not await me.mail.wait(0)


async def test_a_queue_is_joined_with_queues_alone(me: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        me.mail | "jobs"


# -- handles ----------------------------------------------------------------------------------------------
async def test_a_handle_only_sends(handle: Worker) -> None:
    assert handle.jobs.name == "jobs"
    assert repr(handle.jobs) == "<handle of queue Worker.jobs>"
    for name in ("next", "next_batch", "dead_letters", "replay"):
        with pytest.raises(AttributeError, match=r"lives inside the actor\. Write an action on Worker"):
            getattr(handle.jobs, name)
    with pytest.raises(AttributeError, match="callers use send and send_and_wait"):
        handle.jobs.sent  # type: ignore[attr-defined]  # noqa: B018


async def test_a_call_that_is_never_awaited_sends_nothing_and_says_so(me: Worker, handle: Worker) -> None:
    with pytest.warns(RuntimeWarning, match=r"Worker\.mail\.send\(\) was never sent"):
        handle.mail.send("hi")
    with pytest.warns(RuntimeWarning, match="was never awaited"):
        me.mail.send("hi")
    assert not await me.mail.wait(0)


async def test_calls_work_in_gather(me: Worker, handle: Worker) -> None:
    await asyncio.gather(me.mail.send("a"), handle.mail.send("b"))
    assert {message.body for message in await me.mail.next_batch(5)} == {"a", "b"}


async def test_a_connection_sends_too(me: Worker) -> None:
    async with Worker.actors.connect("a") as conn:
        await conn.mail.send("hi")
    assert (await taken(me.mail.try_next())).body == "hi"


async def test_a_sender_with_a_key_that_is_taken_waits_for_the_message_that_has_it(
    me: Worker, handle: Worker
) -> None:
    await handle.mail.send("first", dedupe="x")
    asking = asyncio.ensure_future(handle.mail.send_and_wait("second", dedupe="x"))
    message = await taken(me.mail.next())
    await asyncio.sleep(0)
    await message.complete("first is done")
    assert await asking == "first is done"


# -- the life of the actor ----------------------------------------------------------------------------------
async def test_every_hook_may_send(actors: ActorNode) -> None:
    clerk = Clerk.actors.get_or_create("a")
    assert await clerk.read() == ["on_migrate, True", "on_create", "on_wake"]
    await actors.sleep(clerk)
    assert await clerk.read() == ["on_sleep", "on_migrate, False", "on_wake"]
    await clerk.end()
    await actors.settle()
    assert await Clerk.actors.get_or_create("a").read() == ["on_migrate, True", "on_create", "on_wake"]


async def test_who_waits_is_told_when_the_actor_ends(me: Worker, handle: Worker, actors: ActorNode) -> None:
    for end in (actors.sleep(handle), handle.end()):
        asking = asyncio.ensure_future(Worker.actors.get_or_create("a").mail.send_and_wait("hi"))
        await actors.settle()
        await end
        assert (await refused(asking)).name == "queue.completion_waiter_dropped"


async def test_an_action_that_fails_keeps_what_it_has_sent(me: Worker, handle: Worker) -> None:
    """What has been awaited is durable, apart from the state."""
    with pytest.raises(ActorError):
        await handle.send_and_fail("hi")
    assert (await taken(me.mail.try_next())).body == "hi"
