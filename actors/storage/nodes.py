"""A node's session lock in Postgres: a connection that does nothing but live.

Used by the Postgres store. While it lives nobody else can take its lock; its end is noticed at once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any

import psycopg

from actors.errors import error
from actors.logs import SESSION_ENDED
from actors.storage.connect import Connection, closed_on_failure, connect, take_input
from actors.storage.queries import QUERIES

logger = logging.getLogger(__name__)


class SessionLock:
    """Held from `take` until `release` or until the connection breaks, when `lost()` is called once."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self.key = secrets.randbits(63)
        self._lost = lost
        self._connection: Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = -1

    async def take(self, dsn: str) -> None:
        """Connect and lock a key that is ours alone. Raises storage.unavailable."""
        connection = await connect(dsn, "actors node")
        async with closed_on_failure(connection):
            cursor = await connection.execute(QUERIES["lock"].encode(), {"lock_key": self.key})
            row: Any = await cursor.fetchone()
            if not row[0]:
                raise error("storage.unavailable")
        self._connection = connection
        self._watch(connection)

    async def release(self) -> None:
        """Close the session, which frees the lock. Idempotent; `lost` is not called."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._unwatch()
            await connection.close()

    def _watch(self, connection: Connection) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = connection.fileno()
        self._loop.add_reader(self._fd, self._readable)

    def _unwatch(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)

    def _readable(self) -> None:
        """Notices may come unasked; the end of the connection raises here."""
        connection = self._connection
        if connection is None:
            return
        try:
            take_input(connection)
        except psycopg.OperationalError as failure:
            SESSION_ENDED.say(logger, {"error": str(failure).strip()})
            self._connection = None
            self._unwatch()
            connection.pgconn.finish()
            self._lost()
