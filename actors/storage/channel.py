"""The commit's own way to Postgres: libpq straight on the event loop, arrays in binary.

Used by the Postgres store for `commit` alone, which every durable action waits for: it costs half
of what a cursor does. A channel connects when it is first needed, and anew after its connection broke.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import psycopg
from psycopg import pq
from psycopg.abc import Buffer

from actors.errors import error
from actors.storage.arrays import bigints, blobs, texts
from actors.storage.connect import Connection, closed_on_failure, connect, has_input
from actors.storage.failures import TRIES, Conflict, meaning
from actors.storage.queries import numbered
from actors.storage.store import StateWrite, StoreRejected

# The committer's two lanes.
CHANNELS: Final = 2

_NAME: Final = b"actors_commit"
_BINARY: Final = pq.Format.BINARY
_WORDS: Final = (
    f"PREPARE actors_commit AS {numbered('commit', ('ids', 'generations', 'revisions', 'states'))}"
)


class Channels:
    """Commits, each on a channel of its own; more callers than channels wait."""

    def __init__(self, dsn: str) -> None:
        self._idle = [_Channel(dsn) for _ in range(CHANNELS)]
        self._permits = asyncio.Semaphore(CHANNELS)
        self._closed = False

    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        """See `Store.commit`. Raises storage.unavailable, StoreInterrupted, StoreRejected."""
        params = _encode(writes)
        async with self._permits:
            if self._closed:
                raise error("storage.unavailable")
            channel = self._idle.pop()
            try:
                return await _commit(channel, writes, params)
            finally:
                self._idle.append(channel)
                if self._closed:
                    channel.close()

    def close(self) -> None:
        """End the idle connections, and each other one when its commit has been answered."""
        self._closed = True
        for channel in self._idle:
            channel.close()


async def _commit(
    channel: _Channel, writes: Sequence[StateWrite], params: Sequence[Buffer]
) -> frozenset[str]:
    for _ in range(TRIES):
        with suppress(Conflict):
            result = await channel.run(params)
            if result.ntuples == len(writes):
                return frozenset([write.actor_id for write in writes])
            return frozenset([_text(result, row) for row in range(result.ntuples)])
    raise error("storage.unavailable")


def _encode(writes: Sequence[StateWrite]) -> list[Buffer]:
    try:
        return [
            texts([write.actor_id for write in writes]),
            bigints([write.generation for write in writes]),
            bigints([write.revision for write in writes]),
            blobs([write.state for write in writes]),
        ]
    except (UnicodeEncodeError, struct.error) as failure:
        raise StoreRejected(str(failure)) from failure


def _text(result: pq.abc.PGresult, row: int) -> str:
    return (result.get_value(row, 0) or b"").decode()


class _Channel:
    """One connection, which runs the prepared commit, one at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None
        self._fd = -1
        self._answer: asyncio.Future[None] | None = None
        self._results: list[pq.abc.PGresult] = []

    async def run(self, params: Sequence[Buffer]) -> pq.abc.PGresult:
        """The rows of one commit. Raises what `failures.meaning` says, and storage.unavailable."""
        connection = await self._open()
        self._answer = asyncio.get_running_loop().create_future()
        self._results.clear()
        try:
            connection.pgconn.send_query_prepared(_NAME, params, [_BINARY] * len(params), _BINARY)
            self._flush()
            await self._answer
            _check(self._results)
        except psycopg.Error as failure:
            raise meaning(failure, "commit", broken=self._connection is None) from failure
        except asyncio.CancelledError:
            self.close()  # an answer is on its way that nobody waits for
            raise
        finally:
            self._answer = None
        return self._results[0]

    def close(self) -> None:
        """End the connection; the next `run` makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.remove_writer(self._fd)
            connection.pgconn.finish()

    async def _open(self) -> Connection:
        if self._connection is not None:
            self._read()  # an end that has arrived is better known before something is sent
        if self._connection is None:
            connection = await connect(self._dsn, "actors commit")
            async with closed_on_failure(connection):
                await connection.execute(_WORDS.encode())
            self._connection = connection
            self._fd = connection.fileno()
            asyncio.get_running_loop().add_reader(self._fd, self._read)
        return self._connection

    def _flush(self) -> None:
        """Send what the socket takes now, and the rest when it takes more."""
        connection = self._connection
        if connection is None:
            return
        loop = asyncio.get_running_loop()
        try:
            unsent = connection.pgconn.flush()
        except psycopg.OperationalError as failure:
            self._break(failure)
            return
        if unsent:
            loop.add_writer(self._fd, self._flush)
        else:
            loop.remove_writer(self._fd)

    def _read(self) -> None:
        """Take what has arrived, up to the answer's end: the rest of it is not always announced anew."""
        connection = self._connection
        if connection is None:
            return
        try:
            connection.pgconn.consume_input()
            while not self._take_results(connection.pgconn) and has_input(connection):
                connection.pgconn.consume_input()
        except psycopg.OperationalError as failure:
            self._break(failure)

    def _take_results(self, pgconn: pq.abc.PGconn) -> bool:
        """Whether the answer is whole, and its transaction durable: no result is left then."""
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                self._finish(pgconn)
                return True
            self._results.append(result)
        return False

    def _finish(self, pgconn: pq.abc.PGconn) -> None:
        if pgconn.status != pq.ConnStatus.OK:
            self.close()
        if self._answer is not None and self._results and not self._answer.done():
            self._answer.set_result(None)

    def _break(self, failure: psycopg.OperationalError) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(failure)


def _check(results: Sequence[pq.abc.PGresult]) -> None:
    """Every result counts: a connection that ends after the rows, but before the commit, adds an error."""
    for result in results:
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
