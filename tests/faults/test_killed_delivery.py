"""kill -9 while a call of the outbox is delivered: it is done once, and what follows it comes after it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from actors.api.transport import Target
from actors.gateway.outbox import pack_target
from actors.protocol import cbor
from actors.storage.outbox import OutboxCall
from actors.storage.outbox_postgres import parameters
from actors.storage.queries import QUERIES
from tests.faults.ledgers import PAUSE, RECOVERY_TIMEOUT
from tests.faults.test_killed_block import Vaults
from tests.servers import LiveServer

KEY = "outbox"


def call(*args: object) -> OutboxCall:
    target = pack_target(Target("vault", "get_or_create", (KEY,)))
    return OutboxCall("vault", KEY, "action", "take", cbor.encode({"args": list(args)}), target, 1)


def test_a_call_is_done_once_whenever_its_node_is_killed(
    live_server_process: Callable[..., LiveServer], postgres_url: str, tmp_path: Path
) -> None:
    vaults = Vaults(live_server_process("uvicorn"), postgres_url)
    expected: list[str] = []
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for step in ("state", "statements", "commit"):
            tokens = [f"{KEY}-{len(expected)}-{step}", f"{KEY}-{len(expected) + 1}-after"]
            expected += tokens
            marker = str(tmp_path / step)
            with connection.transaction():
                for arguments in ((tokens[0], step, marker), (tokens[1], None, marker)):
                    connection.execute(QUERIES["outbox_add"].encode(), parameters(call(*arguments)))
            vaults.live.wait()
            connection.execute("UPDATE actors_outbox SET next_at = 0")  # its lease runs out
            vaults.live.start()
            deadline = time.monotonic() + RECOVERY_TIMEOUT
            while connection.execute("SELECT 1 FROM actors_outbox").fetchone():
                assert time.monotonic() < deadline, step
                time.sleep(PAUSE)
            stored = vaults.stored(KEY, f"{KEY}-")
            assert stored["state"] == expected, step
            assert stored["rows"] == stored["schedules"] == sorted(expected), step
