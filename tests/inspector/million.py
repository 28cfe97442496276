"""A million actors, and a fifth of that of each thing that belongs to one, in a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction

from tests.face import belongings
from tests.inspector import rows

ACTORS: Final = 1_000_000
BELONGINGS: Final = 200_000
TABLES: Final = ("actor", "state", "message", "schedule", "alarm", "run", "conn", "outbox")
NODE: Final = """
    INSERT INTO actors_node (id, address, lock_key, started_at, heartbeat_at)
    VALUES ('node-1', 'http://10.0.0.1:8000', 1, now(), now() + interval '1 day')
"""
AWAKE: Final = "UPDATE actors_actor SET node_id = 'node-1', connectable_at = 1 WHERE created_at % 5000 = 7"


@contextmanager
def moved_to(database: str) -> Iterator[None]:
    """Django's connection at another database of the same server."""
    before = connection.settings_dict["NAME"]
    _connect_anew(database)
    try:
        yield
    finally:
        _connect_anew(before)


def fill() -> None:
    """Of each thousand rows one is of a rare type, has crashed, is dead, late, or runs; few are awake."""
    with connection.cursor() as cursor:
        for table in TABLES:  # what is not kept needs no log
            cursor.execute(f"ALTER TABLE actors_{table} SET UNLOGGED")
        cursor.execute(NODE)
        with _without_indexes(cursor):
            rows.fill(ACTORS)
            belongings.fill(BELONGINGS)
        cursor.execute(AWAKE)
        cursor.execute("ANALYZE actors_actor")


def blocks(statement: str, settings: str = "SELECT 1") -> int:
    """How many pages of tables and indexes the database looks into for a statement, cached or not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(settings)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}")
        ((told,),) = cursor.fetchone()
    return int(told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"])


def _connect_anew(database: str) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = database


@contextmanager
def _without_indexes(cursor: Any) -> Iterator[None]:
    """Made once the rows are there, an index takes a fraction of the time."""
    tables = [f"actors_{table}" for table in TABLES]
    cursor.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'p' AND conrelid::regclass::text = ANY (%s)
        """,
        [tables],
    )
    keys = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)", [tables])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for table, name, key in keys:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {key}")
    for _, definition in indexes:
        cursor.execute(definition)
