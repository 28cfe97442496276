"""What a run found: every report, the median of the rounds, ratios with verdicts, footprints."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, median_low
from typing import Any

from benchmarks.harness.driver import Report
from benchmarks.harness.targets import TARGETS, Target, Verdict, judge

# A load during which others took more of a core than this, in percent, says little.
DISTURBED = 40.0


@dataclass(frozen=True)
class Judged:
    """A target with what was measured. `ratio`: one median over the other; `disturbed`: do not trust it."""

    target: Target
    ratio: float
    verdict: Verdict
    disturbed: bool


@dataclass(frozen=True)
class Footprint:
    """Memory as the difference over a warm server without actors; CPU of the server in percent of a core."""

    contestant: str
    baseline_mib: float
    kib_per_actor: dict[int, float]
    sockets: int
    sockets_mib: float
    idle_cpu_percent: float
    populated_cpu_percent: float


@dataclass
class Results:
    """Filled while the run goes on. `rounds`: scenario -> contestant -> one report a round."""

    seconds: float
    machine: dict[str, Any]
    rounds: dict[str, dict[str, list[Report]]] = field(default_factory=dict)
    footprints: list[Footprint] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, scenario: str, contestant: str, report: Report) -> None:
        self.rounds.setdefault(scenario, {}).setdefault(contestant, []).append(report)

    def fail(self, problem: str) -> None:
        """Shown in full at once; kept is the first line, for logs are full of paths."""
        print(problem, file=sys.stderr, flush=True)
        self.failures.append(problem.splitlines()[0])

    def contestants(self) -> list[str]:
        """In the order in which they were first measured."""
        return list(dict.fromkeys(name for by_name in self.rounds.values() for name in by_name))

    def headline(self, scenario: str, contestant: str) -> float | None:
        """The median rate, or None when it was not measured."""
        reports = self.rounds.get(scenario, {}).get(contestant, [])
        return median(map(rate, reports)) if reports else None

    def typical(self, scenario: str, contestant: str) -> Report | None:
        """The round whose rate is the median: its latencies belong to that rate."""
        reports = self.rounds.get(scenario, {}).get(contestant, [])
        return sorted(reports, key=rate)[(len(reports) - 1) // 2] if reports else None

    def judged(self) -> list[Judged]:
        """Every target of which both sides were measured."""
        return [judged for target in TARGETS if (judged := self._judge(target))]

    def disturbance(self) -> float:
        """The median share of the machine, in percent of a core, that neither server nor driver used."""
        every = [reports for by_name in self.rounds.values() for reports in by_name.values()]
        shares = [foreign_cpu(report) for reports in every for report in reports]
        return median_low(shares) if shares else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        judged = [
            {**asdict(one), "ratio": round(one.ratio, 3), "verdict": one.verdict.value}
            for one in self.judged()
        ]
        return {**asdict(self), "targets": judged}

    def _judge(self, target: Target) -> Judged | None:
        sides = (target.contestant, target.against)
        ours, theirs = (self.headline(target.scenario, name) for name in sides)
        if ours is None or not theirs:
            return None
        reports = [report for name in sides if (report := self.typical(target.scenario, name))]
        disturbed = any(foreign_cpu(report) > DISTURBED for report in reports)
        return Judged(target, ours / theirs, judge(target, ours / theirs), disturbed)


def rate(report: Report) -> float:
    """Deliveries a second for a broadcast, completed actions a second for everything else."""
    headline: float = report.get("deliveries_rate", report["rate"])
    return headline


def cost(report: Report) -> float:
    """Microseconds of CPU that the server process spent on each action or delivery."""
    each: float = report["cpu_percent"].get("server", 0) * 10_000 / max(1.0, rate(report))
    return each


def foreign_cpu(report: Report) -> float:
    """Percent of a core used by processes that took no part, other contestants included."""
    cpu: dict[str, float] = report["cpu_percent"]
    return max(0.0, cpu["machine"] - sum(value for name, value in cpu.items() if name != "machine"))


def describe_machine() -> dict[str, Any]:
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
