"""Runs the load generator, one process a scenario, and reads the lines that it prints."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.harness import node
from benchmarks.harness.contestants import Running

MAIN = node.BENCHMARKS / "loadgen" / "main.mjs"
OVERTIME = 120.0

Report = dict[str, Any]


class LoadFailed(RuntimeError):
    """The load generator could not do its scenario; the message is what it said."""


def drive(server: Running, scenario: str, **options: object) -> Report:
    """One report: rates per second, times in ms, CPU in percent of a core, RSS in MiB. Raises LoadFailed."""
    seconds = float(str(options.get("seconds", 0)))
    done = subprocess.run(
        _command(server, scenario, options),
        capture_output=True,
        text=True,
        timeout=seconds + OVERTIME,
        check=False,
    )
    if done.returncode != 0:
        raise LoadFailed(f"{scenario} on {server.endpoint}: {done.stderr.strip()[-1000:]}")
    report: Report = json.loads(done.stdout)
    return report


class Held:
    """A load generator that keeps `count` sockets open until it is told to end."""

    def __init__(self, process: subprocess.Popen[str], count: int) -> None:
        self._process = process
        self._count = count
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise LoadFailed(f"{count} sockets did not open")
        self.opened: Report = json.loads(line)

    def release(self) -> Report:
        """Let it do what it does at the end, and say what it reports. Raises LoadFailed."""
        rest, _ = self._process.communicate("", timeout=OVERTIME)
        if not rest:
            raise LoadFailed(f"{self._count} sockets were held, and nothing is known of their end")
        report: Report = json.loads(rest)
        if report["alive"] != self._count:
            raise LoadFailed(f"only {report['alive']} of {self._count} sockets were still open at the end")
        return report


@contextmanager
def held(server: Running, scenario: str, count: int, **options: object) -> Iterator[Held]:
    """`count` sockets, gone with the block whether they were released or not. Raises LoadFailed."""
    command = _command(server, scenario, options)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Held(process, count)
        finally:
            process.kill()


@contextmanager
def held_sockets(server: Running, count: int, **options: object) -> Iterator[Report]:
    """`count` idle connections, open for the length of the block. Raises LoadFailed."""
    with held(server, "hold_sockets", count, actors=count, **options) as sockets:
        yield sockets.opened
        sockets.release()


def _command(server: Running, scenario: str, options: dict[str, Any]) -> list[str]:
    words = [f"--{name}={value}" for name, value in options.items()]
    groups = json.dumps(dict(server.groups))
    fixed = ["--endpoint", server.endpoint, "--scenario", scenario, "--groups", groups]
    return [str(node.NODE), str(MAIN), *fixed, *words]
