"""Whole actors, out of the store and in again: nothing is lost, and nobody who lives is overwritten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.clock import ManualClock
from actors.errors import ActorError
from actors.protocol.ids import new_actor_id
from actors.storage.alarms import DueAlarm
from actors.storage.archive import Archive, ArchivedMessage, ArchivedQueue, Replaced
from actors.storage.kv import KvEntry
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.postgres import PostgresStore
from actors.storage.queue import StoredMessage
from actors.storage.schedules import ScheduleContents, StoredRun, StoredSchedule
from actors.storage.store import Claimed, ClaimRequest, NewActor, StateWrite, Store

BIG = 2**53
times = st.integers(0, BIG)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
errors = st.none() | st.dictionaries(texts, st.integers(-9, 9) | texts, max_size=2)


def lists(each: st.SearchStrategy[Any], by: Callable[[Any], Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(each, max_size=4, unique_by=by).map(lambda found: sorted(found, key=by))


entries = st.builds(KvEntry, st.binary(min_size=1, max_size=8), st.binary(max_size=8), st.none() | times)
messages = st.builds(
    ArchivedMessage,
    st.builds(
        StoredMessage,
        st.integers(1, 99), texts, times, times, st.integers(-9, 9), st.integers(0, 9),
        st.none() | texts, st.none() | times, st.none() | texts,
    ),
    st.binary(max_size=8),
    st.none() | texts,
)  # fmt: skip
queues = st.builds(
    ArchivedQueue, st.just(99), st.none() | times, lists(messages, lambda one: one.message.message_id)
)
planned = st.builds(
    StoredSchedule,
    st.integers(1, 9), st.sampled_from(["at", "cron"]), st.none() | texts, texts, st.binary(max_size=8),
    st.dictionaries(texts, st.integers(-9, 9), max_size=2), times, st.none() | times, st.none() | times,
    st.integers(0, 9), st.none() | times,
)  # fmt: skip
runs = st.builds(
    StoredRun,
    st.integers(1, 9), st.integers(1, 9), times, times, st.integers(1, 9), texts, st.none() | times,
    st.none() | times, errors,
)  # fmt: skip
schedules = st.builds(
    ScheduleContents, st.integers(1, 99), st.integers(9, 99), st.none() | times,
    lists(planned, lambda one: one.schedule_id), lists(runs, lambda one: (one.schedule_id, one.number)),
)  # fmt: skip
archives = st.builds(
    Archive,
    st.builds(new_actor_id), texts, texts, st.sampled_from(["sleep", "restart", "destroy"]),
    st.none() | st.binary(max_size=8), times, st.none() | times, st.integers(0, BIG),
    st.none() | st.binary(max_size=8), lists(entries, lambda one: one.key), st.none() | queues,
    st.none() | schedules,
)  # fmt: skip

ACTOR_ID = new_actor_id()
FULL = Archive(
    ACTOR_ID, "room", "lobby", "restart", b"input", 5, 6, 7, b"state",
    [KvEntry(b"a", b"1"), KvEntry(b"b", b"2", 900)],
    ArchivedQueue(9, 40, [
        ArchivedMessage(StoredMessage(3, "jobs", 5, 40, 1, 0, "once"), b"waits"),
        ArchivedMessage(StoredMessage(4, "jobs", 5, 41, 0, 2, None, 50, "gave up"), b"dead", "line 7"),
    ]),
    ScheduleContents(3, 2, 30,
        [StoredSchedule(2, "every", "often", "tick", b"[]", {"interval": 5}, 5, 30, 20, 1, paused_at=25)],
        [StoredRun(2, 1, 20, 20, 1, "ok", None, 21)]),
)  # fmt: skip


async def make(store: Store, key: str = "lobby") -> Claimed:
    """Another actor, awake at node alpha."""
    new = NewActor(new_actor_id(), "room", key)
    (claimed,) = await store.claim("alpha", [ClaimRequest(name="room", key=key, new=new)])
    assert isinstance(claimed, Claimed)
    return claimed


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(archives)
def test_in_memory_nothing_is_lost(archive: Archive) -> None:
    async def there_and_back() -> None:
        store = MemoryStore(MemoryDatabase(ManualClock()))
        assert await store.archives.write(archive, 100)
        assert await store.archives.read(archive.actor_id) == archive

    asyncio.run(there_and_back())


def test_in_postgres_nothing_is_lost(postgres_url: str) -> None:
    store = PostgresStore(postgres_url)

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(archives)
    def check(archive: Archive) -> None:
        unique = replace(archive, actor_id=new_actor_id(), key=new_actor_id())
        assert runner.run(store.archives.write(unique, 100))
        assert runner.run(store.archives.read(unique.actor_id)) == unique

    with asyncio.Runner() as runner:
        runner.run(store.open())
        check()
        runner.run(store.close())


async def test_what_comes_back_can_be_claimed_with_all_it_had(alpha: Store) -> None:
    assert await alpha.archives.write(FULL, 100)
    (record,) = await alpha.get([ACTOR_ID])
    assert (record.node_id, record.connectable_at, record.slept_at) == (None, None, 100)
    (claimed,) = await alpha.claim("alpha", [ClaimRequest(actor_id=ACTOR_ID)])
    assert isinstance(claimed, Claimed)
    assert (claimed.input, claimed.state, claimed.revision, claimed.due_at) == (b"input", b"state", 7, 30)
    generation = claimed.record.generation
    queue = await alpha.queues.open(ACTOR_ID, generation)
    assert queue is not None
    assert (queue.last_id, queue.due_at, [one.attempts for one in queue.messages]) == (9, 40, [0, 2])
    held = await alpha.schedules.open(ACTOR_ID, generation)
    assert held is not None
    assert (held.revision, held.schedules, held.runs) == (3, FULL.schedules.schedules, [])  # type: ignore[union-attr]


async def test_its_alarms_wake_it(store: Store) -> None:
    await store.archives.write(FULL, 10)
    assert await store.alarms.next() == 30
    assert await store.alarms.claim(35, limit=9) == [DueAlarm(ACTOR_ID, 30)]


async def test_an_actor_that_is_not_there_or_destroyed_is_no_archive(store: Store) -> None:
    assert await store.archives.read(ACTOR_ID) is None
    await store.archives.write(FULL, 10)
    await store.destroy(ACTOR_ID, None, 20)
    assert await store.archives.read(ACTOR_ID) is None


async def test_a_destroyed_actor_comes_back_under_a_generation_of_its_own(alpha: Store) -> None:
    claimed = await make(alpha)
    actor_id, generation = claimed.record.actor_id, claimed.record.generation
    await alpha.destroy(actor_id, None, 20)
    assert await alpha.archives.write(replace(FULL, actor_id=actor_id), 30)
    assert not await alpha.commit([StateWrite(actor_id, generation, 9, b"from the past")])
    assert (await alpha.get([actor_id]))[0].generation > generation


@pytest.mark.parametrize("same", ["id", "key"])
async def test_a_living_actor_is_not_overwritten(alpha: Store, same: str) -> None:
    claimed = await make(alpha, "lobby" if same == "key" else "other")
    archive = FULL if same == "key" else replace(FULL, actor_id=claimed.record.actor_id)
    assert not await alpha.archives.write(archive, 30)
    assert await alpha.get([ACTOR_ID]) == []
    assert await alpha.commit([StateWrite(claimed.record.actor_id, claimed.record.generation, 1, b"mine")])


@pytest.mark.parametrize("same", ["id", "key", "both"])
async def test_it_can_be_replaced_by_name(alpha: Store, same: str) -> None:
    claimed = await make(alpha, "other" if same == "id" else "lobby")
    old = claimed.record.actor_id
    archive = FULL if same == "key" else replace(FULL, actor_id=old)
    assert await alpha.archives.write(archive, 30, Replaced(old, claimed.record.generation))
    assert await alpha.archives.read(archive.actor_id) == archive
    assert not await alpha.commit([StateWrite(old, claimed.record.generation, 9, b"from the past")])
    found = await alpha.find("room", "lobby")
    assert found is not None
    assert found.actor_id == archive.actor_id


async def test_whoever_was_taken_meanwhile_is_not_replaced(alpha: Store) -> None:
    seen = (await make(alpha)).record
    taken = (await make(alpha)).record
    assert taken.generation > seen.generation
    assert not await alpha.archives.write(FULL, 30, Replaced(seen.actor_id, seen.generation))
    assert await alpha.commit([StateWrite(taken.actor_id, taken.generation, 1, b"mine")])
    assert await alpha.archives.read(taken.actor_id) is not None


async def test_what_cannot_be_stored_changes_nothing(alpha: Store) -> None:
    claimed = await make(alpha)
    with pytest.raises(ActorError, match="NUL"):
        await alpha.archives.write(replace(FULL, key="\0"), 30, Replaced(claimed.record.actor_id, 1))
    assert (await alpha.get([claimed.record.actor_id]))[0].destroyed_at is None
