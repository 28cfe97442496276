"""Memory of sockets whose actors sleep, and whether all of them wake when they call at once."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.harness.contestants import Running
from benchmarks.harness.driver import Held, Report, held
from benchmarks.harness.processes import settled_rss
from benchmarks.harness.results import Hibernation

HOLD = "hold_sleepers"
WARM_ACTORS = 50
REST = 12.0  # workerd evicts after ten seconds; the platform's sleepers go after one


def measure_hibernation(
    name: str, server: Running, actors: int, sockets: int, rest: float = REST
) -> Hibernation:
    """`sockets` on `actors`, then as many again on an actor each: the difference is what an actor costs.

    That they slept is known once they have woken. The server must be fresh. Raises LoadFailed.
    """
    roots = server.groups["server"]
    with held(server, HOLD, WARM_ACTORS, actors=WARM_ACTORS, sockets=1, prefix="warm") as warm:
        time.sleep(rest)
        warm.release()
    nobody = _asleep_rss(roots, rest)
    with held(server, HOLD, sockets, actors=actors, sockets=sockets // actors, prefix="crowd") as crowd:
        crowded = _asleep_rss(roots, rest)
        with held(server, HOLD, sockets, actors=sockets, sockets=1, prefix="lone") as lone:
            everybody = _asleep_rss(roots, rest)
            woken = [_wake(crowd), _wake(lone)]
    together, apart = crowded - nobody, everybody - crowded
    per_actor = (apart - together) / (sockets - actors)
    return Hibernation(
        contestant=name,
        actors=actors,
        sockets=sockets,
        mib=round(together / 1024, 1),
        kib_per_socket=round((together - per_actor * actors) / sockets, 1),
        kib_per_actor=round(per_actor, 1),
        lost=sum(report["errors"] for report in woken),
        wake_p50=woken[0]["p50"],
        wake_p99=woken[0]["p99"],
    )


def _wake(sleepers: Held) -> Report:
    report = sleepers.release()
    if report["errors"]:
        print(f"not woken: {report['error_kinds']}", flush=True)
    return report


def _asleep_rss(roots: Sequence[int], rest: float) -> float:
    time.sleep(rest)
    return settled_rss(roots)
