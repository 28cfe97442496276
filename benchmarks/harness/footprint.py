"""Memory and idle CPU: awake actors that nobody talks to, and sockets on which nothing happens."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.harness.contestants import Running
from benchmarks.harness.driver import LoadFailed, drive, held_sockets
from benchmarks.harness.processes import cpu_percent, settled_rss
from benchmarks.harness.results import Footprint

ACTOR = "resident"
WARM_ACTORS = 50
MAX_KIB_PER_ACTOR = 20.0
MAX_SOCKETS_MIB = 40.0
MAX_IDLE_CPU = 1.0


def measure_footprint(
    name: str, server: Running, actors: Sequence[int], sockets: int, cpu_seconds: float
) -> Footprint:
    """`actors`: rising counts to fill up to. The server must be fresh. Raises LoadFailed."""
    roots = server.groups["server"]
    drive(server, "populate", actor=ACTOR, actors=WARM_ACTORS, prefix="warm")
    with held_sockets(server, WARM_ACTORS, actor=ACTOR, prefix="warm"):
        pass
    baseline = settled_rss(roots)
    idle_cpu = cpu_percent(roots, cpu_seconds)
    per_actor: dict[int, float] = {}
    populated = 0
    for count in actors:
        _fill(server, populated, count)
        populated = count
        per_actor[count] = round((settled_rss(roots) - baseline) / count, 1)
    populated_cpu = cpu_percent(roots, cpu_seconds)
    before_sockets = settled_rss(roots)
    with held_sockets(server, sockets, actor=ACTOR, prefix="idle"):
        sockets_mib = (settled_rss(roots) - before_sockets) / 1024
    return Footprint(
        contestant=name,
        baseline_mib=round(baseline / 1024, 1),
        kib_per_actor=per_actor,
        sockets=sockets,
        sockets_mib=round(sockets_mib, 1),
        idle_cpu_percent=round(idle_cpu, 2),
        populated_cpu_percent=round(populated_cpu, 2),
    )


def verdicts(found: Footprint) -> list[tuple[str, str, bool]]:
    """What was looked at, the figure beside its limit, and whether it holds."""
    actors = [
        (
            f"memory of {count:,} awake actors",
            f"{kib} KiB each, at most {MAX_KIB_PER_ACTOR:.0f}",
            kib <= MAX_KIB_PER_ACTOR,
        )
        for count, kib in found.kib_per_actor.items()
    ]
    sockets = f"{found.sockets_mib} MiB, less than {MAX_SOCKETS_MIB:.0f}"
    extra = round(found.populated_cpu_percent - found.idle_cpu_percent, 2)
    cpu = f"{found.populated_cpu_percent} % of a core, {found.idle_cpu_percent} % without actors"
    return [
        *actors,
        (f"memory of {found.sockets:,} idle sockets", sockets, found.sockets_mib < MAX_SOCKETS_MIB),
        (f"CPU of {max(found.kib_per_actor):,} idle actors", cpu, extra <= MAX_IDLE_CPU),
    ]


def _fill(server: Running, have: int, want: int) -> None:
    report = drive(
        server, "populate", **{"actor": ACTOR, "actors": want - have, "from": have, "prefix": "idle"}
    )
    if report["errors"]:
        raise LoadFailed(f"{report['errors']} of {want - have} actors were not made: {report['error_kinds']}")
