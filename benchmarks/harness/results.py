"""What a run found: every report, the median of the rounds, ratios with verdicts, footprints."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from statistics import median, median_low
from typing import Any

from benchmarks.harness.driver import Report
from benchmarks.harness.run import START, Run
from benchmarks.harness.scenarios import FOOTPRINT, HIBERNATION, LOADS, RESTING
from benchmarks.harness.targets import BOUNDS, TARGETS, Bound, Target, Verdict, judge

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


@dataclass(frozen=True)
class Hibernation:
    """Memory of sockets on actors that sleep. `lost`: calls that woke nobody; all call at once."""

    contestant: str
    actors: int
    sockets: int
    mib: float
    kib_per_socket: float
    kib_per_actor: float
    lost: int
    wake_p50: float | None
    wake_p99: float | None


@dataclass(frozen=True)
class Resting:
    """CPU of all processes in percent of a core, with and without alarms that lie far ahead; times in ms.

    `blocks`: what the claim of one due alarm reads of the database, by `plan`.
    """

    contestant: str
    alarms: int
    idle_cpu_percent: float
    resting_cpu_percent: float
    p99_alone: float
    p99_among: float
    blocks: int
    plan: str


@dataclass
class Results:
    """`runs`: the one that goes on, then those whose figures it does not replace.

    `rounds`: scenario -> contestant -> one report a round; all reports of a scenario are of one run.
    """

    runs: list[Run]
    rounds: dict[str, dict[str, list[Report]]] = field(default_factory=dict)
    footprints: list[Footprint] = field(default_factory=list)
    hibernations: list[Hibernation] = field(default_factory=list)
    restings: list[Resting] = field(default_factory=list)

    @property
    def run(self) -> Run:
        """The run that fills these results."""
        return self.runs[0]

    def add(self, scenario: str, contestant: str, report: Report) -> None:
        self._note(scenario)
        self.rounds.setdefault(scenario, {}).setdefault(contestant, []).append(report)

    def add_footprint(self, found: Footprint) -> None:
        self._note(FOOTPRINT)
        self.footprints.append(found)

    def add_hibernation(self, found: Hibernation) -> None:
        self._note(HIBERNATION)
        self.hibernations.append(found)

    def add_resting(self, found: Resting) -> None:
        self._note(RESTING)
        self.restings.append(found)

    def fail(self, problem: str, about: str = START) -> None:
        """Shown in full at once; kept is the first line, for logs are full of paths."""
        print(problem, file=sys.stderr, flush=True)
        self.run.failures.setdefault(about, []).append(problem.splitlines()[0])

    def failures(self) -> list[str]:
        """Of all runs."""
        return [one for run in self.runs for told in run.failures.values() for one in told]

    def keep(self, stored: Results) -> None:
        """Take over what this run has not measured. A scenario is replaced whole: ratios are of one run."""
        again = self.run.scenarios
        self.runs += [left for run in stored.runs if (left := run.without(again)).scenarios]
        rounds = {**stored.rounds, **self.rounds}
        self.rounds = {name: rounds[name] for name in LOADS if name in rounds}
        self.footprints = self.footprints or stored.footprints
        self.hibernations = self.hibernations or stored.hibernations
        self.restings = self.restings or stored.restings

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

    def bounded(self) -> list[tuple[Bound, str, float]]:
        """Every bound with each contestant that was measured, and its median."""
        return [
            (bound, contestant, median(report[bound.figure] for report in reports))
            for bound in BOUNDS
            for contestant, reports in self.rounds.get(bound.scenario, {}).items()
        ]

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

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Results:
        """The inverse of `as_dict`; verdicts are found anew."""
        return cls(
            runs=[Run(**run) for run in data["runs"]],
            rounds=data["rounds"],
            footprints=[_footprint(**found) for found in data["footprints"]],
            hibernations=[Hibernation(**found) for found in data["hibernations"]],
            restings=[Resting(**found) for found in data["restings"]],
        )

    def _note(self, scenario: str) -> None:
        if scenario not in self.run.scenarios:
            self.run.scenarios.append(scenario)

    def _judge(self, target: Target) -> Judged | None:
        sides = (target.contestant, target.against)
        ours, theirs = (self.headline(target.scenario, name) for name in sides)
        if ours is None or not theirs:
            return None
        reports = [report for name in sides if (report := self.typical(target.scenario, name))]
        disturbed = any(foreign_cpu(report) > DISTURBED for report in reports)
        return Judged(target, ours / theirs, judge(target, ours / theirs), disturbed)


def _footprint(kib_per_actor: dict[str, float], **rest: Any) -> Footprint:
    """JSON has made strings of the counts."""
    return Footprint(kib_per_actor={int(count): kib for count, kib in kib_per_actor.items()}, **rest)


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
