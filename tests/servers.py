"""A real server process for end-to-end tests: start, stop, kill -9, and start again on the same port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from actors.services.processes import tie_to_parent
from tests import web
from tests.databases import ROOT

START_TIMEOUT = 180.0  # hit by a machine that is very busy, or by a process that hangs
STOP_TIMEOUT = 30.0
CHECK_INTERVAL = 0.05
LOG_SHOWN = 4000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class LiveServer:
    """What `manage.py actors serve` starts, on a loopback port, with this test run's database."""

    def __init__(self, server: str, log: Path, variables: dict[str, str]) -> None:
        self.server = server
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Return when `/health` answers. Raises RuntimeError with the server's own words if it does not."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._words()],
                env={**os.environ, **self._variables, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
                preexec_fn=tie_to_parent(signal.SIGKILL),
            )
        self._wait_for_health()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, as a crash would; and the exit code."""
        return self._end(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        self._running().send_signal(number)

    def wait(self) -> int:
        """The exit code of a process that ends by itself."""
        return self._running().wait(STOP_TIMEOUT)

    def close(self) -> None:
        """End it outright. What it said last is shown by pytest if the test has failed."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        print(self.log.read_text()[-LOG_SHOWN:])

    def _words(self) -> list[str]:
        """Daphne at once in the interpreter that `actors serve` gives it: Django is imported once."""
        if self.server == "daphne":
            return ["-m", "actors.gateway.daphne_main", "127.0.0.1", str(self.port)]
        words = ["--host", "127.0.0.1", "--port", str(self.port), "--server", self.server]
        return [str(ROOT / "manage.py"), "actors", "serve", *words]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def _end(self, number: signal.Signals) -> int:
        process = self._running()
        process.send_signal(number)
        return process.wait(STOP_TIMEOUT)

    def _wait_for_health(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while self._running().poll() is None and time.monotonic() < deadline:
            try:
                if web.get(f"{self.url}/health", timeout=2).is_success:
                    return
            except httpx.TransportError:
                time.sleep(CHECK_INTERVAL)
        self.close()
        raise RuntimeError(f"{self.server} did not come up:\n{self.log.read_text()[-LOG_SHOWN:]}")
