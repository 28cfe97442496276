"""What is looked at in a database full of alarms."""

from __future__ import annotations

import psycopg

from actors.storage.connect import arguments
from benchmarks.harness.resting import MAX_BLOCKS, claim, fill


def test_the_claim_of_a_due_alarm_reads_little_and_leaves_it_as_it_was(fresh_postgres_url: str) -> None:
    with psycopg.connect(fresh_postgres_url, **arguments(fresh_postgres_url, "test")) as connection:
        fill(connection, 2_000)
        blocks, plan = claim(connection)
        assert 0 < blocks <= MAX_BLOCKS
        assert "actors_alarm_wake" in plan
        due = connection.execute("SELECT count(*) FROM actors_alarm WHERE wake_at < 1000").fetchone()
        assert due == (0,)
