"""Group commit of schedules: what a batch holds, and what becomes of it when the store fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError, error
from actors.storage.schedule_writer import ScheduleWriter, joined, schedule_writer
from actors.storage.schedules import ScheduleContents, ScheduleWrite, StoredRun, StoredSchedule
from actors.storage.store import StoreInterrupted, StoreRejected

ROW = StoredSchedule(1, "at", None, "note", b"args", {}, 5, due_at=9)
RUN = StoredRun(1, 1, 9, 9, 1, "running")


class Store:
    """Answers what `outcomes` say, one after the other, then as a store does."""

    def __init__(self) -> None:
        self.batches: list[list[ScheduleWrite]] = []
        self.outcomes: list[Exception | frozenset[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, writes: Sequence[ScheduleWrite]) -> frozenset[str]:
        self.batches.append(list(writes))
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else frozenset(write.actor_id for write in writes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def open(self, actor_id: str, generation: int) -> ScheduleContents | None:
        raise NotImplementedError

    async def history(self, actor_id: str, schedule_id: int, limit: int) -> Sequence[StoredRun]:
        raise NotImplementedError


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def writer(store: Store, clock: ManualClock) -> ScheduleWriter:
    return schedule_writer(store, clock)


def write(actor_id: str = "a", revision: int = 1, generation: int = 1) -> ScheduleWrite:
    return ScheduleWrite(actor_id, generation, revision, revision, 9, [replace(ROW, schedule_id=revision)])


async def outcome(answer: asyncio.Future[None], clock: ManualClock) -> str:
    await clock.settle()
    try:
        await answer
    except ActorError as failure:
        return failure.name
    return "ok"


async def test_what_comes_while_a_write_is_in_flight_goes_together(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    store.gate.clear()
    first = writer.submit(write("b"))
    await clock.settle()
    others = [writer.submit(write(name, revision)) for name, revision in (("c", 1), ("a", 1), ("a", 2))]
    store.gate.set()
    assert [await outcome(answer, clock) for answer in (first, *others)] == ["ok"] * 4
    assert [[w.actor_id for w in batch] for batch in store.batches] == [["b"], ["a", "c"]]
    assert [row.schedule_id for row in store.batches[1][0].puts] == [1, 2]


async def test_two_generations_of_an_actor_do_not_meet_in_one_write(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    answers = [writer.submit(write("a", n, generation=n)) for n in (1, 2)]
    store.outcomes = [frozenset(), frozenset({"a"})]
    assert [await outcome(answer, clock) for answer in answers] == ["actor.fenced", "ok"]


async def test_what_the_database_refuses_fails_alone(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    refusal = StoreRejected("bad")
    store.outcomes = [refusal, frozenset({"a"}), refusal]
    answers = [writer.submit(write("a")), writer.submit(write("b"))]
    assert [await outcome(answer, clock) for answer in answers] == ["ok", "actor.invalid_request"]


async def test_an_interrupted_write_is_repeated_until_its_outcome_is_known(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    store.outcomes = [StoreInterrupted("?"), error("storage.unavailable"), StoreInterrupted("?")]
    answer = writer.submit(write())
    await clock.advance(1)
    assert await outcome(answer, clock) == "ok"
    assert len(store.batches) == 4


async def test_after_ten_seconds_nobody_knows(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    store.outcomes = [StoreInterrupted("?") for _ in range(30)]
    answer = writer.submit(write())
    await clock.advance(11)
    assert await outcome(answer, clock) == "actor.outcome_unknown"


async def test_a_database_that_cannot_be_reached_is_said_at_once(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    store.outcomes = [error("storage.unavailable"), ValueError("a bug")]
    assert await outcome(writer.submit(write()), clock) == "storage.unavailable"
    assert await outcome(writer.submit(write()), clock) == "actor.outcome_unknown"


async def test_closing_answers_every_leftover(
    store: Store, writer: ScheduleWriter, clock: ManualClock
) -> None:
    store.gate.clear()
    in_flight = writer.submit(write("a"))
    await clock.settle()
    waiting = writer.submit(write("b"))
    await writer.close()
    late = writer.submit(write("c"))
    found = [await outcome(answer, clock) for answer in (in_flight, waiting, late)]
    assert found == ["actor.outcome_unknown", "storage.unavailable", "storage.unavailable"]


def test_writes_of_one_actor_are_joined_by_the_last_word() -> None:
    first = ScheduleWrite("a", 1, 1, 5, 9, [ROW, replace(ROW, schedule_id=2)], runs=[RUN], trims=[(1, 3)])
    second = ScheduleWrite("a", 1, 2, 6, None, [replace(ROW, due_at=None)], [2], trims=[(1, 2), (7, 1)])
    third = ScheduleWrite("a", 1, 3, 6, 40, runs=[replace(RUN, result="ok", ended_at=10)])
    assert joined([first, second, third]) == ScheduleWrite(
        "a",
        1,
        3,
        6,
        40,
        [replace(ROW, due_at=None)],
        [2],
        [replace(RUN, result="ok", ended_at=10)],
        [(1, 3), (7, 1)],
    )
