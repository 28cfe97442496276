"""Server processes and the means to drive them with the official client on the project's own Node.js."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.servers import LiveServer

DRIVER_TIMEOUT = 180.0  # hit by a machine that is very busy, or by a driver that hangs
TOKEN = "door-token-of-the-tests"

Drive = Callable[..., Any]


class Addressed(Protocol):
    url: str


class Driver:
    """One run of `tests/node/drivers/<theme>.mjs`."""

    def __init__(self, node: Path, script: Path, variables: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(node), str(script)],
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> Any:
        """What the driver reports at its end."""
        out, err = self._process.communicate(timeout=DRIVER_TIMEOUT)
        lines = out.splitlines()
        assert self._process.returncode == 0 and lines, f"the driver failed:\n{out}\n{err}"
        return json.loads(lines[-1])["result"]

    def wait_for(self, point: str) -> None:
        """Until the driver hands over at `point`."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        assert line and json.loads(line) == {"point": point}, f"the driver said {line!r}: {self._drain()}"

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _drain(self) -> str:
        self._process.kill()
        return self._process.communicate()[1]


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def server(
    request: pytest.FixtureRequest,
    postgres_url: str,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """One server of each kind for a whole module; tests that stop servers start their own."""
    log = tmp_path_factory.mktemp("live") / "server.log"
    with closing(LiveServer(request.param, log, {})) as live:
        live.start()
        yield live


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def production(
    request: pytest.FixtureRequest,
    postgres_url: str,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """As `server`, without DEBUG and with `TOKEN` on its doors."""
    log = tmp_path_factory.mktemp("production") / "server.log"
    variables = {"DEBUG": "0", "SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": "127.0.0.1", "ACTORS_TOKEN": TOKEN}
    with closing(LiveServer(request.param, log, variables)) as live:
        live.start()
        yield live


@pytest.fixture(params=["bare", "cbor", "json"])
def encoding(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start_driver(node_bin: Path, node_project: Path) -> Iterator[Callable[..., Driver]]:
    """`start_driver(theme, server, **environment)`: a running Driver, ended with the test."""
    drivers: list[Driver] = []

    def start(theme: str, server: Addressed, **variables: str) -> Driver:
        script = node_project / "drivers" / f"{theme}.mjs"
        drivers.append(Driver(node_bin, script, {"ENDPOINT": server.url, "ENCODING": "bare", **variables}))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.close()


@pytest.fixture
def drive(start_driver: Callable[..., Driver]) -> Drive:
    """`drive(theme, server, **environment)`: what that driver reports."""

    def run(theme: str, server: LiveServer, **variables: str) -> Any:
        return start_driver(theme, server, **variables).finish()

    return run
