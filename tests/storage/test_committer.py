"""The rules of the commit path: order of batches, cost, fairness, failure. Time stands still."""

from __future__ import annotations

import asyncio

import pytest

from actors.clock import ManualClock
from actors.errors import error
from actors.storage.committer import LARGE_ROW, MAX_BYTES, MAX_ROWS, Committer
from actors.storage.readback import READ_BACK_FOR
from actors.storage.store import ClaimRequest, StoreInterrupted, StoreRejected
from tests.storage.support import GatedStore, Noting, actors


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> GatedStore:
    return GatedStore(clock)


@pytest.fixture
def committer(store: GatedStore, clock: ManualClock) -> Committer:
    return Committer(store, clock)


async def test_idle_writes_at_once(store: GatedStore, committer: Committer, clock: ManualClock) -> None:
    (actor,) = await actors(store, 1)
    committer.touch(actor)
    await committer.idle()
    assert actor.told == ["committed"]
    assert clock.monotonic() == 0.0
    assert await store.revisions([actor.actor_id]) == {actor.actor_id: (1, 1)}


async def test_touches_of_one_turn_share_a_batch_and_encode_once(
    store: GatedStore, committer: Committer
) -> None:
    three = await actors(store, 3)
    for actor in three * 5:
        committer.touch(actor)
    await committer.idle()
    assert store.sizes() == [3]
    assert [actor.prepared for actor in three] == [1, 1, 1]


async def test_collects_while_a_commit_is_in_flight(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    first, *others = await actors(store, 9)
    store.open_gate.clear()
    committer.touch(first)
    await clock.settle()
    for actor in others:
        committer.touch(actor)
        await clock.settle()
    assert store.sizes() == [1]
    assert [actor.prepared for actor in others] == [0] * 8
    store.open_gate.set()
    await committer.idle()
    assert store.sizes() == [1, 8]


async def test_batches_are_bounded_in_rows(store: GatedStore, committer: Committer) -> None:
    many = await actors(store, 2 * MAX_ROWS + 1)
    for actor in many:
        committer.touch(actor)
    await committer.idle()
    assert store.sizes() == [MAX_ROWS, MAX_ROWS, 1]
    assert all(actor.told == ["committed"] for actor in many)


async def test_batches_are_bounded_in_bytes(store: GatedStore, committer: Committer) -> None:
    for actor in await actors(store, 40, size=LARGE_ROW):
        committer.touch(actor)
    await committer.idle()
    assert sum(store.sizes()) == 40
    volumes = [sum(len(write.state) for write in batch) for batch in store.batches]
    assert max(volumes) <= MAX_BYTES
    assert len(volumes) == 3


async def test_batches_are_sorted_by_actor_id(store: GatedStore, committer: Committer) -> None:
    many = await actors(store, 20)
    for actor in many[::-1]:
        committer.touch(actor)
    await committer.idle()
    assert [write.actor_id for write in store.batches[0]] == [actor.actor_id for actor in many]


async def test_what_waits_longest_goes_first(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    many = await actors(store, MAX_ROWS + 1)
    for actor in many[::-1]:
        committer.touch(actor)
    await clock.settle()
    assert store.sizes() == [MAX_ROWS, 1]
    assert [write.actor_id for write in store.batches[1]] == ["id-0000"]


async def test_large_rows_take_a_second_lane(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    large, small = await actors(store, 2)
    large.state = b"x" * (LARGE_ROW + 1)
    blocked = asyncio.Event()
    plain_commit = store.commit

    async def commit(writes):  # type: ignore[no-untyped-def]
        if len(writes[0].state) > LARGE_ROW:
            await blocked.wait()
        return await plain_commit(writes)

    store.commit = commit  # type: ignore[method-assign]
    committer.touch(large)
    committer.touch(small)
    await clock.settle()
    assert (large.told, small.told) == ([], ["committed"])
    committer.touch(small)
    await clock.settle()
    assert small.told == ["committed"] * 2
    blocked.set()
    await committer.idle()
    assert large.told == ["committed"]


async def test_one_write_in_flight_for_each_actor(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    (actor,) = await actors(store, 1)
    store.open_gate.clear()
    committer.touch(actor)
    await clock.settle()
    committer.touch(actor)
    await clock.settle()
    assert (actor.prepared, store.sizes()) == (1, [1])
    store.open_gate.set()
    await committer.idle()
    assert (actor.prepared, actor.told) == (2, ["committed"] * 2)
    assert await store.revisions([actor.actor_id]) == {actor.actor_id: (1, 2)}


async def test_one_write_in_flight_also_across_lanes(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    (actor,) = await actors(store, 1, size=LARGE_ROW + 1)
    store.open_gate.clear()
    committer.touch(actor)
    await clock.settle()
    actor.state = b"small now"
    committer.touch(actor)
    await clock.settle()
    assert actor.prepared == 1
    store.open_gate.set()
    await committer.idle()
    assert (actor.prepared, actor.told) == (2, ["committed"] * 2)
    assert store.database.rows[actor.actor_id].state == b"small now"


async def test_touched_by_its_own_answer_it_goes_again(store: GatedStore, committer: Committer) -> None:
    (actor,) = await actors(store, 1)

    def once_more() -> None:
        actor.told.append("committed")
        if len(actor.told) < 3:
            committer.touch(actor)

    actor.committed = once_more  # type: ignore[method-assign]
    committer.touch(actor)
    await committer.idle()
    assert store.sizes() == [1, 1, 1]


async def test_nothing_to_write_sends_nothing(store: GatedStore, committer: Committer) -> None:
    (actor,) = await actors(store, 1)
    actor.state = None
    committer.touch(actor)
    await committer.idle()
    assert (actor.prepared, actor.told, store.batches) == (1, [], [])


async def test_many_clean_actors_do_not_hold_up_the_loop(store: GatedStore, committer: Committer) -> None:
    many = await actors(store, 3 * MAX_ROWS)
    for actor in many:
        actor.state = None
        committer.touch(actor)
    seen = []
    while sum(actor.prepared for actor in many) < len(many):
        await asyncio.sleep(0)
        seen.append(sum(actor.prepared for actor in many))
    assert seen[:4] == [MAX_ROWS, 2 * MAX_ROWS, 3 * MAX_ROWS]
    await committer.idle()


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (error("actor.state_too_large", size=2, limit=1), "actor.state_too_large"),
        (TypeError("not encodable"), "rivetkit.internal_error"),
    ],
)
async def test_a_state_that_cannot_be_encoded_fails_alone(
    store: GatedStore, committer: Committer, refusal: Exception, told: str
) -> None:
    good, bad = await actors(store, 2)
    bad.refusal = refusal
    committer.touch(bad)
    committer.touch(good)
    await committer.idle()
    assert (good.told, bad.told) == (["committed"], [told])


async def test_a_poisoned_row_fails_alone(store: GatedStore, committer: Committer) -> None:
    many = await actors(store, 37)
    poison = many[23].actor_id

    def reject(writes):  # type: ignore[no-untyped-def]
        return StoreRejected("bad row") if any(write.actor_id == poison for write in writes) else None

    store.fail_commit = reject
    for actor in many:
        committer.touch(actor)
    await committer.idle()
    told = {actor.actor_id: actor.told for actor in many}
    assert told.pop(poison) == ["actor.state_not_serializable"]
    assert all(answer == ["committed"] for answer in told.values())
    assert len(store.batches) <= 13  # bisected, not one by one


async def test_a_fenced_row_is_told_and_its_neighbours_are_written(
    store: GatedStore, committer: Committer
) -> None:
    mine, taken = await actors(store, 2)
    await store.claim("beta", [ClaimRequest(actor_id=taken.actor_id)])
    committer.touch(mine)
    committer.touch(taken)
    await committer.idle()
    assert (mine.told, taken.told) == (["committed"], ["fenced"])
    assert store.database.rows[taken.actor_id].state is None


async def test_an_unavailable_store_fails_the_batch_and_the_next_one_is_written(
    store: GatedStore, committer: Committer
) -> None:
    (actor,) = await actors(store, 1)
    store.fail_commit = lambda writes: error("storage.unavailable")
    committer.touch(actor)
    await committer.idle()
    store.fail_commit = lambda writes: None
    committer.touch(actor)
    await committer.idle()
    assert actor.told == ["storage.unavailable", "committed"]


async def interrupt(store: GatedStore, applied: int) -> None:
    """The next commit breaks after `applied` of its rows reached the database."""

    def broken(writes):  # type: ignore[no-untyped-def]
        for write in writes[:applied]:
            row = store.database.rows[write.actor_id]
            row.state, row.revision = write.state, write.revision
        store.fail_commit = lambda writes: None
        return StoreInterrupted("cut")

    store.fail_commit = broken


async def test_an_interrupted_commit_is_answered_by_what_is_stored(
    store: GatedStore, committer: Committer
) -> None:
    written, unwritten, destroyed, taken = many = await actors(store, 4)
    await store.destroy(destroyed.actor_id, None, 1)
    await interrupt(store, applied=1)
    await store.claim("beta", [ClaimRequest(actor_id=taken.actor_id)])
    for actor in many:
        committer.touch(actor)
    await committer.idle()
    assert written.told == ["committed"]
    assert unwritten.told == ["actor.outcome_unknown"]
    assert destroyed.told == taken.told == ["fenced"]


async def test_reading_back_waits_for_the_database(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    (actor,) = await actors(store, 1)
    await interrupt(store, applied=1)
    store.fail_revisions = [error("storage.unavailable"), StoreInterrupted("again")]
    committer.touch(actor)
    await clock.settle()
    assert actor.told == []
    await clock.advance(1)
    assert actor.told == ["committed"]


async def test_reading_back_gives_up(store: GatedStore, committer: Committer, clock: ManualClock) -> None:
    (actor,) = await actors(store, 1)
    await interrupt(store, applied=1)
    store.fail_revisions = [error("storage.unavailable")] * 1000
    committer.touch(actor)
    await clock.advance(READ_BACK_FOR + 1)
    assert actor.told == ["actor.outcome_unknown"]
    assert len(store.fail_revisions) > 980  # it backs off


async def test_an_unforeseen_failure_leaves_nobody_waiting(store: GatedStore, committer: Committer) -> None:
    (actor,) = await actors(store, 1)
    store.fail_commit = lambda writes: ZeroDivisionError()
    committer.touch(actor)
    await committer.idle()
    assert actor.told == ["actor.outcome_unknown"]


async def test_an_answer_that_raises_does_not_stop_the_others(
    store: GatedStore, committer: Committer
) -> None:
    rude, polite = await actors(store, 2)

    def explode() -> None:
        raise ZeroDivisionError

    rude.committed = explode  # type: ignore[method-assign]
    committer.touch(rude)
    committer.touch(polite)
    await committer.idle()
    assert polite.told == ["committed"]


async def test_close_answers_every_leftover(
    store: GatedStore, committer: Committer, clock: ManualClock
) -> None:
    flying, large, queued, waiting = await actors(store, 4)
    large.state = queued.state = b"x" * MAX_BYTES
    store.open_gate.clear()
    for actor in (flying, large, queued):
        committer.touch(actor)
    await clock.settle()
    committer.touch(waiting)
    await committer.close()
    assert flying.told == large.told == ["actor.outcome_unknown"]
    assert queued.told == waiting.told == ["storage.unavailable"]
    late = Noting("late")
    committer.touch(late)
    assert late.told == ["storage.unavailable"]
    await committer.idle()


async def test_stats_count_what_happened(store: GatedStore, committer: Committer) -> None:
    mine, taken, broken = await actors(store, 3)
    await store.claim("beta", [ClaimRequest(actor_id=taken.actor_id)])
    broken.refusal = error("actor.state_too_large", size=2, limit=1)
    for actor in (mine, taken, broken):
        committer.touch(actor)
    await committer.idle()
    stats = committer.stats
    assert (stats.commits, stats.rows, stats.bytes, stats.largest_batch) == (1, 1, 8, 2)
    assert (stats.fenced, stats.failed) == (1, 1)


async def test_a_thousand_actors_a_hundred_times(store: GatedStore, committer: Committer) -> None:
    """Whatever the interleaving: each write answered once, revisions never go back, nothing is left."""
    many = await actors(store, 1000)
    for turn in range(100):
        for actor in many[turn::7]:
            committer.touch(actor)
        await asyncio.sleep(0)
    await committer.idle()
    for actor in many:
        assert actor.told == ["committed"] * actor.prepared
        assert store.database.rows[actor.actor_id].revision == actor.prepared
