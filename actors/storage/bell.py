"""Bell: Celery beat's view of the alarms: when is the next, and has a nearer one come? For beat's own thread.

A connection of its own that listens; the one part of the store that blocks. It claims nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from actors.storage.alarms import BEAT, CHANNEL
from actors.storage.connect import arguments
from actors.storage.queries import QUERIES


class Bell:
    """`address` says where the database is, asked for at each attempt to connect. Raises psycopg.Error."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._connection: psycopg.Connection[Any] | None = None

    def next(self) -> int | None:
        """When the platform has to look at an alarm next, in Unix milliseconds; None if there is none."""
        row = self._listening().execute(QUERIES["alarm_next"].encode()).fetchone()
        return None if row is None else row[0]

    def wait(self, seconds: float) -> None:
        """Return after that time, or when a nearer alarm has come since `next`."""
        for _ in self._listening().notifies(timeout=seconds, stop_after=1):
            pass

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            dsn = self._address()
            connection = psycopg.connect(dsn, **arguments(dsn, BEAT))
            connection.execute(f"LISTEN {CHANNEL}".encode())
            self._connection = connection
        return self._connection
