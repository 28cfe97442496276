"""A finished run, made by hand, for the tests of what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.harness.results import Footprint, Hibernation, Resting, Results
from benchmarks.harness.run import Run


def report(rate: float, **more: Any) -> dict[str, Any]:
    """What the load generator prints, as far as the harness reads it."""
    return {
        "rate": rate,
        "p50": 1.0,
        "p95": 2.0,
        "p99": 3.0,
        "max": 4.0,
        "errors": 0,
        "cpu_percent": {"server": 90, "loadgen": 20, "machine": 115},
        "rss_mib": {"server": 64},
        **more,
    }


def run(date: str, commit: str) -> Run:
    return Run(date, commit, 6.0, {"cores": 2, "cpu": "a <cpu>", "linux": "6.1", "python": "3.11.7"})


@pytest.fixture
def results() -> Results:
    """Three rounds of http_action and broadcast: the platform on uvicorn beside workerd."""
    found = Results([run("2026-11-20", "abc1234")])
    for ours, theirs in ((3000.0, 1000.0), (1000.0, 2000.0), (2500.0, 1250.0)):
        found.add("http_action", "actors-uvicorn", report(ours, p50=ours))
        found.add("http_action", "workerd", report(theirs))
    found.add("broadcast", "actors-uvicorn", report(500.0, deliveries_rate=30_000.0))
    found.add("broadcast", "workerd", report(700.0, deliveries_rate=60_000.0, errors=2))
    found.add_footprint(
        Footprint(
            contestant="actors-uvicorn",
            baseline_mib=80.0,
            kib_per_actor={1_000: 19.5, 10_000: 21.0},
            sockets=1_000,
            sockets_mib=25.0,
            idle_cpu_percent=0.5,
            populated_cpu_percent=0.8,
        )
    )
    found.add_hibernation(
        Hibernation(
            contestant="actors-uvicorn",
            actors=100,
            sockets=1_000,
            mib=20.5,
            kib_per_socket=19.5,
            kib_per_actor=4.2,
            lost=0,
            wake_p50=120.0,
            wake_p99=160.0,
        )
    )
    found.add_resting(
        Resting(
            contestant="actors-uvicorn",
            alarms=1_000_000,
            idle_cpu_percent=0.4,
            resting_cpu_percent=0.5,
            p99_alone=100.0,
            p99_among=300.0,
            blocks=16,
            plan="Index Scan",
        )
    )
    return found
