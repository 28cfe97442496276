"""`GET /ready` on real servers: what it says, to whom, and how it changes when something goes away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import web
from tests.databases import ROOT
from tests.servers import LiveServer

PATIENCE = 60.0


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def live(
    request: pytest.FixtureRequest,
    postgres_url: str,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    server = LiveServer(request.param, tmp_path_factory.mktemp("ready") / "log", {})
    server.start()
    yield server
    server.close()


@contextmanager
def celery_worker(log: Path) -> Iterator[None]:
    words = "-m celery --quiet -A rivet_project worker --pool solo --without-gossip --without-mingle"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *words.split()], cwd=ROOT, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


def ready(server: LiveServer) -> tuple[int, dict[str, Any]]:
    answer = web.get(f"{server.url}/ready", timeout=20)
    return answer.status_code, answer.json()


def until(server: LiveServer, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first answer of which it holds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        _, body = ready(server)
        if holds(body):
            return body
        time.sleep(0.5)
    raise AssertionError(f"still {body}")


def test_without_a_worker_a_server_is_degraded_and_serves(live: LiveServer) -> None:
    status, body = ready(live)
    assert status == 200
    assert body["status"] == "degraded"
    assert body["checks"]["worker"] is False
    assert all(body["checks"][part] for part in ("node", "database", "redis", "broker"))


def test_a_worker_is_seen_when_it_comes_and_when_it_goes(live: LiveServer, tmp_path: Path) -> None:
    with celery_worker(tmp_path / "worker.log"):
        until(live, lambda body: body["checks"]["worker"])
    until(live, lambda body: not body["checks"]["worker"])


def test_only_reading_is_allowed(live: LiveServer) -> None:
    assert web.post(f"{live.url}/ready").status_code == 405
