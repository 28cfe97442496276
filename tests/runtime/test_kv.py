"""The keys of one generation: what is read from memory, and what a failing write does to the actor."""

from __future__ import annotations

import asyncio
import logging

import pytest

from actors.errors import ActorError
from actors.runtime.kv import ActorKv
from actors.runtime.lifecycle import State
from actors.runtime.task import ActorTask
from actors.storage.kv import END, KvRange, KvWrite
from actors.storage.store import ClaimRequest
from tests.runtime.support import World, define

ALL = KvRange(b"", END)


@pytest.fixture
async def actor(world: World) -> ActorTask:
    return await world.actor(define())


@pytest.fixture
def kv(actor: ActorTask) -> ActorKv:
    return actor.context.kv


async def put(kv: ActorKv, key: bytes, value: bytes) -> None:
    await kv.put([(key, value)], None)


async def code(call: object) -> str:
    with pytest.raises(ActorError) as caught:
        await call  # type: ignore[misc]
    return caught.value.name


def no_reads(world: World) -> None:
    """From now on a read of the store would fail."""
    world.faults.fail_next("kv_get", times=99)


async def test_what_was_written_or_read_is_read_from_memory(world: World, kv: ActorKv) -> None:
    await put(kv, b"written", b"1")
    assert await kv.get([b"absent"]) == [None]
    no_reads(world)
    assert await kv.get([b"absent", b"written"]) == [None, b"1"]
    await kv.delete_range(ALL)
    assert await kv.get([b"written"]) == [None]
    assert await code(kv.get([b"unknown"])) == "storage.unavailable"


async def test_nobody_reads_what_is_not_durable_yet(world: World, kv: ActorKv) -> None:
    await put(kv, b"a", b"old")
    hold = world.faults.hold("kv_write")
    writing = asyncio.ensure_future(put(kv, b"a", b"new"))
    await world.clock.settle()
    assert await kv.get([b"a"]) == [b"old"]
    hold.release()
    await writing
    assert await kv.get([b"a"]) == [b"new"]


async def test_compare_and_set_waits_for_the_write_before_it(world: World, kv: ActorKv) -> None:
    hold = world.faults.hold("kv_write")
    first = asyncio.ensure_future(put(kv, b"a", b"1"))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(kv.compare_and_set(b"a", b"1", b"2", None))
    await world.clock.settle()
    hold.release()
    await first
    assert await second
    assert await kv.get([b"a"]) == [b"2"]


async def test_many_readers_of_a_cold_key_do_not_disturb_each_other(world: World, kv: ActorKv) -> None:
    won = await asyncio.gather(*(kv.compare_and_set(b"a", None, b"%d" % n, None) for n in range(9)))
    assert won.count(True) == 1


async def test_a_caller_that_is_cancelled_leaves_memory_right(world: World, kv: ActorKv) -> None:
    await put(kv, b"a", b"old")
    hold = world.faults.hold("kv_write")
    writing = asyncio.ensure_future(put(kv, b"a", b"new"))
    await world.clock.settle()
    writing.cancel()
    hold.release()
    await kv.at_rest()
    assert await kv.get([b"a"]) == [b"new"]


async def test_a_fenced_write_stops_the_actor_and_changes_nothing(world: World, actor: ActorTask) -> None:
    kv = actor.context.kv
    await put(kv, b"a", b"1")
    assert actor.generation == 1
    actor.context.state = 7
    await take_over(world, actor)
    assert await code(put(kv, b"a", b"2")) == "actor.fenced"
    assert actor.state is State.TERMINATED
    assert (await code(kv.get([b"a"])), world.stored(actor)) == ("actor.stopping", 0)
    assert [e.value for e in await world.store.real.kv.get(actor.actor_id, [b"a"], 0)] == [b"1"]


async def take_over(world: World, actor: ActorTask) -> None:
    """Another generation owns the actor, and this one has not heard of it."""
    await world.store.real.claim("node1", [ClaimRequest(actor_id=actor.actor_id)])


async def test_an_unreachable_store_is_told_and_the_actor_lives_on(world: World, actor: ActorTask) -> None:
    kv = actor.context.kv
    world.faults.fail_next("kv_write")
    assert await code(put(kv, b"a", b"1")) == "storage.unavailable"
    assert (actor.state, await kv.get([b"a"])) == (State.STARTED, [None])
    await put(kv, b"a", b"2")


@pytest.mark.parametrize("applied", [True, False])
async def test_a_write_of_unknown_outcome_ends_the_generation(
    world: World, actor: ActorTask, applied: bool
) -> None:
    """Only so can what is still on its way never land behind a later write."""
    world.faults.fail_next("kv_write", "interrupted", applied=applied)
    assert await code(put(actor.context.kv, b"a", b"1")) == "actor.outcome_unknown"
    assert actor.state is State.TERMINATED
    await world.clock.settle()
    again = await world.actor(define())
    assert again.generation == 2
    assert await again.context.kv.get([b"a"]) == [b"1" if applied else None]


async def test_a_call_that_the_database_refuses_is_the_callers(world: World, actor: ActorTask) -> None:
    world.faults.fail_next("kv_write", "rejected")
    assert await code(put(actor.context.kv, b"a", b"1")) == "kv.invalid_request"
    assert actor.state is State.STARTED


async def test_a_write_under_way_is_gone_with_its_destroyed_actor(world: World, actor: ActorTask) -> None:
    hold = world.faults.hold("kv_write")
    writing = asyncio.ensure_future(put(actor.context.kv, b"a", b"1"))
    await world.clock.settle()
    actor.request_destroy()
    await world.clock.settle()
    assert actor.state is not State.TERMINATED
    hold.release()
    await writing
    await actor.stopped()
    assert await world.store.real.kv.list(actor.actor_id, ALL, 0, limit=9) == []


async def test_the_end_of_the_node_answers_what_is_in_flight(world: World, actor: ActorTask) -> None:
    hold = world.faults.hold("kv_write")
    writing = asyncio.ensure_future(put(actor.context.kv, b"a", b"1"))
    await world.clock.settle()
    await world.nodes[0].stop(1)
    assert await code(writing) == "actor.outcome_unknown"
    hold.release()


async def test_actors_of_a_node_share_a_transaction(world: World) -> None:
    actors = [await world.actor(define(), key=key) for key in "abcd"]
    batches: list[int] = []
    real = world.store.kv.write

    async def write(writes: list[KvWrite]) -> object:
        batches.append(len(writes))
        return await real(writes)

    world.store.kv.write = write  # type: ignore[method-assign, assignment]
    await asyncio.gather(*(put(actor.context.kv, b"a", b"1") for actor in actors))
    assert batches == [4]


async def test_each_call_is_in_the_log_without_a_key(
    world: World, actor: ActorTask, caplog: pytest.LogCaptureFixture
) -> None:
    kv = actor.context.kv
    with caplog.at_level(logging.DEBUG, "actors.runtime.kv"):
        await kv.put([(b"secret", b"secret"), (b"b", b"")], None)
        await kv.get([b"secret", b"nothing"])
        world.faults.fail_next("kv_list")
        await code(kv.list(ALL, reverse=False, limit=3))
    lines = [vars(record) for record in caplog.records if record.name == "actors.runtime.kv"]
    fields = ("operation", "key_count", "result_count", "elapsed_us", "outcome")
    assert [tuple(line[name] for name in fields) for line in lines] == [
        ("put", 2, 0, 0, "ok"),
        ("get", 2, 1, 0, "ok"),
        ("list", 0, 0, 0, "storage.unavailable"),
    ]
    assert {line["actor_id"] for line in lines} == {actor.actor_id}
    assert not any("secret" in str(line) for line in lines)
