"""The site's pool of connections to Postgres: what a restart of the server leaves in it is not lent."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests import web
from tests.servers import LiveServer

COOKIES = {"cookie": f"sessionid={'s' * 32}"}
ENDED = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = ''
"""
"""Only connections of the platform itself have a name."""


def test_the_first_page_after_a_restart_of_postgres_is_served(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    server = LiveServer("uvicorn", tmp_path / "log", {})
    server.start()
    try:
        assert _asked(server) == 302
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            (ended,) = connection.execute(ENDED).fetchone() or (0,)
        assert ended
        assert _asked(server) == 302
    finally:
        server.close()


def _asked(server: LiveServer) -> int:
    """The status of a page that looks a session up, and sends a stranger to the login."""
    return web.get(f"{server.url}/inspector/", headers=COOKIES, timeout=20).status_code
