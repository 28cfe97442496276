"""kill -9 of the server: nothing acknowledged is lost, nothing is applied twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.ledgers import Writers, call, tokens_once_back
from tests.servers import LiveServer

KILLS = 10
"""At each server: twenty in all, for a start takes a second or more."""


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_ten_kills_right_after_an_acknowledgement(
    live_server_process: Callable[..., LiveServer], server: str
) -> None:
    live = live_server_process(server)
    key = f"killed-{server}"
    told: list[str] = []
    for round_ in range(KILLS):
        token = f"round-{round_}"
        response = call(live.url, key, "record", token)
        live.kill()
        assert response.status_code == 200, response.text
        assert response.json()["output"] == round_ + 1
        told.append(token)
        live.start()
    assert tokens_once_back(live.url, key) == told


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_kill_under_load_keeps_every_acknowledged_token_once(
    live_server_process: Callable[..., LiveServer], server: str
) -> None:
    live = live_server_process(server)
    keys = [f"load-{server}-{number}" for number in range(4)]
    with Writers(live.url, keys) as writers:
        for _ in range(3):
            writers.wait_for_acknowledgements(50)
            live.kill()
            live.start()
        writers.wait_for_acknowledgements(50)
    for key, account in writers.accounts.items():
        account.assert_kept(tokens_once_back(live.url, key))


def test_a_killed_nodes_actors_move_at_once(live_server_process: Callable[..., LiveServer]) -> None:
    """The session lock is free the moment the process is gone: nobody waits for the lease."""
    first, second = live_server_process("uvicorn"), live_server_process("uvicorn")
    assert call(first.url, "moving", "record", "a").json() == {"output": 1}
    first.kill()
    response = call(second.url, "moving", "record", "b", timeout=5.0)
    assert response.json() == {"output": 2}
