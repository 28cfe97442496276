"""docs/quickstart.md, followed to the letter in a project that Django has just made."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from actors.services.processes import tie_to_parent
from tests.databases import ROOT
from tests.servers import CHECK_INTERVAL, START_TIMEOUT, STOP_TIMEOUT, free_port

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"# (\S+\.py)(, at the end)?\n")
BEFORE = """
import os
import dj_database_url
INSTALLED_APPS += ["visits"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
"""


class Project:
    """The reader's project: made by Django, changed by the document's blocks, driven by its commands."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        # PYTHONPATH stands for `pip install .`: the same packages without a copy of them.
        self._variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
        }
        self.run("python -m django startproject mysite .")
        self.run("python manage.py startapp visits")
        with (folder / "mysite" / "settings.py").open("a") as settings:
            settings.write(BEFORE)

    def write(self, block: str) -> str:
        """Do what a block with a file name says; return the name."""
        title = TITLE.match(block)
        assert title, f"a Python block names its file in the first line: {block!r}"
        with (self.folder / title[1]).open("a" if title[2] else "w") as file:
            file.write(block)
        return title[1]

    def run(self, line: str) -> str:
        """The output of a command line of the document."""
        done = subprocess.run(
            self._words(line),
            cwd=self.folder,
            env=self._variables,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, f"{line} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, line: str) -> Iterator[httpx.Client]:
        """While the line's server runs: a client for it."""
        log = self.folder / "server.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._words(line),
                cwd=self.folder,
                env=self._variables,
                stdout=output,
                stderr=output,
                preexec_fn=tie_to_parent(9),
            )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client:
                self._wait(client, process, log)
                yield client
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT)

    def _wait(self, client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if client.get("/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(CHECK_INTERVAL)
        pytest.fail(f"the server did not come up:\n{log.read_text()}")

    def _words(self, line: str) -> list[str]:
        python, *words = shlex.split(line)
        assert python == "python", f"the document's commands begin with python: {line}"
        return [sys.executable, *words]


def test_the_quickstart_works_as_written(fresh_postgres_url: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "quickstart.md").read_text())
    project = Project(tmp_path, fresh_postgres_url)
    written = [project.write(text) for kind, text in blocks if kind == "python"]
    assert written == [
        "mysite/settings.py",
        "mysite/asgi.py",
        "mysite/urls.py",
        "visits/actors.py",
        "visits/views.py",
        "visits/tests.py",
    ]
    commands = [line for kind, text in blocks if kind == "sh" for line in text.splitlines()]
    install, check, migrate, serve, shell, test = commands
    assert install.startswith("pip install .")
    assert "no issues" in project.run(check)
    project.run(migrate)
    with project.running(serve) as client:
        assert client.get("/visits/home/").json() == {"visits": 1}
        assert client.get("/visits/home/").json() == {"visits": 2}
    with project.running(serve) as client:
        assert client.get("/visits/home/").json() == {"visits": 3}
        assert client.get("/visits/shop/").json() == {"visits": 1}
        assert project.run(shell).splitlines()[-1] == "3"
    assert "Found 1 test" in project.run(test)
