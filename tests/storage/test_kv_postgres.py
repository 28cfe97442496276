"""The keys in Postgres when it matters who comes first, and when the connection breaks."""

from __future__ import annotations

import asyncio
import itertools

import psycopg
import pytest

from actors.storage.kv import KvEntry, KvWrite
from actors.storage.postgres import PostgresStore
from actors.storage.store import ClaimRequest, NewActor, StoreInterrupted
from tests.storage.proxy import Proxy

serial = itertools.count()
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%actors_kv%'"


@pytest.fixture
async def actor_id(store: PostgresStore) -> str:
    """An actor under generation 1."""
    made = f"kv-{next(serial)}"
    await store.claim("alpha", [ClaimRequest(new=NewActor(made, "room", made))])
    return made


def put(actor_id: str) -> KvWrite:
    return KvWrite(actor_id, 1, put=[KvEntry(b"a", b"1")])


async def test_a_write_waits_for_a_claim_that_is_under_way_and_is_fenced_by_it(
    store: PostgresStore, actor_id: str, postgres_url: str
) -> None:
    async with (
        await psycopg.AsyncConnection.connect(postgres_url) as other,
        await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as watcher,
    ):
        raise_it = "UPDATE actors_state SET generation = generation + 1 WHERE actor_id = %s"
        await other.execute(raise_it, [actor_id])
        writing = asyncio.ensure_future(store.kv.write([put(actor_id)]))
        while not writing.done():
            ((waiting,),) = await (await watcher.execute(WAITING)).fetchall()
            if waiting:
                break
        await other.commit()
        assert await writing == [False]
    assert await store.kv.get(actor_id, [b"a"], 0) == []


async def test_a_write_cut_before_its_answer_is_interrupted(
    store: PostgresStore, actor_id: str, proxy: Proxy
) -> None:
    proxy.cut_on_answer("SELECT 1")
    with pytest.raises(StoreInterrupted):
        await store.kv.write([put(actor_id)])
    assert len(await store.kv.get(actor_id, [b"a"], 0)) == 1, "and here it was applied"
