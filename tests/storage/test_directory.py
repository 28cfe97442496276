"""The directory: the lease as this node sees it, the end of a membership, and claims in batches."""

from __future__ import annotations

import asyncio

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError, error
from actors.storage.directory import MAX_CLAIMS, Directory, Loss
from actors.storage.store import Claimed, ClaimRequest, NewActor, NodeRecord, StoreInterrupted, StoreRejected
from tests.storage.support import NODE, GatedStore

ALPHA = NodeRecord(NODE, "http://10.0.0.1:8000")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> GatedStore:
    return GatedStore(clock)


@pytest.fixture
def directory(store: GatedStore, clock: ManualClock) -> Directory:
    return Directory(store, clock, ALPHA)


def make(key: str) -> ClaimRequest:
    return ClaimRequest(new=NewActor(f"id-{key}", "counter", key))


# -- the lease ---------------------------------------------------------------------------------------
async def test_the_lease_runs_from_join_to_leave(directory: Directory, clock: ManualClock) -> None:
    lost: list[Loss] = []
    assert not directory.lease.valid()
    await directory.join(lost.append)
    assert directory.lease.valid()
    await directory.leave()
    assert not directory.lease.valid()
    await clock.advance(60)
    assert lost == []


async def test_heartbeats_keep_the_lease(directory: Directory, clock: ManualClock, store: GatedStore) -> None:
    lost: list[Loss] = []
    await directory.join(lost.append)
    await clock.advance(3600)
    assert directory.lease.valid()
    assert await store.live_nodes() == [ALPHA]
    assert lost == []


async def test_a_heartbeat_carries_what_the_node_says_and_how_late_it_came(
    clock: ManualClock, store: GatedStore
) -> None:
    late: list[float] = []
    directory = Directory(store, clock, ALPHA, vitals=lambda seconds: late.append(seconds))
    await directory.join(lambda why: None)
    await clock.advance(5)
    assert late == [0.0, 0.0]
    clock._now_ns += 7 * 10**9  # the loop was held up
    await clock.advance(0)
    assert late == [0.0, 0.0, 2.0]
    await directory.tell()
    assert late == [0.0, 0.0, 2.0, 0.0]
    store.fail_heartbeat = lambda: error("storage.unavailable")
    await directory.tell()
    assert directory.lease.valid(), "no verdict"
    await directory.leave()


async def test_the_lease_runs_out_when_no_heartbeat_gets_through(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    lost: list[tuple[Loss, float]] = []
    await directory.join(lambda why: lost.append((why, clock.monotonic())))
    store.fail_heartbeat = lambda: error("storage.unavailable")
    await clock.advance(14.9)
    assert directory.lease.valid()
    await clock.advance(60)
    assert not directory.lease.valid()
    assert lost == [(Loss.LEASE_RAN_OUT, 15.0)]


async def test_one_missed_heartbeat_is_made_up_for(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    lost: list[Loss] = []
    failures = [error("storage.unavailable"), StoreInterrupted("cut")]
    store.fail_heartbeat = lambda: failures.pop() if failures else None
    await directory.join(lost.append)
    await clock.advance(60)
    assert directory.lease.valid()
    assert (lost, failures) == ([], [])


async def test_the_lease_runs_out_while_a_heartbeat_hangs(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    lost: list[tuple[Loss, float]] = []
    hanging = asyncio.Event()

    async def hang(node_id: str, vitals: str | None) -> bool:
        return await hanging.wait()

    store.heartbeat = hang  # type: ignore[method-assign]
    await directory.join(lambda why: lost.append((why, clock.monotonic())))
    await clock.advance(20)
    assert lost == [(Loss.LEASE_RAN_OUT, 15.0)]
    hanging.set()
    await clock.advance(20)
    assert not directory.lease.valid()
    assert lost == [(Loss.LEASE_RAN_OUT, 15.0)]


async def test_a_frozen_node_knows_that_its_lease_is_over_before_any_timer_fires(
    directory: Directory, clock: ManualClock
) -> None:
    await directory.join(lambda why: None)
    clock._now_ns += 16 * 10**9  # SIGSTOP, SIGCONT: time went on, no callback ran
    assert not directory.lease.valid()


async def test_the_lease_is_counted_from_before_the_question(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    plain_join = store.join

    async def slow_join(node, lost, vitals):  # type: ignore[no-untyped-def]
        await clock.sleep(4)
        await plain_join(node, lost)

    store.join = slow_join  # type: ignore[method-assign]
    joining = asyncio.ensure_future(directory.join(lambda why: None))
    await clock.advance(4)
    await joining
    assert directory.lease.remaining() == 11.0


async def test_a_broken_session_ends_the_lease_at_once(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    lost: list[Loss] = []
    await directory.join(lost.append)
    store.database.drop_session(NODE)
    assert not directory.lease.valid()
    assert lost == [Loss.SESSION_ENDED]
    await clock.advance(60)
    await directory.leave()
    assert lost == [Loss.SESSION_ENDED]


async def test_a_node_whose_row_is_gone_is_lost(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    lost: list[tuple[Loss, float]] = []
    await directory.join(lambda why: lost.append((why, clock.monotonic())))
    await store.leave(NODE)
    await clock.advance(5)
    assert lost == [(Loss.HEARTBEAT_REFUSED, 5.0)]


async def test_a_session_that_breaks_during_join_is_no_membership(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    plain_join = store.join

    async def cut_join(node, lost, vitals):  # type: ignore[no-untyped-def]
        await plain_join(node, lost)
        store.database.drop_session(NODE)

    store.join = cut_join  # type: ignore[method-assign]
    lost: list[Loss] = []
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await directory.join(lost.append)
    await clock.advance(60)
    assert not directory.lease.valid()
    assert lost == []


async def test_after_a_loss_a_new_membership_has_a_new_id(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    await directory.join(lambda why: None)
    claimed = await directory.claim(make("a"))
    store.database.drop_session(NODE)
    await directory.leave()
    successor = Directory(store, clock, NodeRecord("alpha-2", ALPHA.address))
    await successor.join(lambda why: None)
    again = await successor.claim(ClaimRequest(actor_id="id-a"))
    assert isinstance(claimed, Claimed)
    assert isinstance(again, Claimed)
    assert (claimed.record.generation, again.record.generation) == (1, 2)
    await successor.leave()


# -- claims ------------------------------------------------------------------------------------------
async def test_the_first_claim_goes_at_once_and_others_collect(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    store.open_gate.clear()
    first = asyncio.ensure_future(directory.claim(make("a")))
    await clock.settle()
    others = [asyncio.ensure_future(directory.claim(make(f"b{n}"))) for n in range(10)]
    await clock.settle()
    assert [len(batch) for batch in store.claims] == [1]
    store.open_gate.set()
    results = await asyncio.gather(first, *others)
    assert [len(batch) for batch in store.claims] == [1, 10]
    keys = [result.record.key for result in results if isinstance(result, Claimed)]
    assert keys == ["a", *(f"b{n}" for n in range(10))]


async def test_claims_are_bounded(directory: Directory, store: GatedStore) -> None:
    await asyncio.gather(*(directory.claim(make(str(n))) for n in range(MAX_CLAIMS + 1)))
    assert [len(batch) for batch in store.claims] == [MAX_CLAIMS, 1]


async def test_a_claimer_that_goes_away_disturbs_nobody(
    directory: Directory, clock: ManualClock, store: GatedStore
) -> None:
    store.open_gate.clear()
    gone, stays = (asyncio.ensure_future(directory.claim(make(key))) for key in "ab")
    await clock.settle()
    gone.cancel()
    store.open_gate.set()
    assert isinstance(await stays, Claimed)
    assert gone.cancelled()


async def test_an_interrupted_claim_is_asked_again(directory: Directory, store: GatedStore) -> None:
    failures = [StoreInterrupted("cut")]
    store.fail_claim = lambda requests: failures.pop() if failures else None
    result = await directory.claim(make("a"))
    assert isinstance(result, Claimed)
    assert result.created
    assert len(store.claims) == 2


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (error("storage.unavailable"), "storage.unavailable"),
        (StoreInterrupted("cut"), "storage.unavailable"),
        (ZeroDivisionError("a bug"), "rivetkit.internal_error"),
    ],
)
async def test_a_failure_reaches_every_claimer(
    directory: Directory, store: GatedStore, failure: Exception, code: str
) -> None:
    store.fail_claim = lambda requests: failure
    results = await asyncio.gather(*(directory.claim(make(key)) for key in "abc"), return_exceptions=True)
    assert [getattr(result, "name", result) for result in results] == [code] * 3
    store.fail_claim = lambda requests: None
    assert isinstance(await directory.claim(make("d")), Claimed)


async def test_a_claim_that_the_database_refuses_fails_alone(directory: Directory, store: GatedStore) -> None:
    def reject(requests):  # type: ignore[no-untyped-def]
        return StoreRejected("bad row") if make("b") in requests else None

    store.fail_claim = reject
    a, b, c = await asyncio.gather(*(directory.claim(make(key)) for key in "abc"), return_exceptions=True)
    assert isinstance(a, Claimed)
    assert isinstance(c, Claimed)
    assert isinstance(b, ActorError)
    assert b.name == "actor.invalid_request"


async def test_unstorable_text_is_refused_before_it_joins_a_batch(
    directory: Directory, store: GatedStore
) -> None:
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await directory.claim(make("a\0"))
    assert store.claims == []
