"""The site's connections to Postgres: none that a restart has left dead is lent, and its absence is told."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from actors.services.lease import held
from actors.services.postgres import Postgres
from tests import web
from tests.databases import migrate
from tests.servers import LiveServer

COOKIES = {"cookie": f"sessionid={'s' * 32}"}
SITE = "restarted-site"
"""What libpq calls those connections of the site that have no name of their own: the platform's have one."""
ENDED = f"""
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{SITE}'
"""
PATIENCE = 60.0


def test_the_first_page_after_a_restart_of_postgres_is_served(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    server = LiveServer("uvicorn", tmp_path / "log", {"PGAPPNAME": SITE})
    server.start()
    try:
        assert _asked(server) == 302
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            (ended,) = connection.execute(ENDED).fetchone() or (0,)
        assert ended
        assert _asked(server) == 302
    finally:
        server.close()


@pytest.mark.slow
def test_while_postgres_is_away_the_dashboard_says_so(redis_url: str, tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "own")
    server = LiveServer("uvicorn", tmp_path / "log", {"DATABASE_URL": postgres.url()})
    try:
        with held(postgres):
            migrate(postgres.url())
            server.start()
            assert _asked(server) == 302
        for headers, sort in ((COOKIES, "text/html"), ({**COOKIES, "x-inspector": "1"}, "application/json")):
            answer = web.get(f"{server.url}/inspector/", headers=headers, timeout=PATIENCE)
            assert answer.status_code == 503
            assert answer.headers["content-type"].startswith(sort)
            assert "manage.py actors doctor" in answer.text
            assert str(tmp_path) not in answer.text
    finally:
        server.close()


def _asked(server: LiveServer) -> int:
    """The status of a page that looks a session up, and sends a stranger to the login."""
    return web.get(f"{server.url}/inspector/", headers=COOKIES, timeout=PATIENCE).status_code
