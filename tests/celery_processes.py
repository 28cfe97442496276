"""Real Celery processes for end-to-end tests: worker and beat of the demo site, and a Redis of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from actors.services.processes import tie_to_parent
from actors.services.service import make_private, socket_directory
from actors.services.valkey import Valkey
from tests.databases import ROOT

START_TIMEOUT = 180.0  # hit by a machine that is very busy, or by a process that hangs
CHECK_INTERVAL = 0.05
LOG_SHOWN = 3000


class Process:
    """A command that says a certain word in its log once it is ready."""

    def __init__(self, command: list[str], log: Path, variables: dict[str, str], ready: str) -> None:
        self.log = log
        self._command = command
        self._variables = {**os.environ, **variables}
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def words(self) -> str:
        """All that it has said."""
        return self.log.read_text()

    def start(self) -> None:
        said = self.words.count(self._ready) if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._variables,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                preexec_fn=tie_to_parent(signal.SIGKILL),
            )
        wait_for(lambda: self.words.count(self._ready) > said, START_TIMEOUT, self)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.kill()
        print(self.words[-LOG_SHOWN:])


def wait_for(condition: Any, timeout: float, told_by: Process | None = None) -> None:
    """Return when `condition()` is true. Raises AssertionError with what the process said."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not within {timeout:.0f} s. {told_by.words[-LOG_SHOWN:] if told_by else ''}"
            )
        time.sleep(CHECK_INTERVAL)


def celery(kind: str, log: Path, *options: str, **variables: str) -> Process:
    """`worker` or `beat`, with the settings of this test run."""
    quietly = ("-W", "ignore::UserWarning:celery.platforms")
    command = [sys.executable, *quietly, "-m", "celery", "-A", "rivet_project", kind, "--loglevel", "info"]
    ready = "ready." if kind == "worker" else "beat: Starting..."
    return Process([*command, *options], log, {"CELERY_TRACE": "0", **variables}, ready)


def worker(log: Path, **variables: str) -> Process:
    options = ("--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle")
    return celery("worker", log, *options, "--hostname", f"{log.stem}@test", **variables)


def beat(log: Path, **variables: str) -> Process:
    return celery("beat", log, "--pidfile=", "--schedule", str(log.with_suffix(".schedule")), **variables)


class Redis(Process):
    """A Valkey that a test may kill."""

    def __init__(self, home: Path) -> None:
        valkey = Valkey(home)
        make_private(socket_directory(home))
        home.mkdir(exist_ok=True)
        valkey.prepare()
        self.url = valkey.url()
        super().__init__(valkey.command(), home / "valkey.log", {}, "Ready to accept connections")
