"""What an atomic block sends to Postgres: the statements of its parts, to be run in one transaction.

Used by `PostgresStore`, and by the application's own transaction on Django's connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.types.numeric import Int8BinaryDumper

from actors.storage import kv_postgres, queue_postgres, schedules_postgres
from actors.storage.pool import Step
from actors.storage.queries import QUERIES
from actors.storage.store import BlockWrite


def steps(write: BlockWrite) -> list[Step]:
    """Each answers with a row if it was applied. The state first: its row is locked first by everybody."""
    state = write.state
    found: list[Step] = [
        (
            "commit",
            {
                "ids": [state.actor_id],
                "generations": [state.generation],
                "revisions": [state.revision],
                "states": [state.state],
            },
        )
    ]
    if write.kv is not None:
        found.append(("kv_write", kv_postgres.parameters([write.kv])))
    if write.queue is not None:
        found.append(("queue_write", queue_postgres.parameters([write.queue])))
    if write.schedules is not None:
        found.append(("schedule_write", schedules_postgres.parameters([write.schedules])))
    if write.outbox is not None:
        found.append(("outbox_take", {"id": write.outbox}))
    return found


def run_on(connection: psycopg.Connection[Any], found: Sequence[Step]) -> bool:
    """Run them inside the transaction of somebody else's connection. False: it has to be rolled back.

    Raises psycopg.Error, UnicodeEncodeError, OverflowError.
    """
    cursor = psycopg.Cursor(connection)
    cursor.adapters.register_dumper(int, Int8BinaryDumper)
    return all(
        cursor.execute(QUERIES[name].encode(), params, prepare=False, binary=True).fetchall()
        for name, params in found
    )
