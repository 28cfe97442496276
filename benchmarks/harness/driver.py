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


@contextmanager
def held_sockets(server: Running, count: int, **options: object) -> Iterator[Report]:
    """`count` idle connections, open for the length of the block. Raises LoadFailed."""
    command = _command(server, "hold_sockets", {"actors": count, **options})
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        line = holder.stdout.readline() if holder.stdout else ""
        if not line:
            raise LoadFailed(f"{count} sockets on {server.endpoint} did not open")
        yield json.loads(line)
        rest, _ = holder.communicate("")
        alive = json.loads(rest)["alive"]
        if alive != count:
            raise LoadFailed(f"only {alive} of {count} idle sockets were still open at the end")


def _command(server: Running, scenario: str, options: dict[str, Any]) -> list[str]:
    words = [f"--{name}={value}" for name, value in options.items()]
    groups = json.dumps(dict(server.groups))
    fixed = ["--endpoint", server.endpoint, "--scenario", scenario, "--groups", groups]
    return [str(node.NODE), str(MAIN), *fixed, *words]
