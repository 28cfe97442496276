"""How this platform connects to Postgres: time-outs, and which plans a session may make.

Used by the pool, the commit channels and the session locks. Runs no statement of its own.
"""

from __future__ import annotations

import logging
import select
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from actors.errors import error
from actors.logs import UNREACHABLE

Row = tuple[Any, ...]
Connection = psycopg.AsyncConnection[Row]

# A plan is kept, and may be made while the tables are empty: even then it must use the index meant for it.
_FORBIDDEN: Final = ("enable_seqscan", "enable_mergejoin", "enable_sort", "enable_incremental_sort", "jit")
SETTINGS: Final = " ".join(f"-c {name}=off" for name in _FORBIDDEN) + " -c statement_timeout=15s"

# A peer that vanished without a word is noticed before the lease runs out.
_NETWORK: Final[Mapping[str, Any]] = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

logger = logging.getLogger(__name__)


def arguments(dsn: str, application: str) -> dict[str, Any]:
    """What to connect with besides the DSN. Our options follow its own, which may name a schema."""
    options = f"{conninfo_to_dict(dsn).get('options') or ''} {SETTINGS}".strip()
    return {"autocommit": True, "application_name": application, "options": options, **_NETWORK}


def has_input(connection: Connection) -> bool:
    """Whether something can be read now, be it the end of the connection.

    Who watches a connection on an event loop must read until there is nothing more. A server that dies may
    leave its last words and then an error on the socket: uvloop calls a reader of such a socket only once.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def take_input(connection: Connection) -> None:
    """Read until there is nothing more. The end of the connection raises psycopg.OperationalError."""
    connection.pgconn.consume_input()
    while has_input(connection):
        connection.pgconn.consume_input()


@asynccontextmanager
async def closed_on_failure(connection: Connection) -> AsyncIterator[None]:
    """Close it if the block fails or is cancelled. An error of the database becomes storage.unavailable."""
    try:
        yield
    except BaseException as failure:
        await connection.close()
        if isinstance(failure, psycopg.Error):
            raise error("storage.unavailable") from failure
        raise


async def connect(dsn: str, application: str) -> Connection:
    """A connection of its own. Raises storage.unavailable."""
    try:
        return await psycopg.AsyncConnection.connect(dsn, **arguments(dsn, application))
    except psycopg.Error as failure:
        UNREACHABLE.say(logger, {"error": str(failure).strip()})
        raise error("storage.unavailable") from failure
