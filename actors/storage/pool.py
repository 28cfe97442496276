"""Runs the named statements on a few pooled connections.

Used by the Postgres store only. Each statement is a transaction: once it has been answered it is durable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import psycopg
import psycopg_pool
from psycopg.types.numeric import Int8BinaryDumper

from actors.errors import error
from actors.storage.connect import Connection, Row, arguments, has_input
from actors.storage.failures import TRIES, Conflict, meaning
from actors.storage.queries import QUERIES
from actors.storage.store import StoreInterrupted, StoreRejected, Usage

MIN_CONNECTIONS: Final = 1
MAX_CONNECTIONS: Final = 3
# How long a caller waits for a connection, and the pool for the database before it pauses until asked again.
ACQUIRE_TIMEOUT: Final = 3.0
RECONNECT_TIMEOUT: Final = 2.0

Step: TypeAlias = tuple[str, Mapping[str, Any]]
"""A named statement and its parameters."""


class Pool:
    """Opened and used on one event loop. `dsn` is a libpq URL or connection string."""

    def __init__(self, dsn: str) -> None:
        self._pool: psycopg_pool.AsyncConnectionPool[Connection] = psycopg_pool.AsyncConnectionPool(
            dsn,
            min_size=MIN_CONNECTIONS,
            max_size=MAX_CONNECTIONS,
            timeout=ACQUIRE_TIMEOUT,
            reconnect_timeout=RECONNECT_TIMEOUT,
            configure=_configure,
            open=False,
            name="actors",
            kwargs=arguments(dsn, "actors"),
        )

    async def open(self) -> None:
        """Connect. Raises storage.unavailable, and is closed then."""
        try:
            await self._pool.open(wait=True, timeout=ACQUIRE_TIMEOUT)
        except psycopg_pool.PoolTimeout as failure:
            raise error("storage.unavailable") from failure

    async def close(self) -> None:
        await self._pool.close()

    def usage(self) -> Usage:
        counted = self._pool.get_stats()
        in_use = counted["pool_size"] - counted["pool_available"]
        return Usage(in_use, counted["pool_max"], counted["requests_waiting"])

    async def read(self, name: str, params: Mapping[str, Any]) -> list[Row]:
        """The rows of the named statement. Raises storage.unavailable, StoreRejected."""
        try:
            return await self.write(name, params)
        except StoreInterrupted as failure:
            raise error("storage.unavailable") from failure

    async def write(self, name: str, params: Mapping[str, Any]) -> list[Row]:
        """`read` for a statement that changes something. Raises StoreInterrupted too."""
        for _ in range(TRIES):
            with suppress(Conflict):
                return await self._once(name, params)
        raise error("storage.unavailable")

    async def together(self, steps: Sequence[Step]) -> bool:
        """One transaction of several statements, each of which answers with a row, or all is undone: False.

        Raises as `write`.
        """
        for _ in range(TRIES):
            with suppress(Conflict):
                return await self._transaction(steps)
        raise error("storage.unavailable")

    async def snapshot(self, steps: Sequence[Step]) -> list[list[Row]]:
        """The rows of several statements that read, all as of one moment. Raises as `read`."""
        connection = await self._acquire()
        try:
            async with connection.transaction():
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return [await _run(connection, name, params) for name, params in steps]
        except psycopg.Error as failure:
            meant = meaning(failure, "snapshot", broken=connection.closed)
            if isinstance(meant, StoreInterrupted | Conflict):
                raise error("storage.unavailable") from failure
            raise meant from failure
        finally:
            await self._pool.putconn(connection)

    async def _transaction(self, steps: Sequence[Step]) -> bool:
        connection = await self._acquire()
        applied = False
        try:
            async with connection.transaction():
                for name, params in steps:
                    if not await _run(connection, name, params):
                        raise psycopg.Rollback
                applied = True
        except psycopg.Error as failure:
            meant = meaning(failure, "block", broken=connection.closed)
            if isinstance(meant, StoreInterrupted) and not applied:
                raise error("storage.unavailable") from failure  # no COMMIT was sent
            raise meant from failure
        except (UnicodeEncodeError, OverflowError) as failure:
            raise StoreRejected(str(failure)) from failure
        finally:
            await self._pool.putconn(connection)
        return applied

    async def _once(self, name: str, params: Mapping[str, Any]) -> list[Row]:
        connection = await self._acquire()
        try:
            return await _run(connection, name, params)
        except psycopg.Error as failure:
            raise meaning(failure, name, broken=connection.closed) from failure
        except (UnicodeEncodeError, OverflowError) as failure:
            raise StoreRejected(str(failure)) from failure
        finally:
            await self._pool.putconn(connection)

    async def _acquire(self) -> Connection:
        """A connection that the server has not closed meanwhile: what is sent on it will arrive."""
        try:
            for _ in range(MAX_CONNECTIONS + 1):
                connection = await self._pool.getconn()
                if not _is_stale(connection):
                    return connection
                await connection.close()
                await self._pool.putconn(connection)
        except (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as failure:
            raise error("storage.unavailable") from failure
        raise error("storage.unavailable")


async def _configure(connection: Connection) -> None:
    connection.prepare_threshold = 0
    # One type for all integers: the size of a number must not make another prepared statement.
    connection.adapters.register_dumper(int, Int8BinaryDumper)


async def _run(connection: Connection, name: str, params: Mapping[str, Any]) -> list[Row]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(QUERIES[name].encode(), params)
    return await cursor.fetchall() if cursor.description is not None else []


def _is_stale(connection: Connection) -> bool:
    """Whether an idle connection has something to read: only its end, or the news of it, comes unasked."""
    return connection.closed or has_input(connection)


def column(rows: Sequence[Row]) -> list[Any]:
    """The only column of a result."""
    return [value for (value,) in rows]
