"""The outbox part of the Store in Postgres. Used by `PostgresStore`; its statements are in queries.sql."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from actors.storage.connect import Connection, Row, closed_on_failure, connect, take_input
from actors.storage.outbox import CHANNEL, LEASE, OutboxCall, OutboxMark, OutboxRow
from actors.storage.pool import Pool


class PostgresOutbox:
    """See `OutboxStore`."""

    def __init__(self, pool: Pool, dsn: str) -> None:
        self._pool = pool
        self._dsn = dsn
        self._line: _Line | None = None
        self._closed = False

    async def claim(self, now: int, limit: int) -> list[OutboxRow]:
        params = {"now": now, "until": now + LEASE, "limit": limit}
        return _rows(await self._pool.write("outbox_claim", params))

    async def follow(self, call: OutboxCall, now: int) -> OutboxRow | None:
        params = {"name": call.name, "key": call.key, "now": now, "until": now + LEASE}
        return next(iter(_rows(await self._pool.write("outbox_follow", params))), None)

    async def renew(self, row_ids: list[int], now: int) -> None:
        await self._pool.write("outbox_renew", {"ids": row_ids, "until": now + LEASE})

    async def mark(self, mark: OutboxMark) -> None:
        params = {
            "id": mark.row_id,
            "attempts": mark.attempts,
            "next_at": mark.next_at,
            "failed_at": mark.failed_at,
            "error": mark.error,
        }
        await self._pool.write("outbox_mark", params)

    async def hasten(self, name: str, key: str, now: int) -> None:
        await self._pool.write("outbox_hasten", {"name": name, "key": key, "now": now})

    async def holds(self, row_id: int) -> bool:
        return bool(await self._pool.read("outbox_holds", {"id": row_id}))

    async def listen(self, heard: Callable[[], None]) -> None:
        if self._line is not None and self._line.alive:
            return
        connection = await connect(self._dsn, "actors outbox")
        async with closed_on_failure(connection):
            await connection.execute(f"LISTEN {CHANNEL}".encode())
        if self._closed:  # meanwhile
            await connection.close()
        else:
            self._line = _Line(connection, heard)

    async def close(self) -> None:
        """Hear nothing more."""
        self._closed = True
        line, self._line = self._line, None
        if line is not None:
            await line.close()


class _Line:
    """One connection that listens, read as soon as something arrives."""

    def __init__(self, connection: Connection, heard: Callable[[], None]) -> None:
        self._connection = connection
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._fd = connection.fileno()
        self.alive = True
        self._loop.add_reader(self._fd, self._readable)

    def _readable(self) -> None:
        """Whatever comes is news of the outbox, or the end of the connection, which raises here."""
        pgconn = self._connection.pgconn
        try:
            take_input(self._connection)
        except psycopg.OperationalError:
            self._stop()
            pgconn.finish()
            return
        told = False
        while pgconn.notifies() is not None:
            told = True
        if told:
            self._heard()

    async def close(self) -> None:
        if self.alive:
            self._stop()
            await self._connection.close()

    def _stop(self) -> None:
        self.alive = False
        if not self._loop.is_closed():
            self._loop.remove_reader(self._fd)


def parameters(call: OutboxCall) -> dict[str, Any]:
    """Of `outbox_add`, which the gateway runs on Django's connection."""
    return {
        "name": call.name,
        "key": call.key,
        "kind": call.kind,
        "member": call.member,
        "body": call.body,
        "target": call.target,
        "created_at": call.created_at,
    }


def _rows(rows: Sequence[Row]) -> list[OutboxRow]:
    return [
        OutboxRow(row_id, attempts, OutboxCall(*call), paused) for row_id, attempts, paused, *call in rows
    ]
