"""The outbox: calls are claimed by one node each, in the order of their actor, and delivered by one block."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import psycopg
import pytest

from actors.storage.memory import MemoryDatabase
from actors.storage.outbox import LEASE, OutboxCall, OutboxMark
from actors.storage.outbox_postgres import parameters
from actors.storage.queries import QUERIES
from actors.storage.store import BlockWrite, ClaimRequest, NewActor, StateWrite, Store
from tests.contract.worlds import MemoryWorld, PostgresWorld, World

NOW = 1_000
CALL = OutboxCall("room", "lobby", "action", "post", b"body", b"target", NOW)


async def add(
    world: World, key: str = "lobby", created_at: int = NOW, kind: Literal["action", "queue"] = "action"
) -> int:
    """As Django's INSERT and commit. Returns the id."""
    call = replace(CALL, key=key, created_at=created_at, kind=kind)
    if isinstance(world, MemoryWorld):
        database: MemoryDatabase = world.database
        return database.outbox.add(call)
    assert isinstance(world, PostgresWorld)
    async with await psycopg.AsyncConnection.connect(world.url, autocommit=True) as connection:
        cursor = await connection.execute(QUERIES["outbox_add"].encode(), parameters(call))
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def claimed(store: Store, now: int = NOW, limit: int = 9) -> list[int]:
    return [row.row_id for row in await store.outbox.claim(now, limit)]


async def test_a_claimed_call_is_what_was_stored(world: World, store: Store) -> None:
    row_id = await add(world)
    (row,) = await store.outbox.claim(NOW, 9)
    assert (row.row_id, row.attempts, row.call) == (row_id, 0, CALL)


async def test_a_call_is_claimed_by_one_node_until_its_lease_is_over(world: World, store: Store) -> None:
    row_id = await add(world)
    assert await claimed(store) == [row_id]
    assert await claimed(await world.store()) == []
    assert await claimed(store, NOW + LEASE - 1) == []
    assert await claimed(store, NOW + LEASE) == [row_id]


async def test_a_renewed_lease_lasts_longer(world: World, store: Store) -> None:
    row_id = await add(world)
    await claimed(store)
    await store.outbox.renew([row_id], NOW + 500)
    assert await claimed(store, NOW + LEASE) == []
    assert await claimed(store, NOW + LEASE + 500) == [row_id]


async def test_only_the_first_call_of_each_actor_is_claimed(world: World, store: Store) -> None:
    first = await add(world)
    await add(world)
    other = await add(world, "den")
    assert sorted(await claimed(store)) == [first, other]
    assert await claimed(store) == [], "the second waits for the end of the first"


async def test_those_that_wait_longest_are_claimed_first(world: World, store: Store) -> None:
    late = await add(world, "late", NOW - 1)
    early = await add(world, "early", NOW - 2)
    assert await claimed(store, limit=1) == [early]
    assert await claimed(store, limit=1) == [late]


async def test_what_failed_comes_again_at_its_time_and_keeps_others_of_its_actor_waiting(
    world: World, store: Store
) -> None:
    row_id = await add(world)
    await add(world)
    await claimed(store)
    await store.outbox.mark(OutboxMark(row_id, 1, NOW + 700, "no"))
    assert await claimed(store, NOW + 699) == []
    (row,) = await store.outbox.claim(NOW + 700, 9)
    assert (row.row_id, row.attempts) == (row_id, 1)


async def test_what_was_given_up_stays_and_lets_the_next_one_pass(world: World, store: Store) -> None:
    first, second = await add(world), await add(world)
    (row,) = await store.outbox.claim(NOW, 9)
    await store.outbox.mark(OutboxMark(first, 3, NOW, "no", failed_at=NOW))
    following = await store.outbox.follow(row.call, NOW)
    assert following is not None
    assert following.row_id == second
    assert await store.outbox.follow(row.call, NOW) is None, "it is leased"
    assert await store.outbox.holds(first)
    assert await claimed(store, NOW + LEASE) == [second]


async def block(store: Store, row_id: int, *, generation: int = 1, revision: int = 1) -> bool:
    write = StateWrite("id-lobby", generation, revision, b"new")
    return await store.write_together(BlockWrite(write, outbox=row_id))


@pytest.fixture
async def held(alpha: Store) -> Store:
    await alpha.claim("alpha", [ClaimRequest(new=NewActor("id-lobby", "room", "lobby"))])
    return alpha


async def test_a_block_delivers_a_call_once(world: World, held: Store) -> None:
    row_id = await add(world)
    assert await block(held, row_id)
    assert not await held.outbox.holds(row_id)
    assert not await block(held, row_id, revision=2)
    assert await held.revisions(["id-lobby"]) == {"id-lobby": (1, 1)}, "nothing of the second was written"


async def test_a_fenced_generation_delivers_nothing(world: World, held: Store) -> None:
    row_id = await add(world)
    assert not await block(held, row_id, generation=2)
    assert await held.outbox.holds(row_id)


async def test_a_mark_of_what_was_delivered_meanwhile_changes_nothing(world: World, held: Store) -> None:
    row_id = await add(world)
    await block(held, row_id)
    await held.outbox.mark(OutboxMark(row_id, 1, NOW, "late", failed_at=NOW))
    await held.outbox.renew([row_id], NOW)
    assert not await held.outbox.holds(row_id)
