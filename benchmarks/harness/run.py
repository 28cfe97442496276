"""Where a figure comes from: when, on which machine, at which commit, and what went wrong in that run."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
START = "start"  # failures of servers that did not come up belong to no scenario


@dataclass
class Run:
    """`scenarios`: those whose figures are of this run. `failures`: scenario, or `start` -> what failed."""

    date: str
    commit: str
    seconds: float
    machine: dict[str, Any]
    scenarios: list[str] = field(default_factory=list)
    failures: dict[str, list[str]] = field(default_factory=dict)

    def without(self, scenarios: Sequence[str]) -> Run:
        """This run as far as it has not been measured again since."""
        failures = {about: told for about, told in self.failures.items() if about not in scenarios}
        left = [scenario for scenario in self.scenarios if scenario not in scenarios]
        return Run(self.date, self.commit, self.seconds, self.machine, left, failures)


def begin(seconds: float) -> Run:
    """The run that begins now, here, with this code."""
    return Run(datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), _commit(), seconds, _describe_machine())


def _commit() -> str:
    """The short hash, with `-dirty` when the code was changed since; `unknown` outside a clone."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


def _describe_machine() -> dict[str, Any]:
    """What a reader needs to judge the figures; no names or addresses."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu_model(),
        "linux": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def _cpu_model() -> str:
    lines: Sequence[str] = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
