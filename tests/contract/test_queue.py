"""Queues: who may write to one, what a repeated write does, and what is left of it afterwards."""

from __future__ import annotations

import asyncio

import pytest

from actors.storage.queue import MessageMark, MessagePut, QueueWrite, StoredMessage
from actors.storage.store import ClaimRequest, NewActor, Release, Store
from tests.contract.worlds import World

LOBBY = "id-lobby"
BY_ID = ClaimRequest(actor_id=LOBBY)
FIRST = StoredMessage(1, "jobs", 100, 100)
SECOND = StoredMessage(2, "mail", 200, 900, priority=7, dedupe="once")


def put(*messages: StoredMessage, generation: int = 1) -> QueueWrite:
    puts = [MessagePut(message, f"body {message.message_id}".encode()) for message in messages]
    return QueueWrite(LOBBY, generation, puts=puts)


async def take_over(store: Store, node_id: str = "alpha") -> None:
    await store.claim(node_id, [BY_ID])


@pytest.fixture
async def opened(alpha: Store) -> Store:
    """An actor on alpha, generation 1, with a queue that was never written to."""
    await alpha.claim("alpha", [ClaimRequest(new=NewActor(LOBBY, "chatRoom", "lobby"))])
    contents = await alpha.queues.open(LOBBY, 1)
    assert contents is not None
    assert (contents.last_id, list(contents.messages)) == (0, [])
    return alpha


async def test_what_is_put_in_is_found_in_the_order_of_its_ids(opened: Store) -> None:
    assert await opened.queues.write([put(FIRST)]) == {LOBBY: {}}
    await opened.queues.write([put(SECOND)])
    contents = await opened.queues.open(LOBBY, 1)
    assert contents is not None
    assert (contents.last_id, list(contents.messages)) == (2, [FIRST, SECOND])
    assert await opened.queues.read(LOBBY, [1, 2, 3]) == {1: b"body 1", 2: b"body 2"}


async def test_a_mark_returns_the_body_and_is_kept(opened: Store) -> None:
    await opened.queues.write([put(FIRST, SECOND)])
    mark = MessageMark(2, attempts=3, available_at=950, died_at=960, error="too bad")
    assert await opened.queues.write([QueueWrite(LOBBY, 1, marks=[mark])]) == {LOBBY: {2: b"body 2"}}
    contents = await opened.queues.open(LOBBY, 1)
    assert contents is not None
    dead = StoredMessage(2, "mail", 200, 950, 7, attempts=3, dedupe="once", died_at=960, error="too bad")
    assert list(contents.messages) == [FIRST, dead]


async def test_the_trace_of_a_dead_letter_is_kept_until_it_begins_anew(opened: Store) -> None:
    await opened.queues.write([put(FIRST)])
    dead = MessageMark(1, attempts=3, available_at=100, died_at=960, error="too bad", trace="line 7")
    for mark, trace in ((dead, "line 7"), (MessageMark(1, 0, 970), None)):
        await opened.queues.write([QueueWrite(LOBBY, 1, marks=[mark])])
        archive = await opened.archives.read(LOBBY)
        assert archive is not None
        assert archive.queue is not None
        assert [(one.body, one.trace) for one in archive.queue.messages] == [(b"body 1", trace)]


async def test_a_mark_may_change_priority_and_body_and_else_leaves_them(opened: Store) -> None:
    await opened.queues.write([put(FIRST, SECOND)])
    marks = [MessageMark(1, 0, 100, body=b"new"), MessageMark(2, 0, 900, priority=9)]
    told = await opened.queues.write([QueueWrite(LOBBY, 1, marks=marks)])
    assert told == {LOBBY: {1: b"new", 2: b"body 2"}}
    await opened.queues.write([QueueWrite(LOBBY, 1, marks=[MessageMark(1, 1, 100), MessageMark(2, 1, 900)])])
    contents = await opened.queues.open(LOBBY, 1)
    assert contents is not None
    assert [(one.attempts, one.priority) for one in contents.messages] == [(1, 0), (1, 9)]
    assert await opened.queues.read(LOBBY, [1, 2]) == {1: b"new", 2: b"body 2"}


async def test_what_is_dropped_is_gone_and_its_id_is_not_used_again(opened: Store) -> None:
    await opened.queues.write([put(FIRST, SECOND)])
    await opened.queues.write([QueueWrite(LOBBY, 1, drops=[1, 2])])
    contents = await opened.queues.open(LOBBY, 1)
    assert contents is not None
    assert (contents.last_id, list(contents.messages)) == (2, [])


async def test_repeating_a_put_changes_nothing_even_after_the_message_is_gone(opened: Store) -> None:
    """As after a broken connection: nobody knows whether the first one arrived, or whether it still will."""
    await opened.queues.write([put(FIRST)])
    assert await opened.queues.write([put(FIRST)]) == {LOBBY: {}}
    await opened.queues.write([QueueWrite(LOBBY, 1, drops=[1])])
    await opened.queues.write([put(FIRST)])
    assert await opened.queues.read(LOBBY, [1]) == {}


async def test_repeating_a_mark_or_a_drop_is_harmless(opened: Store) -> None:
    await opened.queues.write([put(FIRST, SECOND)])
    write = QueueWrite(LOBBY, 1, marks=[MessageMark(2, 1, 900)], drops=[1])
    for _ in range(2):
        assert await opened.queues.write([write]) == {LOBBY: {2: b"body 2"}}


async def test_the_claim_of_another_node_fences_the_queue(opened: Store, beta: Store, world: World) -> None:
    await opened.queues.write([put(FIRST)])
    await world.drop_session("alpha")
    await take_over(beta, "beta")
    write = QueueWrite(LOBBY, 1, puts=put(SECOND).puts, marks=[MessageMark(1, 1, 0)], drops=[1])
    assert await opened.queues.write([write]) == {}
    assert await opened.queues.open(LOBBY, 1) is None
    contents = await beta.queues.open(LOBBY, 2)
    assert contents is not None
    assert list(contents.messages) == [FIRST]


async def test_a_write_of_the_past_never_lands_behind_an_opening(opened: Store) -> None:
    """Whichever comes first: what the new generation has found once does not change under it."""
    for generation in range(1, 20):
        write = put(StoredMessage(generation, "jobs", 0, 0), generation=generation)

        async def succeed(after: int = generation) -> set[int]:
            await take_over(opened)
            contents = await opened.queues.open(LOBBY, after + 1)
            assert contents is not None
            return {message.message_id for message in contents.messages}

        written, found = await asyncio.gather(opened.queues.write([write]), succeed())
        assert (generation in found) == (LOBBY in written)
        assert set(await opened.queues.read(LOBBY, range(1, 99))) == found


async def test_a_generation_writes_only_after_it_has_opened(opened: Store) -> None:
    await opened.release([Release(LOBBY, 1, 5000)])
    await take_over(opened)
    await opened.queues.open(LOBBY, 2)
    assert await opened.queues.write([put(FIRST, generation=3)]) == {}
    assert await opened.queues.write([put(FIRST, generation=2)]) == {LOBBY: {}}


async def test_a_queue_that_nobody_opened_takes_nothing(alpha: Store) -> None:
    await alpha.claim("alpha", [ClaimRequest(new=NewActor(LOBBY, "chatRoom", "lobby"))])
    assert await alpha.queues.write([put(FIRST)]) == {}
    assert await alpha.queues.open(LOBBY, 9) is None
    assert await alpha.queues.open("nobody", 1) is None


async def test_each_actor_of_a_batch_keeps_its_own(opened: Store) -> None:
    await opened.claim("alpha", [ClaimRequest(new=NewActor("id-2", "chatRoom", "two"))])
    await opened.queues.open("id-2", 1)
    other = QueueWrite("id-2", 1, puts=[MessagePut(FIRST, b"theirs")])
    fenced = QueueWrite("id-3", 1, puts=[MessagePut(FIRST, b"nobody's")])
    assert await opened.queues.write([put(FIRST, SECOND), other, fenced]) == {LOBBY: {}, "id-2": {}}
    assert await opened.queues.read("id-2", [1, 2]) == {1: b"theirs"}
    assert set(await opened.queues.read(LOBBY, [1, 2])) == {1, 2}
    assert await opened.queues.read("id-3", [1]) == {}


async def test_destroying_takes_the_queue_along(opened: Store) -> None:
    await opened.queues.write([put(FIRST)])
    assert await opened.destroy(LOBBY, None, 9000)
    assert await opened.queues.write([put(SECOND)]) == {}
    assert await opened.queues.open(LOBBY, 1) is None
    assert await opened.queues.read(LOBBY, [1]) == {}
