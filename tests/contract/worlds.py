"""Where a Store lives: the server behind it, with what a test must be able to do to that server."""

from __future__ import annotations

from typing import Protocol

import psycopg

from actors.clock import ManualClock
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.postgres import PostgresStore
from actors.storage.store import Store

LEASE = 15.0


class World(Protocol):
    async def store(self) -> Store:
        """Another process: an open store."""

    async def drop_session(self, node_id: str) -> None:
        """The server ends the node's session."""

    async def mourn(self, node_id: str) -> None:
        """Return when the server knows that the node's process has ended."""

    async def age(self, node_id: str, seconds: float) -> None:
        """The node's last heartbeat was that much earlier."""

    async def close(self) -> None:
        """Close every store that was opened."""


class MemoryWorld:
    def __init__(self) -> None:
        self.database = MemoryDatabase(ManualClock(), LEASE)

    async def store(self) -> Store:
        return MemoryStore(self.database)

    async def drop_session(self, node_id: str) -> None:
        self.database.drop_session(node_id)

    async def mourn(self, node_id: str) -> None:
        return None

    async def age(self, node_id: str, seconds: float) -> None:
        self.database.sessions[node_id].heartbeat_at -= seconds

    async def close(self) -> None:
        return None


class PostgresWorld:
    def __init__(self, url: str) -> None:
        self.url = url
        self._stores: list[PostgresStore] = []

    async def open(self) -> None:
        await self.execute(
            "TRUNCATE actors_actor, actors_state, actors_conn, actors_kv, actors_queue, actors_message,"
            " actors_alarm, actors_scheduler, actors_schedule, actors_run, actors_outbox, actors_node"
        )

    async def store(self) -> Store:
        store = PostgresStore(self.url, LEASE)
        await store.open()
        self._stores.append(store)
        return store

    async def drop_session(self, node_id: str) -> None:
        await self.execute(
            "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN actors_node n"
            " ON (l.classid::bigint << 32 | l.objid::bigint) = n.lock_key"
            " WHERE l.locktype = 'advisory' AND n.id = %s",
            node_id,
        )

    async def mourn(self, node_id: str) -> None:
        await self.execute(
            "SELECT pg_advisory_xact_lock_shared(lock_key) FROM actors_node WHERE id = %s", node_id
        )

    async def age(self, node_id: str, seconds: float) -> None:
        words = "UPDATE actors_node SET heartbeat_at = heartbeat_at - make_interval(secs => %s) WHERE id = %s"
        await self.execute(words, seconds, node_id)

    async def close(self) -> None:
        for store in self._stores:
            await store.close()

    async def execute(self, words: str, *params: object) -> list[tuple[object, ...]]:
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            cursor = await connection.execute(words, params)  # type: ignore[arg-type]
            return await cursor.fetchall() if cursor.description else []
