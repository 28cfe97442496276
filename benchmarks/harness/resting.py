"""What alarms that lie far ahead cost: CPU while nothing is due, and when and how a due one comes."""

from __future__ import annotations

import json
import re
from typing import Any, Final, LiteralString, cast

import psycopg

from actors.storage.connect import arguments
from actors.storage.queries import QUERIES
from benchmarks.harness.contestants import Running
from benchmarks.harness.driver import LoadFailed, Report, drive
from benchmarks.harness.processes import cpu_percent, wait_until_quiet
from benchmarks.harness.results import Resting

MAX_IDLE_CPU: Final = 1.0
MAX_BLOCKS: Final = 50
DUE: Final = 200

# In the year 2100: no run meets one.
_FILL: Final = (
    "INSERT INTO actors_actor (id, name, key, crash_policy, created_at, started_at, slept_at)"
    " SELECT 'far-' || n, 'drowsy', 'far-' || n, 'sleep', 1, 1, 1 FROM generate_series(1, %s) n",
    "INSERT INTO actors_state (actor_id, generation) SELECT 'far-' || n, 1 FROM generate_series(1, %s) n",
    "INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)"
    " SELECT 'far-' || n, 'schedule', 4102444800000 + n, 4102444800000 + n FROM generate_series(1, %s) n",
)
_DUE: Final = "UPDATE actors_alarm SET wake_at = 1 WHERE actor_id = 'far-1'"


def measure_resting(name: str, server: Running, alarms: int, cpu_seconds: float) -> Resting:
    """The server must be fresh. Raises LoadFailed."""
    roots = server.roots
    alone = _due(server, "alone")
    wait_until_quiet(roots)
    idle_cpu = cpu_percent(roots, cpu_seconds)
    with psycopg.connect(server.database, **arguments(server.database, "bench")) as connection:
        fill(connection, alarms)
        wait_until_quiet(roots)
        resting_cpu = cpu_percent(roots, cpu_seconds)
        among = _due(server, "among")
        blocks, plan = claim(connection)
    return Resting(
        contestant=name,
        alarms=alarms,
        idle_cpu_percent=round(idle_cpu, 2),
        resting_cpu_percent=round(resting_cpu, 2),
        p99_alone=alone["p99"],
        p99_among=among["p99"],
        blocks=blocks,
        plan=plan,
    )


def verdicts(found: Resting) -> list[tuple[str, str, bool]]:
    """What was looked at, the figure beside its limit, and whether it holds."""
    extra = round(found.resting_cpu_percent - found.idle_cpu_percent, 2)
    cpu = f"{found.resting_cpu_percent} % of a core, {found.idle_cpu_percent} % without"
    late = f"p99 {found.p99_among:.0f} ms late, {found.p99_alone:.0f} ms without"
    blocks = f"{found.blocks} blocks, at most {MAX_BLOCKS}"
    return [
        (f"CPU of all processes, {found.alarms:,} alarms ahead", cpu, extra <= MAX_IDLE_CPU),
        (f"{DUE} due ones among them", late, found.p99_among <= 2 * found.p99_alone),
        ("a claim of a due one reads", blocks, found.blocks <= MAX_BLOCKS),
    ]


def _due(server: Running, prefix: str) -> Report:
    report = drive(server, "alarm_asleep", prefix=f"resting-{prefix}", actors=DUE, seconds=2, warmup=1)
    if report["errors"]:
        raise LoadFailed(f"{report['errors']} alarms did not fire: {report['error_kinds']}")
    return report


def fill(connection: psycopg.Connection[Any], alarms: int) -> None:
    """Cleaned up as autovacuum would do it, so that its work does not count."""
    connection.execute("SET statement_timeout = 0")
    for statement in _FILL:
        connection.execute(cast(LiteralString, statement), [alarms])
    connection.execute("VACUUM (ANALYZE) actors_actor, actors_state, actors_alarm")
    connection.execute("CHECKPOINT")


def claim(connection: psycopg.Connection[Any]) -> tuple[int, str]:
    """How many blocks the claim of one due alarm reads, and its plan; rolled back."""
    params = {"before": 2, "until": 3, "limit": 100, "lease": 15.0}
    how = "ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF"

    def explained(form: str) -> Any:
        with connection.transaction(force_rollback=True):
            connection.execute(_DUE)
            query = f"EXPLAIN ({how}, FORMAT {form}) {QUERIES['alarm_claim']}"
            return connection.execute(cast(LiteralString, query), params).fetchall()

    explained("TEXT")  # what only the first one after a fill reads does not count
    ((told,),) = explained("JSON")
    top = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
    plan = "\n".join(line for (line,) in explained("TEXT") if not re.search(r"Buffers|Planning|Memory", line))
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"], plan
