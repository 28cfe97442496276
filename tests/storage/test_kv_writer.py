"""Group commit of KV writes: who shares a transaction, what order holds, who hears of a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.clock import ManualClock
from actors.errors import ActorError, error
from actors.storage import kv_writer
from actors.storage.kv import END, KvEntry, KvRange, KvWrite
from actors.storage.kv_memory import MemoryKv
from actors.storage.kv_writer import SWEEP_AFTER, SWEEP_EVERY, KvWriter, merged
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor, NodeRecord, StoreInterrupted, StoreRejected

ADA, BOB = "id-ada", "id-bob"
ALL = KvRange(b"", END)


class GatedKv(MemoryKv):
    """Memory, but a write waits while the gate is shut, and fails as told."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.batches: list[list[str]] = []
        self.sweeps: list[tuple[int, int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fail: Callable[[Sequence[KvWrite]], Exception | None] = lambda writes: None

    async def write(self, writes: Sequence[KvWrite]) -> Sequence[bool]:
        self.batches.append([write.actor_id for write in writes])
        await self.gate.wait()
        failure = self.fail(writes)
        if failure is not None:
            raise failure
        return await super().write(writes)

    async def sweep(self, before: int, limit: int) -> int:
        removed = await super().sweep(before, limit)
        self.sweeps.append((before, removed))
        return removed


class Call:
    """A call that only notes what it is told."""

    def __init__(
        self, actor_id: str, *put: bytes, generation: int = 1, removed: Sequence[KvRange] = ()
    ) -> None:
        self.write = KvWrite(actor_id, generation, removed, [KvEntry(key, b"") for key in put])
        self.told: list[str] = []

    def committed(self) -> None:
        self.told.append("committed")

    def fenced(self) -> None:
        self.told.append("fenced")

    def failed(self, error: ActorError) -> None:
        self.told.append(error.name)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(clock: ManualClock) -> MemoryDatabase:
    """Two actors under generation 1."""
    database = MemoryDatabase(clock)
    store = MemoryStore(database)
    await store.join(NodeRecord("alpha", "http://x"), lambda: None)
    await store.claim("alpha", [ClaimRequest(new=NewActor(name, "room", name)) for name in (ADA, BOB)])
    return database


@pytest.fixture
def store(database: MemoryDatabase) -> GatedKv:
    return GatedKv(database)


@pytest.fixture
def writer(store: GatedKv, clock: ManualClock) -> KvWriter:
    return KvWriter(store, clock)


async def keys(store: GatedKv, actor_id: str = ADA) -> list[bytes]:
    return [entry.key for entry in await store.list(actor_id, ALL, 0, limit=1000)]


async def test_idle_writes_at_once(writer: KvWriter, store: GatedKv, clock: ManualClock) -> None:
    call = Call(ADA, b"a")
    writer.submit(call)
    await clock.settle()
    assert (call.told, await keys(store), clock.monotonic()) == (["committed"], [b"a"], 0.0)


async def test_calls_of_many_actors_share_a_transaction(
    writer: KvWriter, store: GatedKv, clock: ManualClock
) -> None:
    store.gate.clear()
    first, *others = Call(BOB, b"first"), Call(BOB, b"b"), Call(ADA, b"a1"), Call(ADA, b"a2")
    writer.submit(first)
    await clock.settle()
    for call in others:
        writer.submit(call)
    await clock.settle()
    store.gate.set()
    await clock.settle()
    assert store.batches == [[BOB], [ADA, BOB]], "and lock actors in the order of their ids"
    assert [call.told for call in (first, *others)] == [["committed"]] * 4


async def test_calls_of_an_actor_take_effect_in_their_order(
    writer: KvWriter, store: GatedKv, clock: ManualClock
) -> None:
    for call in (
        Call(ADA, b"a", b"b", b"c"),
        Call(ADA, removed=[KvRange.of_key(b"a"), KvRange(b"b", b"c")]),
        Call(ADA, b"a"),
        Call(ADA, removed=[KvRange.of_key(b"c")]),
    ):
        writer.submit(call)
    await clock.settle()
    assert (len(store.batches), await keys(store)) == (1, [b"a"])


async def test_a_fenced_generation_is_told_and_its_neighbours_are_written(
    writer: KvWriter, store: GatedKv, clock: ManualClock
) -> None:
    late, current, other = Call(ADA, b"late", generation=0), Call(ADA, b"a"), Call(BOB, b"b")
    for call in (late, current, other):
        writer.submit(call)
    await clock.settle()
    assert (late.told, current.told, other.told) == (["fenced"], ["committed"], ["committed"])
    assert await keys(store) == [b"a"]


async def test_a_call_that_the_database_refuses_fails_alone(
    writer: KvWriter, store: GatedKv, clock: ManualClock
) -> None:
    def refuse(writes: Sequence[KvWrite]) -> Exception | None:
        bad = any(entry.key == b"bad" for write in writes for entry in write.put)
        return StoreRejected("bad") if bad else None

    store.fail = refuse
    calls = [Call(ADA, b"a"), Call(ADA, b"bad"), Call(BOB, b"b")]
    for call in calls:
        writer.submit(call)
    await clock.settle()
    assert [call.told for call in calls] == [["committed"], ["kv.invalid_request"], ["committed"]]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (error("storage.unavailable"), "storage.unavailable"),
        (StoreInterrupted("gone"), "actor.outcome_unknown"),
        (ZeroDivisionError(), "actor.outcome_unknown"),
    ],
)
async def test_a_failure_is_told_once_and_the_writer_goes_on(
    writer: KvWriter, store: GatedKv, clock: ManualClock, failure: Exception, code: str
) -> None:
    store.fail = lambda writes: failure
    broken = [Call(ADA, b"a"), Call(BOB, b"b")]
    for call in broken:
        writer.submit(call)
    await clock.settle()
    store.fail = lambda writes: None
    later = Call(ADA, b"later")
    writer.submit(later)
    await clock.settle()
    assert ([call.told for call in broken], later.told) == ([[code]] * 2, ["committed"])


async def test_closing_answers_everybody(writer: KvWriter, store: GatedKv, clock: ManualClock) -> None:
    store.gate.clear()
    in_flight, waiting, late = Call(ADA, b"a"), Call(BOB, b"b"), Call(BOB, b"c")
    writer.submit(in_flight)
    await clock.settle()
    writer.submit(waiting)
    await writer.close()
    writer.submit(late)
    assert (in_flight.told, waiting.told) == (["actor.outcome_unknown"], ["storage.unavailable"])
    assert late.told == ["storage.unavailable"]


async def test_closing_answers_those_that_would_be_tried_one_by_one(
    writer: KvWriter, store: GatedKv, clock: ManualClock
) -> None:
    store.fail = lambda writes: (store.gate.clear(), StoreRejected("bad"))[1] if len(writes) > 1 else None
    calls = [Call(ADA, b"a"), Call(BOB, b"b")]
    for call in calls:
        writer.submit(call)
    await clock.settle()
    await writer.close()
    assert [call.told for call in calls] == [["actor.outcome_unknown"]] * 2


async def test_a_batch_is_bounded_in_calls_and_in_bytes(
    writer: KvWriter, store: GatedKv, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kv_writer, "MAX_CALLS", 3)
    monkeypatch.setattr(kv_writer, "MAX_BYTES", 10)
    calls = [Call(ADA, b"%d" % n) for n in range(5)] + [Call(BOB, b"a long long key"), Call(BOB, b"b")]
    for call in calls:
        writer.submit(call)
    await clock.settle()
    assert store.batches == [[ADA], [ADA, BOB], [BOB]]
    assert [call.told for call in calls] == [["committed"]] * 7


async def put_brief(store: GatedKv, count: int) -> None:
    await MemoryKv.write(store, [KvWrite(ADA, 1, put=[KvEntry(b"%d" % n, b"", 1 + n) for n in range(count)])])


async def test_expired_keys_of_anybody_are_swept_now_and_then_after_a_write(
    writer: KvWriter, store: GatedKv, clock: ManualClock
) -> None:
    await put_brief(store, 2)
    start = clock.now_ms()
    for _ in range(3):
        writer.submit(Call(BOB, b"b"))
        await clock.settle()
    assert store.sweeps == [(start - SWEEP_AFTER, 2)]
    await clock.advance(SWEEP_EVERY / 1000)
    assert len(store.sweeps) == 1, "nobody writes, nobody sweeps"
    writer.submit(Call(BOB, b"b"))
    await clock.settle()
    assert len(store.sweeps) == 2
    assert await keys(store) == []


async def test_a_full_sweep_is_followed_by_another(
    writer: KvWriter, store: GatedKv, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kv_writer, "SWEEP_ROWS", 2)
    await put_brief(store, 5)
    for _ in range(5):
        writer.submit(Call(BOB, b"b"))
        await clock.settle()
    assert [removed for _, removed in store.sweeps] == [2, 2, 1]


async def test_a_sweep_that_fails_harms_nobody(
    writer: KvWriter, store: GatedKv, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sweep(before: int, limit: int) -> int:
        raise StoreInterrupted("gone")

    monkeypatch.setattr(store, "sweep", sweep)
    calls = [Call(ADA, b"a"), Call(ADA, b"b")]
    for call in calls:
        writer.submit(call)
        await clock.settle()
    assert [call.told for call in calls] == [["committed"]] * 2


SOME_KEYS = st.sampled_from([b"a", b"a\0", b"b", b"c", b"d"])
SPANS = st.builds(KvRange, SOME_KEYS, SOME_KEYS) | st.builds(KvRange.of_key, SOME_KEYS)
ENTRIES = st.lists(
    st.builds(KvEntry, SOME_KEYS, st.binary(max_size=1)), max_size=3, unique_by=lambda e: e.key
)
WRITES = st.builds(KvWrite, st.sampled_from([ADA, BOB]), st.just(1), st.lists(SPANS, max_size=2), ENTRIES)


@given(before=st.lists(WRITES, max_size=2), writes=st.lists(WRITES, max_size=6))
def test_merged_writes_do_what_the_writes_do_one_after_the_other(
    before: list[KvWrite], writes: list[KvWrite]
) -> None:
    together = merged(writes)
    assert len({(write.actor_id, write.generation) for write in together}) == len(together)
    assert after([*before, *together]) == after([*before, *writes])


def after(writes: Sequence[KvWrite]) -> dict[tuple[str, bytes], bytes]:
    kept: dict[tuple[str, bytes], bytes] = {}
    for write in writes:
        for actor_id, key in list(kept):
            if actor_id == write.actor_id and any(key in span for span in write.removed):
                del kept[actor_id, key]
        kept.update({(write.actor_id, entry.key): entry.value for entry in write.put})
    return kept
