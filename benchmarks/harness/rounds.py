"""Speed: each scenario, round after round, over all servers in turn: drift of the machine hits all alike."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from subprocess import TimeoutExpired

from benchmarks.harness.contestants import Running
from benchmarks.harness.driver import LoadFailed, Report, drive
from benchmarks.harness.processes import wait_for_quiet_machine
from benchmarks.harness.results import DISTURBED, Results, foreign_cpu, rate
from benchmarks.harness.scenarios import takes_part

# A disturbed load is done again, and the quieter one counts.
ATTEMPTS = 2


def measure(results: Results, servers: Mapping[str, Running], scenarios: Sequence[str], rounds: int) -> None:
    """Fill `results`. A load that fails is noted there and does not end the run."""
    for scenario in scenarios:
        for number in range(1, rounds + 1):
            for name, server in servers.items():
                if not takes_part(name, scenario):
                    continue
                try:
                    report = _load(server, scenario, results.run.seconds)
                except (LoadFailed, TimeoutExpired) as problem:
                    results.fail(f"{scenario}, {name}, round {number}: {problem}", scenario)
                else:
                    results.add(scenario, name, report)
                    _tell(scenario, name, number, report)


def _load(server: Running, scenario: str, seconds: float) -> Report:
    reports: list[Report] = []
    while len(reports) < ATTEMPTS:
        wait_for_quiet_machine()
        prefix = f"b{time.time_ns():x}"  # a fresh set of actors for every load
        warmup = min(1.5, seconds / 2)
        reports.append(drive(server, scenario, seconds=seconds, warmup=warmup, prefix=prefix))
        if foreign_cpu(reports[-1]) <= DISTURBED:
            break
    return min(reports, key=foreign_cpu)


def _tell(scenario: str, name: str, number: int, report: Report) -> None:
    times = f"p50 {report['p50']} ms  p99 {report['p99']} ms  errors {report['errors']}"
    others = foreign_cpu(report)
    disturbed = f"  (others used {others:.0f} % of a core)" if others > DISTURBED else ""
    print(f"{scenario:13} {name:15} {number}: {rate(report):>10,.0f}/s  {times}{disturbed}", flush=True)
