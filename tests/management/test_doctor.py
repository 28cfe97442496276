"""`manage.py actors doctor` finds what is not there, says what to do, and its exit code tells programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests import environment
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
    assert "Connection refused" in found["database"]["text"]


def test_what_only_the_database_knows_is_neither_missing_nor_guessed(redis_url: str) -> None:
    code, found = doctor(DATABASE_URL="postgres://127.0.0.1:1/none")
    assert code == 1
    for part in ("beat", "nodes"):
        assert (found[part]["text"], found[part]["remedy"]) == ("cannot be known without the database", "")
    for part in ("migrations", "outbox"):
        assert found[part]["text"] == "not looked at: the database is away"


def test_it_says_that_no_server_listens_on_the_socket(redis_url: str, tmp_path: Path) -> None:
    _, found = doctor(DATABASE_URL=f"postgres://{quote(str(tmp_path), safe='')}/none")
    assert "No such file or directory" in found["database"]["text"]


def test_a_database_without_our_tables_is_to_be_migrated(postgres_url: str, redis_url: str) -> None:
    _, found = doctor(DATABASE_URL=environment.database_url("postgres"))
    assert "manage.py migrate" in found["migrations"]["remedy"]
    assert found["outbox"]["text"] == "not looked at: migrations are missing"


def test_a_node_that_hangs_is_to_be_started_anew(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    server = LiveServer("uvicorn", tmp_path / "log", {})
    server.start()
    try:
        server.signal(signal.SIGSTOP)
        _, found = doctor()
        (silent,) = (finding for part, finding in found.items() if part.startswith("node "))
        assert not silent["well"]
        assert "restart it" in silent["remedy"]
        assert "INTERNAL_ADDRESS" in silent["remedy"]
    finally:
        server.signal(signal.SIGCONT)
        server.close()
