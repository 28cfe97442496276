"""The Postgres store when things go wrong: broken connections, a database that is away, refused rows."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
import uvloop

from actors.clock import LoopClock
from actors.errors import ActorError
from actors.storage.committer import Committer
from actors.storage.failures import meaning
from actors.storage.pool import ACQUIRE_TIMEOUT, MAX_CONNECTIONS
from actors.storage.postgres import PostgresStore
from actors.storage.store import (
    Claimed,
    ClaimRequest,
    NewActor,
    NodeRecord,
    Release,
    StateWrite,
    StoreInterrupted,
    StoreRejected,
)
from tests.cancellation import Cut, at_every_await
from tests.storage.proxy import Proxy
from tests.storage.support import Noting

ALPHA = NodeRecord("alpha", "http://10.0.0.1:8000")
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
serial = itertools.count()


@pytest.fixture
async def watcher(postgres_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection that is open already, and so sees what happens within milliseconds."""
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
        yield connection


async def claimed(store: PostgresStore, count: int = 1) -> list[str]:
    """The ids of new actors of node alpha, generation 1, which sort as in the list."""
    run = f"{next(serial):03}"
    ids = [f"pg-{run}-{n:03}" for n in range(count)]
    results = await store.claim("alpha", [ClaimRequest(new=NewActor(i, "counter", i)) for i in ids])
    assert all(isinstance(result, Claimed) for result in results)
    return ids


async def test_a_commit_cut_before_its_answer_is_interrupted_and_can_be_read_back(
    store: PostgresStore, proxy: Proxy
) -> None:
    (actor_id,) = await claimed(store)
    proxy.cut_on_answer("UPDATE 1")
    with pytest.raises(StoreInterrupted):
        await store.commit([StateWrite(actor_id, 1, 1, b"applied")])
    assert await store.revisions([actor_id]) == {actor_id: (1, 1)}


async def test_the_committer_answers_a_cut_commit_by_what_is_stored(
    store: PostgresStore, proxy: Proxy
) -> None:
    (actor_id,) = await claimed(store)
    committer = Committer(store, LoopClock())
    actor = Noting(actor_id)
    proxy.cut_on_answer("UPDATE 1")
    committer.touch(actor)
    await committer.idle()
    assert actor.told == ["committed"]


async def test_a_claim_cut_before_its_answer_may_be_repeated(store: PostgresStore, proxy: Proxy) -> None:
    await claimed(store)
    new = NewActor(f"pg-cut-{next(serial)}", "counter", f"cut-{next(serial)}")
    proxy.cut_on_answer("SELECT 1")
    with pytest.raises(StoreInterrupted):
        await store.claim("alpha", [ClaimRequest(new=new)])
    (again,) = await store.claim("alpha", [ClaimRequest(new=new)])
    assert isinstance(again, Claimed)
    assert (again.created, again.record.generation) == (True, 2)


async def test_a_create_cut_before_its_answer_is_asked_again(store: PostgresStore, proxy: Proxy) -> None:
    await claimed(store)
    new = NewActor(f"pg-cut-{next(serial)}", "counter", f"cut-{next(serial)}")
    proxy.cut_on_answer("SELECT 1")
    assert (await store.create(new)).actor_id == new.actor_id


async def test_connections_that_broke_while_idle_are_not_used(store: PostgresStore, proxy: Proxy) -> None:
    (actor_id,) = await claimed(store)
    for revision in range(1, 6):
        await proxy.cut()
        assert await store.commit([StateWrite(actor_id, 1, revision, b"kept")]) == {actor_id}


async def test_a_database_that_is_away_is_an_error_soon_and_needs_no_restart(
    store: PostgresStore, proxy: Proxy
) -> None:
    (actor_id,) = await claimed(store)
    await proxy.refuse()
    loop = asyncio.get_running_loop()
    asked = loop.time()
    calls = [
        store.commit([StateWrite(actor_id, 1, 1, b"")]),
        store.find("counter", "x"),
        store.heartbeat("x"),
    ]
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert [getattr(failure, "name", failure) for failure in failures] == ["storage.unavailable"] * 3
    assert loop.time() - asked < ACQUIRE_TIMEOUT + 2
    await proxy.listen()
    assert await store.commit([StateWrite(actor_id, 1, 1, b"")]) == {actor_id}


async def test_opening_without_a_database_is_an_error_and_may_be_tried_again(proxy: Proxy) -> None:
    await proxy.refuse()
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await PostgresStore(proxy.url).open()
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await PostgresStore(proxy.url).join(ALPHA, lambda: None)
    await proxy.listen()
    store = PostgresStore(proxy.url)
    await store.open()
    assert await store.find("counter", "nobody") is None
    await store.close()


async def test_a_closed_store_is_unavailable(store: PostgresStore) -> None:
    await store.close()
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await store.find("counter", "x")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await store.commit([StateWrite("x", 1, 1, b"")])


async def test_closing_lets_a_commit_in_flight_finish_and_keeps_no_connection(
    postgres_url: str, watcher: psycopg.AsyncConnection
) -> None:
    store = PostgresStore(postgres_url)
    await store.open()
    (actor_id,) = await claimed(store)
    async with await psycopg.AsyncConnection.connect(postgres_url) as rival:
        await rival.execute("SELECT 1 FROM actors_state WHERE actor_id = %s FOR UPDATE", [actor_id])
        committing = asyncio.ensure_future(store.commit([StateWrite(actor_id, 1, 1, b"a")]))
        await blocked(watcher)
        await store.close()
        await rival.rollback()
        assert await committing == {actor_id}
    assert store._channels._idle[-1]._connection is None


async def test_a_cut_session_is_noticed_at_once(store: PostgresStore, proxy: Proxy) -> None:
    told = asyncio.Event()
    await store.join(ALPHA, told.set)
    await proxy.cut()
    await asyncio.wait_for(told.wait(), 30)


async def test_a_poisoned_row_fails_alone(store: PostgresStore) -> None:
    ids = await claimed(store, 9)
    many = [Noting(actor_id) for actor_id in ids]
    many[5].revision = 2**63 - 1  # the next one does not fit
    committer = Committer(store, LoopClock())
    for actor in many:
        committer.touch(actor)
    await committer.idle()
    told = [actor.told for actor in many]
    assert told.pop(5) == ["actor.state_not_serializable"]
    assert told == [["committed"]] * 8


@pytest.mark.parametrize(
    "write",
    [
        StateWrite("a", 1, 2**63, b""),
        StateWrite("a", 2**200, 1, b""),
        StateWrite("a\0", 1, 1, b""),
        StateWrite("\ud800", 1, 1, b""),
    ],
)
async def test_what_cannot_be_stored_is_rejected(store: PostgresStore, write: StateWrite) -> None:
    with pytest.raises(StoreRejected):
        await store.commit([write])


async def test_a_commit_given_up_in_flight_leaves_nothing_behind(
    store: PostgresStore, postgres_url: str, watcher: psycopg.AsyncConnection
) -> None:
    first, second = await claimed(store, 2)
    async with await psycopg.AsyncConnection.connect(postgres_url) as rival:
        await rival.execute("SELECT 1 FROM actors_state WHERE actor_id = %s FOR UPDATE", [first])
        committing = asyncio.ensure_future(store.commit([StateWrite(first, 1, 1, b"a")]))
        await blocked(watcher)
        committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
        assert await store.commit([StateWrite(second, 1, 1, b"b")]) == {second}
        assert await store.commit([StateWrite("unknown", 1, 1, b"")]) == frozenset()


async def test_more_commits_than_channels_take_turns(store: PostgresStore) -> None:
    ids = await claimed(store, 20)
    commits = (store.commit([StateWrite(actor_id, 1, 1, actor_id.encode())]) for actor_id in ids)
    assert await asyncio.gather(*commits) == [{actor_id} for actor_id in ids]


async def test_a_batch_larger_than_any_socket_buffer(store: PostgresStore) -> None:
    ids = await claimed(store, 60)
    writes = [StateWrite(actor_id, 1, 1, bytes([n]) * 200_000) for n, actor_id in enumerate(ids)]
    assert await store.commit(writes) == set(ids)


# Counts its tries in a sequence, which no rollback takes back.
LOSE_CONFLICTS = """
CREATE SEQUENCE tries;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tries') <= 2 THEN RAISE 'lost' USING ERRCODE = 'deadlock_detected'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lose BEFORE UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION lose();
"""


@pytest.mark.parametrize("table", ["actors_state", "actors_actor"])
async def test_the_loser_of_a_deadlock_is_sent_again(fresh_postgres_url: str, table: str) -> None:
    store = PostgresStore(fresh_postgres_url)
    await store.open()
    (actor_id,) = await claimed(store)
    async with await psycopg.AsyncConnection.connect(fresh_postgres_url, autocommit=True) as connection:
        await connection.execute(LOSE_CONFLICTS.format(table=table).encode())
        assert await store.commit([StateWrite(actor_id, 1, 1, b"a")]) == {actor_id}
        assert await store.release([Release(actor_id, 1, 5)]) == {actor_id}
        cursor = await connection.execute("SELECT last_value FROM tries")
        assert await cursor.fetchone() == (3,)
        await connection.execute("ALTER SEQUENCE tries MINVALUE -100 RESTART WITH -100")
        with pytest.raises(ActorError, match=r"storage\.unavailable"):
            await store.commit([StateWrite(actor_id, 1, 2, b"b")])
            await store.destroy(actor_id, None, 5)
    await store.close()


def send_more(session: str) -> None:
    """Bytes that the backend of this session does not come to read."""
    # By type: isinstance would ask a lazy object that another test has left, and that would load.
    connections = [one for one in gc.get_objects() if issubclass(type(one), psycopg.AsyncConnection)]
    for connection in connections:
        if not connection.closed and connection.info.get_parameters().get("application_name") == session:
            os.write(connection.fileno(), bytes(8))


async def blocked(watcher: psycopg.AsyncConnection) -> None:
    """Return when a commit waits for a row lock."""
    words = (
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'actors commit'"
    )
    for _ in range(2_000):
        if await (await watcher.execute(words)).fetchone():
            return
    pytest.fail("the commit did not wait")


async def test_cancelled_callers_leave_the_pool_whole(store: PostgresStore) -> None:
    for turn in range(60):
        calls = [asyncio.ensure_future(store.find("counter", str(n))) for n in range(8)]
        for _ in range(turn % 7):
            await asyncio.sleep(0)
        for call in calls[turn % 3 :: 2]:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)
    assert await asyncio.gather(*(store.find("counter", str(n)) for n in range(20))) == [None] * 20


def test_it_works_on_uvloop(postgres_url: str) -> None:
    async def scenario() -> None:
        store = PostgresStore(postgres_url)
        await store.open()
        lost = asyncio.Event()
        await store.join(NodeRecord("uv", "http://x"), lost.set)
        (actor_id,) = await claimed(store)
        assert await store.commit([StateWrite(actor_id, 1, 1, b"uv")]) == {actor_id}
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
            await connection.execute(END, ["actors node"])
        await asyncio.wait_for(lost.wait(), 30)
        await store.leave("uv")
        await store.close()

    uvloop.run(scenario())


@pytest.mark.parametrize("session", ["actors commit", "actors node"])
def test_a_backend_that_dies_with_something_unread_is_noticed_on_uvloop(
    postgres_url: str, session: str
) -> None:
    """Its socket is in error then: uvloop announces the last words and not what follows them."""

    async def scenario() -> None:
        store = PostgresStore(postgres_url)
        await store.open()
        lost = asyncio.Event()
        await store.join(NodeRecord("unread", "http://x"), lost.set)
        (actor_id,) = await claimed(store)
        await store.commit([StateWrite(actor_id, 1, 1, b"first")])
        holder = await psycopg.AsyncConnection.connect(postgres_url)
        watcher = await psycopg.AsyncConnection.connect(postgres_url, autocommit=True)
        async with holder, watcher:
            await holder.execute("SELECT FROM actors_state WHERE actor_id = %s FOR UPDATE", [actor_id])
            commit = asyncio.create_task(store.commit([StateWrite(actor_id, 1, 2, b"second")]))
            await blocked(watcher)
            send_more(session)
            await watcher.execute(END, [session])
            if session == "actors commit":
                with pytest.raises(StoreInterrupted):
                    await asyncio.wait_for(commit, 30)
            else:
                await asyncio.wait_for(lost.wait(), 30)
                await holder.rollback()
                await commit
        await store.leave("unread")
        await store.close()

    uvloop.run(scenario())


@pytest.mark.parametrize(
    ("sqlstate", "broken", "meant"),
    [
        ("40P01", False, "Conflict"),
        ("40001", False, "Conflict"),
        ("22003", False, "StoreRejected"),
        ("23505", False, "StoreRejected"),
        ("54000", False, "StoreRejected"),
        ("57P01", False, "StoreInterrupted"),
        ("08006", False, "StoreInterrupted"),
        ("57014", False, "ActorError"),
        ("53100", False, "ActorError"),
        ("42P01", False, "ActorError"),
        ("42P01", True, "StoreInterrupted"),
    ],
)
def test_what_a_database_error_means(sqlstate: str, broken: bool, meant: str) -> None:
    failure = psycopg.errors.lookup(sqlstate)("told by the server\nwith details")
    assert type(meaning(failure, "commit", broken=broken)).__name__ == meant


@pytest.mark.parametrize("call", ["commit", "join"])
async def test_a_connection_that_is_being_made_is_closed_wherever_it_is_cut(
    postgres_url: str, call: str
) -> None:
    async def scene(cut: Cut) -> None:
        store = PostgresStore(postgres_url)
        await store.open()
        work = store.commit([]) if call == "commit" else store.join(ALPHA, lambda: None)
        await cut.run(work)
        await store.close()

    assert await at_every_await(scene) > 2
    gc.collect()  # a connection that was left open complains when it is freed, and so fails the test


async def test_the_row_of_a_node_has_what_it_said_last(
    store: PostgresStore, watcher: psycopg.AsyncConnection
) -> None:
    async def said() -> Any:
        cursor = await watcher.execute("SELECT vitals FROM actors_node WHERE id = 'says'")
        return await cursor.fetchone()

    await store.join(NodeRecord("says", "http://10.0.0.1:8000"), lambda: None, '{"pid": 1}')
    assert await said() == ({"pid": 1},)
    assert await store.heartbeat("says", '{"pid": 2}')
    assert await said() == ({"pid": 2},)
    assert await store.heartbeat("says")
    assert await said() == ({"pid": 2},)
    assert store.usage().size == MAX_CONNECTIONS
    assert store.usage().in_use == 0


async def test_a_refused_heartbeat_says_what_the_database_sees(
    store: PostgresStore, watcher: psycopg.AsyncConnection, caplog: pytest.LogCaptureFixture
) -> None:
    node = NodeRecord("refused", "http://10.0.0.1:8000")
    await store.join(node, lambda: None)
    await watcher.execute(
        "UPDATE actors_node SET heartbeat_at = now() - interval '1 hour' WHERE id = 'refused'"
    )
    assert not await store.heartbeat(node.node_id)
    await watcher.execute("DELETE FROM actors_node WHERE id = 'refused'")
    assert not await store.heartbeat(node.node_id)
    late, forgotten = (record.__dict__ for record in caplog.records if record.message == "heartbeat refused")
    assert (late["row"], late["lock_free"], round(late["heartbeat_age_s"])) == (True, False, 3600)
    assert (forgotten["row"], forgotten["lock_free"]) == (False, None)
