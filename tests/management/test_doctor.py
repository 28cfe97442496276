"""`manage.py actors doctor` finds what is not there, says what to do, and its exit code tells programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.databases import ROOT
from tests.servers import LiveServer


def doctor(**variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code and findings by part."""
    command = [sys.executable, str(ROOT / "manage.py"), "actors", "doctor", "--json"]
    environment = {**os.environ, **variables}
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, {finding["part"]: finding for finding in json.loads(result.stdout)}


def test_it_says_that_no_node_runs_and_what_to_start(postgres_url: str, redis_url: str) -> None:
    code, found = doctor()
    assert code == 1
    assert found["database"]["well"]
    assert found["redis"]["well"]
    assert found["migrations"]["well"]
    assert found["outbox"]["well"]
    assert not found["nodes"]["well"]
    assert "actors serve" in found["nodes"]["remedy"]
    assert not found["worker"]["well"]


def test_it_asks_each_node_at_its_address(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    server = LiveServer("uvicorn", tmp_path / "log", {})
    server.start()
    try:
        _, found = doctor()
        assert [finding["well"] for part, finding in found.items() if part.startswith("node ")] == [True]
    finally:
        server.close()


def test_a_database_and_a_redis_that_are_away_are_findings_too(tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgres://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    code, found = doctor(**away)
    assert code == 1
    for part in ("database", "redis", "broker", "worker"):
        assert not found[part]["well"]
        assert found[part]["remedy"]
    assert "migrations" not in found
