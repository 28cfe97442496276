"""`make run` with a database that nobody can reach: one line that names the setting, within seconds."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.databases import ROOT
from tests.servers import free_port


def test_an_unreachable_database_is_said_in_one_line(redis_url: str) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    command = [sys.executable, str(ROOT / "manage.py"), "actors", "run", "--port", str(free_port())]
    variables = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "DATABASE_URL" in done.stderr
