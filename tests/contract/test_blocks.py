"""What atomic blocks store: state, keys, messages and schedules in one transaction, or nothing of it."""

from __future__ import annotations

from typing import Any

import pytest

from actors.storage.kv import END, KvEntry, KvRange, KvWrite
from actors.storage.queue import MessagePut, QueueWrite, StoredMessage
from actors.storage.schedules import ScheduleWrite, StoredRun, StoredSchedule
from actors.storage.store import (
    BlockWrite,
    Claimed,
    ClaimRequest,
    NewActor,
    StateWrite,
    Store,
    StoreRejected,
)

ADA, BOB = "id-ada", "id-bob"
ALL = KvRange(b"", END)


async def claim(store: Store, actor_id: str, node: str = "alpha") -> Claimed:
    (result,) = await store.claim(node, [ClaimRequest(new=NewActor(actor_id, "room", actor_id))])
    assert isinstance(result, Claimed)
    return result


@pytest.fixture
async def two(alpha: Store) -> Store:
    """Alpha holds ada and bob, each under generation 1, and ada's queue and schedules are open."""
    await claim(alpha, ADA)
    await claim(alpha, BOB)
    await alpha.queues.open(ADA, 1)
    await alpha.schedules.open(ADA, 1)
    return alpha


def message(number: int) -> MessagePut:
    return MessagePut(StoredMessage(number, "jobs", created_at=5, available_at=5), b"body")


TEA = StoredSchedule(1, "at", None, "remind", b"\x80", {}, 50, due_at=900)


def planned(actor_id: str = ADA, *, generation: int = 1, revision: int = 1, **changes: Any) -> ScheduleWrite:
    return ScheduleWrite(actor_id, generation, revision, 1, 900, **{"puts": [TEA], **changes})


def block(
    actor_id: str = ADA,
    *,
    generation: int = 1,
    revision: int = 1,
    state: bytes = b"new",
    message_id: int | None = 1,
    schedules: ScheduleWrite | None = None,
) -> BlockWrite:
    """A state, a key, a message, and what else is said."""
    queue = None if message_id is None else QueueWrite(actor_id, generation, [message(message_id)])
    return BlockWrite(
        StateWrite(actor_id, generation, revision, state),
        KvWrite(actor_id, generation, put=[KvEntry(b"key", b"value")]),
        queue,
        schedules,
    )


async def found(store: Store, actor_id: str = ADA) -> tuple[int, list[bytes], list[int]]:
    """Revision, keys and messages of an actor."""
    revisions = await store.revisions([actor_id])
    keys = await store.kv.list(actor_id, ALL, 0, limit=9)
    bodies = await store.queues.read(actor_id, range(9))
    return revisions[actor_id][1], [entry.key for entry in keys], sorted(bodies)


async def schedules_of(store: Store, actor_id: str = ADA) -> tuple[int | None, list[int]]:
    """When something is due, and the ids. Opens them for the generation that has them."""
    contents = await store.schedules.open(actor_id, 1)
    assert contents is not None
    return contents.due_at, [row.schedule_id for row in contents.schedules]


async def test_state_keys_and_messages_are_written_together(two: Store) -> None:
    assert await two.write_together(block())
    assert await found(two) == (1, [b"key"], [1])
    assert (await claim(two, ADA)).state == b"new"


async def test_a_block_may_consist_of_the_state_alone(two: Store) -> None:
    assert await two.write_together(BlockWrite(StateWrite(ADA, 1, 1, b"new")))
    assert await found(two) == (1, [], [])


async def test_a_fenced_generation_writes_nothing_of_a_block(two: Store) -> None:
    await claim(two, ADA)
    assert not await two.write_together(block())
    assert await found(two) == (0, [], [])


async def test_a_queue_that_was_never_opened_refuses_the_whole_block(two: Store) -> None:
    assert not await two.write_together(block(BOB))
    assert await found(two, BOB) == (0, [], [])


async def test_a_destroyed_actor_gets_nothing_of_a_block(two: Store) -> None:
    await two.destroy(ADA, 1, 9)
    assert not await two.write_together(block())
    assert await two.kv.list(ADA, ALL, 0, limit=9) == []


async def test_a_transaction_of_its_own_writes_at_its_commit(two: Store) -> None:
    transaction = two.transaction()
    await transaction.open()
    await transaction.close()
    await transaction.check()
    assert await transaction.commit(block())
    assert await found(two) == (1, [b"key"], [1])


async def test_a_block_of_one_actor_is_nothing_to_another(two: Store) -> None:
    await two.write_together(block())
    assert await two.write_together(block(BOB, message_id=None))
    assert (await found(two), await found(two, BOB)) == ((1, [b"key"], [1]), (1, [b"key"], []))


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
async def test_what_the_database_refuses_undoes_the_whole_block(two: Store) -> None:
    """No store in memory refuses data."""
    refused = BlockWrite(
        StateWrite(ADA, 1, 1, b"new"),
        KvWrite(ADA, 1, put=[KvEntry(b"key", b"value", expires_at=2**63)]),
    )
    with pytest.raises(StoreRejected):
        await two.write_together(refused)
    assert await found(two) == (0, [], [])


# -- schedules --------------------------------------------------------------------------------------------
async def test_schedules_and_their_alarm_are_written_with_the_rest(two: Store) -> None:
    assert await two.write_together(block(schedules=planned()))
    assert await found(two) == (1, [b"key"], [1])
    assert await schedules_of(two) == (900, [1])
    assert await two.alarms.next() is not None


async def test_a_block_drops_schedules_and_their_runs(two: Store) -> None:
    run = StoredRun(1, 1, 900, 901, 1, "ok", ended_at=902)
    assert await two.schedules.write([planned(runs=[run])])
    dropping = planned(revision=2, puts=(), drops=[1])
    assert await two.write_together(block(schedules=dropping))
    assert (await schedules_of(two))[1] == []
    assert await two.schedules.history(ADA, 1, 9) == []


async def test_schedules_that_were_never_opened_refuse_the_whole_block(two: Store) -> None:
    assert not await two.write_together(block(BOB, message_id=None, schedules=planned(BOB)))
    assert await found(two, BOB) == (0, [], [])
    assert await schedules_of(two, BOB) == (None, [])


async def test_a_block_that_is_refused_for_another_reason_schedules_nothing(two: Store) -> None:
    """Its schedules alone would be ours: bob's queue was never opened."""
    await two.schedules.open(BOB, 1)
    assert not await two.write_together(block(BOB, schedules=planned(BOB)))
    assert await schedules_of(two, BOB) == (None, [])
    assert await two.alarms.next() is None


async def test_a_fenced_generation_schedules_nothing(two: Store) -> None:
    await claim(two, ADA)
    assert not await two.write_together(block(schedules=planned()))
    contents = await two.schedules.open(ADA, 2)
    assert contents is not None and contents.schedules == []
    assert not await two.write_together(block(generation=2, schedules=planned()))
    assert await two.kv.list(ADA, ALL, 0, limit=9) == []


async def test_a_transaction_of_its_own_writes_schedules_too(two: Store) -> None:
    assert await two.transaction().commit(block(schedules=planned()))
    assert await schedules_of(two) == (900, [1])
