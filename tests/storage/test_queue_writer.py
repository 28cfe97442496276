"""Group commit of queues: who shares a transaction, what order holds, what is repeated, who is told what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError, error
from actors.storage import group_writer
from actors.storage.group_writer import REPEAT_FOR
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.queue import Bodies, MessageMark, MessagePut, QueueWrite, StoredMessage
from actors.storage.queue_memory import MemoryQueues
from actors.storage.queue_writer import QueueWriter, queue_writer
from actors.storage.store import ClaimRequest, NewActor, NodeRecord, StoreInterrupted, StoreRejected

ADA, BOB = "id-ada", "id-bob"
Answered = asyncio.Future[Bodies]


class GatedQueues(MemoryQueues):
    """Memory, but a write waits while the gate is shut, and fails as told."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.batches: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fail: Callable[[Sequence[QueueWrite]], Exception | None] = lambda writes: None

    async def write(self, writes: Sequence[QueueWrite]) -> dict[str, Bodies]:
        self.batches.append([write.actor_id for write in writes])
        await self.gate.wait()
        failure = self.fail(writes)
        if failure is not None:
            raise failure
        return await super().write(writes)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(clock: ManualClock) -> GatedQueues:
    """Two actors under generation 1, whose queues are open."""
    database = MemoryDatabase(clock)
    directory = MemoryStore(database)
    await directory.join(NodeRecord("alpha", "http://x"), lambda: None)
    await directory.claim("alpha", [ClaimRequest(new=NewActor(name, "room", name)) for name in (ADA, BOB)])
    queues = GatedQueues(database)
    for actor_id in (ADA, BOB):
        assert await queues.open(actor_id, 1) is not None
    return queues


@pytest.fixture
def writer(store: GatedQueues, clock: ManualClock) -> QueueWriter:
    return queue_writer(store, clock)


def put(actor_id: str, *ids: int, body: bytes = b"x", generation: int = 1) -> QueueWrite:
    puts = [MessagePut(StoredMessage(number, "jobs", 0, 0), body) for number in ids]
    return QueueWrite(actor_id, generation, puts=puts)


def told(answers: Sequence[Answered]) -> list[str | Mapping[int, bytes]]:
    """The name of the error, or what was returned."""
    found: list[str | Mapping[int, bytes]] = []
    for answer in answers:
        failure = answer.exception()
        found.append(failure.name if isinstance(failure, ActorError) else answer.result())
    return found


async def stored(store: GatedQueues, actor_id: str = ADA) -> list[int]:
    contents = await store.open(actor_id, 1)
    assert contents is not None
    return [message.message_id for message in contents.messages]


async def test_idle_writes_at_once(writer: QueueWriter, store: GatedQueues, clock: ManualClock) -> None:
    answer = writer.submit(put(ADA, 1))
    await clock.settle()
    assert (told([answer]), await stored(store), clock.monotonic()) == ([{}], [1], 0.0)


async def test_writes_of_many_actors_share_a_transaction(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    store.gate.clear()
    first = writer.submit(put(BOB, 1))
    await clock.settle()
    others = [writer.submit(write) for write in (put(BOB, 2), put(ADA, 1), put(ADA, 2))]
    await clock.settle()
    store.gate.set()
    await clock.settle()
    assert store.batches == [[BOB], [ADA, BOB]], "and lock actors in the order of their ids"
    assert told([first, *others]) == [{}] * 4


async def test_of_several_words_on_a_message_the_last_counts_and_bodies_come_back(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    first = writer.submit(put(ADA, 1, 2))
    await clock.settle()
    marks = [MessageMark(number, attempts, 0) for number, attempts in ((1, 1), (2, 1))]
    answers = [
        writer.submit(QueueWrite(ADA, 1, marks=marks)),
        writer.submit(QueueWrite(ADA, 1, marks=[MessageMark(1, 2, 50)])),
        writer.submit(QueueWrite(ADA, 1, drops=[2])),
    ]
    await clock.settle()
    assert told([first, *answers])[2] == {1: b"x"}
    contents = await store.open(ADA, 1)
    assert contents is not None
    assert [(message.message_id, message.attempts) for message in contents.messages] == [(1, 2)]


async def test_a_fenced_generation_is_told_and_its_neighbours_are_written(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    answers = [writer.submit(write) for write in (put(ADA, 1, generation=0), put(ADA, 1), put(BOB, 1))]
    await clock.settle()
    assert told(answers) == ["actor.fenced", {}, {}]
    assert await stored(store) == [1]


async def test_a_message_that_the_database_refuses_fails_alone(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    def refuse(writes: Sequence[QueueWrite]) -> Exception | None:
        bad = any(put.body == b"bad" for write in writes for put in write.puts)
        return StoreRejected("bad") if bad else None

    store.fail = refuse
    answers = [writer.submit(write) for write in (put(ADA, 1), put(ADA, 2, body=b"bad"), put(BOB, 1))]
    await clock.settle()
    assert told(answers) == [{}, "queue.message_invalid", {}]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (error("storage.unavailable"), "storage.unavailable"),
        (ZeroDivisionError(), "actor.outcome_unknown"),
    ],
)
async def test_a_failure_is_told_once_and_the_writer_goes_on(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock, failure: Exception, code: str
) -> None:
    store.fail = lambda writes: failure
    broken = [writer.submit(put(ADA, 1)), writer.submit(put(BOB, 1))]
    await clock.settle()
    store.fail = lambda writes: None
    later = writer.submit(put(ADA, 1))
    await clock.settle()
    assert told([*broken, later]) == [code, code, {}]


async def test_a_write_in_doubt_is_repeated_until_it_is_known_to_be_done(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    failures: list[Exception | None] = [StoreInterrupted("gone"), error("storage.unavailable"), None]
    store.fail = lambda writes: failures.pop(0)
    answer = writer.submit(put(ADA, 1))
    await clock.advance(1)
    assert (told([answer]), len(store.batches), await stored(store)) == ([{}], 3, [1])


async def test_a_doubt_that_lasts_is_told(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    store.fail = lambda writes: StoreInterrupted("gone")
    answer = writer.submit(put(ADA, 1))
    await clock.advance(REPEAT_FOR - 2)
    assert not answer.done()
    await clock.advance(2)
    assert told([answer]) == ["actor.outcome_unknown"]


async def test_a_batch_is_bounded_by_writes_and_by_bytes(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_writer, "MAX_WRITES", 2)
    monkeypatch.setattr(group_writer, "MAX_BYTES", 10)
    for write in (put(ADA, 1), put(BOB, 1), put(ADA, 2, body=b"x" * 10), put(BOB, 2)):
        writer.submit(write)
    await clock.settle()
    assert store.batches == [[ADA, BOB], [ADA], [BOB]]


async def test_closing_answers_everybody(writer: QueueWriter, store: GatedQueues, clock: ManualClock) -> None:
    store.gate.clear()
    in_flight = writer.submit(put(ADA, 1))
    await clock.settle()
    waiting = writer.submit(put(BOB, 1))
    await writer.close()
    late = writer.submit(put(BOB, 2))
    assert told([in_flight, waiting, late]) == [
        "actor.outcome_unknown",
        "storage.unavailable",
        "storage.unavailable",
    ]


async def test_who_submitted_may_have_gone(
    writer: QueueWriter, store: GatedQueues, clock: ManualClock
) -> None:
    answer = writer.submit(put(ADA, 1))
    answer.cancel()
    await clock.settle()
    assert await stored(store) == [1]
