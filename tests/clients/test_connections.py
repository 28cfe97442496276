"""Live connections of the official client: parameters, events, many calls, a server that goes away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.clients.conftest import Drive, Driver
from tests.databases import ROOT
from tests.servers import STOP_TIMEOUT, LiveServer


def test_two_programs_share_what_two_tabs_share(server: LiveServer, drive: Drive) -> None:
    seen = drive("demo", server)
    assert seen["own"] == seen["counts"] == [1, 5, 0]
    assert (seen["sent"]["sender"], seen["sent"]["text"]) == ("Ada", "Grüße 🎉")
    assert seen["heard"] == seen["history"] == [seen["sent"]]


def test_parameters_actions_and_events(server: LiveServer, encoding: str, drive: Drive) -> None:
    seen = drive("connections", server, ENCODING=encoding)
    assert seen["name"] == "Ada"
    assert seen["params"] == {"name": "Ada", "ünï": ["%", "+ ,", "世界"]}
    assert seen["joined"] == ["Bob"]
    assert seen["whispered"] == ["psst"]
    assert seen["heardAfterStop"] == 0
    assert seen["overHttp"] == "Hal"
    assert seen["order"] == ["event 3", "answer 3"]
    assert seen["refused"] == {"group": "user", "code": "refused", "message": "Members only."}
    assert seen["ids"] == {"actor": True, "connection": 36}


def test_who_may_subscribe_and_what_becomes_of_who_may_not(
    server: LiveServer, encoding: str, drive: Drive
) -> None:
    seen = drive("subscribing", server, ENCODING=encoding)
    assert seen["drafts"] == ["one", "two", "three"]
    assert seen["news"] == ["two"]
    assert (seen["behind"]["error"]["group"], seen["behind"]["error"]["code"]) == ("auth", "forbidden")
    assert seen["numbers"] == [1, 2, 3], "what was sent behind the refusal was not done"


def test_pipelined_calls_each_get_their_own_answer(server: LiveServer, encoding: str, drive: Drive) -> None:
    seen = drive("pipelining", server, ENCODING=encoding)
    assert seen["answers"] == list(range(1, 501))
    assert seen["events"] == list(range(1, 501))
    assert seen["finished"] == ["first", "middle", "last"]
    assert seen["distinct"] == list(range(50))
    assert seen["total"] == 500


class KeptSocket:
    """uvicorn on a listening socket that outlives it, as systemd keeps one: callers wait in its queue."""

    def __init__(self, log: Path) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        words = "uvicorn --ws websockets-sansio --timeout-graceful-shutdown 1 --fd"
        self._command = [*words.split(), str(self._socket.fileno())]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._command, "rivet_project.asgi:application"],
                cwd=ROOT,
                env={**os.environ, "ACTORS_INTERNAL_ADDRESS": self.url},
                stdout=log,
                stderr=log,
                pass_fds=[self._socket.fileno()],
            )

    def end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(STOP_TIMEOUT)

    def close(self) -> None:
        self.end(signal.SIGKILL)
        self._socket.close()


def test_a_connection_survives_a_restart_behind_a_socket_that_stays(
    postgres_url: str,
    redis_url: str,
    tmp_path: Path,
    start_driver: Callable[..., Driver],
) -> None:
    """uvicorn stops accepting before it closes its websockets: who comes back waits for the next server."""
    with closing(KeptSocket(tmp_path / "server.log")) as server:
        server.start()
        driver = start_driver("reconnect", server)
        driver.wait_for("restart")
        server.end(signal.SIGTERM)
        server.start()
        driver.go_on()
        seen = driver.finish()
    assert (seen["before"], seen["after"], seen["overHttp"]) == (41, 42, 42)
    assert seen["events"] == [41, 42]
    assert seen["statuses"] == ["connected", "disconnected", "connecting", "connected"]
    assert seen["newConnection"]


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_after_a_restart_with_nobody_listening_a_new_connection_goes_on(
    kind: str,
    end: str,
    live_server_process: Callable[..., LiveServer],
    start_driver: Callable[..., Driver],
) -> None:
    server = live_server_process(kind)
    driver = start_driver("reopen", server)
    driver.wait_for("restart")
    getattr(server, end)()
    server.start()
    driver.go_on()
    seen = driver.finish()
    assert (seen["before"], seen["after"], seen["overHttp"]) == (41, 42, 42)
    assert seen["events"] == [41, 42]
    assert "client.connection_open_failed" in seen["gaveUp"]
