"""Atomic blocks in Postgres when it matters who comes first, and when the connection breaks."""

from __future__ import annotations

import asyncio
import itertools

import psycopg
import pytest

from actors.errors import ActorError
from actors.storage.kv import KvEntry, KvWrite
from actors.storage.postgres import PostgresStore
from actors.storage.store import BlockWrite, ClaimRequest, NewActor, StateWrite, StoreInterrupted
from tests.storage.proxy import Proxy

serial = itertools.count()
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%actors_state%'"
)


@pytest.fixture
async def actor_id(store: PostgresStore) -> str:
    """An actor under generation 1."""
    made = f"block-{next(serial)}"
    await store.claim("alpha", [ClaimRequest(new=NewActor(made, "room", made))])
    return made


def block(actor_id: str) -> BlockWrite:
    state = StateWrite(actor_id, 1, 1, b"new")
    return BlockWrite(state, KvWrite(actor_id, 1, put=[KvEntry(b"a", b"1")]))


async def written(store: PostgresStore, actor_id: str) -> tuple[int, int]:
    """The revision, and how many keys there are."""
    revisions = await store.revisions([actor_id])
    return revisions[actor_id][1], len(await store.kv.get(actor_id, [b"a"], 0))


async def test_a_block_cut_at_its_commit_may_have_been_applied_and_its_revision_tells(
    store: PostgresStore, proxy: Proxy, actor_id: str
) -> None:
    proxy.cut_on_answer("COMMIT")
    with pytest.raises(StoreInterrupted):
        await store.write_together(block(actor_id))
    assert await written(store, actor_id) == (1, 1)


async def test_a_block_cut_before_its_commit_was_not_applied(
    store: PostgresStore, proxy: Proxy, actor_id: str
) -> None:
    proxy.cut_on_answer("UPDATE 1")
    with pytest.raises(ActorError) as caught:
        await store.write_together(block(actor_id))
    assert caught.value.name == "storage.unavailable"
    assert await written(store, actor_id) == (0, 0)


async def test_a_block_waits_for_a_claim_that_is_under_way_and_is_fenced_by_it(
    store: PostgresStore, actor_id: str, postgres_url: str
) -> None:
    async with (
        await psycopg.AsyncConnection.connect(postgres_url) as other,
        await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as watcher,
    ):
        raise_it = "UPDATE actors_state SET generation = generation + 1 WHERE actor_id = %s"
        await other.execute(raise_it, [actor_id])
        writing = asyncio.ensure_future(store.write_together(block(actor_id)))
        while not writing.done():
            ((waiting,),) = await (await watcher.execute(WAITING)).fetchall()
            if waiting:
                break
        await other.commit()
        assert await writing is False
    assert await written(store, actor_id) == (0, 0)
