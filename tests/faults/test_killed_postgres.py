"""kill -9 of Postgres under load: clear errors, recovery without a restart, nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actors.services.lease import held
from actors.services.postgres import Postgres
from actors.services.service import log_path
from tests.databases import migrate
from tests.faults.ledgers import Writers, tokens_once_back
from tests.servers import LOG_SHOWN, LiveServer

# Each says what happened: not done, not known, or not begun and safe to repeat.
CLEAR = {
    "storage.unavailable",
    "actor.outcome_unknown",
    "guard.service_unavailable",
    "actor.restarting",
    "actor.stopping",
}


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A server of this test alone: others must not feel what happens to it. Its guard starts it again."""
    postgres = Postgres(tmp_path)
    with held(postgres):
        migrate(postgres.url())
        yield postgres
    print(log_path(postgres).read_text()[-LOG_SHOWN:])


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_three_kills_of_postgres_under_load(
    own_postgres: Postgres, live_server_process: Callable[..., LiveServer], server: str
) -> None:
    live = live_server_process(server, DATABASE_URL=own_postgres.url())
    pid = live.pid
    keys = [f"pg-{number}" for number in range(4)]
    with Writers(live.url, keys) as writers:
        for _ in range(3):
            writers.wait_for_acknowledgements(50)
            os.kill(_postmaster(own_postgres), signal.SIGKILL)
        writers.wait_for_acknowledgements(50)
    for key, account in writers.accounts.items():
        account.assert_kept(tokens_once_back(live.url, key))
        assert set(account.errors) <= CLEAR
    assert live.pid == pid


def _postmaster(postgres: Postgres) -> int:
    return int((postgres.data / "postmaster.pid").read_text().split("\n")[0])
