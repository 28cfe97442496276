"""SIGSTOP of a node past its lease: another takes over; after SIGCONT the frozen one changes no row."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.ledgers import call, tokens_once_back
from tests.servers import LiveServer

SHORT_LEASE = {"ACTORS_HEARTBEAT_INTERVAL": "0.5", "ACTORS_LEASE_DURATION": "2"}


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_frozen_node_changes_nothing_when_it_comes_back(
    live_server_process: Callable[..., LiveServer], postgres_url: str, server: str
) -> None:
    first = live_server_process(server, **SHORT_LEASE)
    second = live_server_process(server, **SHORT_LEASE)
    key = f"frozen-{server}"
    assert call(first.url, key, "record", "before").json() == {"output": 1}

    os.kill(first.pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor() as pool:
            # Waits in the frozen node's socket buffer until it runs again.
            late = pool.submit(call, first.url, key, "record", "late")
            assert tokens_once_back(second.url, key) == ["before"]  # answered once the lease has run out
            assert call(second.url, key, "record", "taken over").json() == {"output": 2}
            row = _row(postgres_url, key)
            os.kill(first.pid, signal.SIGCONT)
            answer = late.result()
    finally:
        os.kill(first.pid, signal.SIGCONT)

    tokens = tokens_once_back(second.url, key)
    if answer.status_code == 200:  # sent on to the new owner
        assert tokens == ["before", "taken over", "late"]
    else:
        assert tokens == ["before", "taken over"]
        assert _row(postgres_url, key) == row
    assert _row(postgres_url, key)[:2] == row[:2], "the frozen node took the actor back"
    assert tokens_once_back(first.url, key) == tokens


def _row(postgres_url: str, key: str) -> tuple[str, int, int]:
    """(node, generation, revision) as stored."""
    statement = """
        SELECT a.node_id, s.generation, s.revision
        FROM actors_actor a JOIN actors_state s ON s.actor_id = a.id
        WHERE a.name = 'ledger' AND a.key = %s
    """
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute(statement, [key]).fetchone()
    assert row is not None
    return row[0], row[1], row[2]
