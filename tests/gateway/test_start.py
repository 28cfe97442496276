"""A server is a node from its start on, before anybody asks it anything, and ends without a complaint."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from tests.servers import CHECK_INTERVAL, START_TIMEOUT, LiveServer


class Unasked(LiveServer):
    """Counts as started when its node is in the directory: `/health` would be a first request."""

    database: str

    def _wait_for_health(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        with psycopg.connect(self.database, autocommit=True) as connection:
            while time.monotonic() < deadline:
                if connection.execute("SELECT 1 FROM actors_node WHERE address = %s", [self.url]).fetchone():
                    return
                time.sleep(CHECK_INTERVAL)
        self.close()
        raise AssertionError(f"{self.server} is no node:\n{self.log.read_text()[-4000:]}")


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_server_is_a_node_without_a_first_request(
    server: str, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    live = Unasked(server, tmp_path / "log", {})
    live.database = postgres_url
    live.start()
    live.stop()
    assert "never awaited" not in live.log.read_text()
    assert "Traceback" not in live.log.read_text()
