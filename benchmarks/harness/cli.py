"""`python -m benchmarks`: start the servers, measure, print, write `benchmarks/results/latest.*`."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

from benchmarks.harness import node
from benchmarks.harness.chart import draw
from benchmarks.harness.contestants import CONTESTANTS, Running
from benchmarks.harness.driver import LoadFailed
from benchmarks.harness.footprint import measure_footprint
from benchmarks.harness.hibernation import measure_hibernation
from benchmarks.harness.processes import StartFailed
from benchmarks.harness.report import render
from benchmarks.harness.resting import measure_resting
from benchmarks.harness.results import Results
from benchmarks.harness.rounds import measure
from benchmarks.harness.run import begin
from benchmarks.harness.scenarios import FOOTPRINT, HIBERNATION, LOADS, RESTING, SCENARIOS, takes_part

RESULTS = node.BENCHMARKS / "results"


@dataclass(frozen=True)
class Effort:
    """How long to look."""

    seconds: float
    rounds: int
    actors: tuple[int, ...]
    sockets: int
    idle_seconds: float
    alarms: int


FULL = Effort(6.0, 3, actors=(1_000, 10_000), sockets=1_000, idle_seconds=10.0, alarms=1_000_000)
QUICK = Effort(2.0, 1, actors=(1_000,), sockets=200, idle_seconds=2.0, alarms=10_000)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything that was asked for was measured, whatever the targets say; 1 otherwise."""
    options = _options(argv)
    if not node.installed():
        print("benchmarks/node_modules is missing: run `make bench`, or `python3 tools/setup.py bench` once")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended
    effort = QUICK if options.quick else FULL
    rounds = options.rounds or effort.rounds
    results = Results([begin(options.seconds or effort.seconds)])
    with tempfile.TemporaryDirectory(prefix="actors-bench-") as scratch:
        loads = [scenario for scenario in LOADS if scenario in options.scenarios]
        if loads:
            _measure_speed(results, options.servers, loads, rounds, Path(scratch))
        for scenario in STANDING:
            if scenario in options.scenarios:
                _measure_standing(results, options.servers, scenario, effort, Path(scratch))
    print(f"\n{render(results)}")
    failed = bool(results.failures())
    if not options.quick:
        _store(results, options.output)
    return 1 if failed else 0


def _options(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description="The platform beside its peers.")
    _add_choice(parser, "--scenarios", list(SCENARIOS))
    _add_choice(parser, "--servers", list(CONTESTANTS))
    parser.add_argument("--seconds", type=float, help=f"measured window of a load (default {FULL.seconds:g})")
    parser.add_argument("--rounds", type=int, help=f"rounds to take the median of (default {FULL.rounds})")
    parser.add_argument("--quick", action="store_true", help="one short round, fewer actors; not stored")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of latest.{json,md,svg}")
    return parser.parse_args(argv)


def _add_choice(parser: ArgumentParser, option: str, names: list[str]) -> None:
    parser.add_argument(
        option, nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )


def _measure_speed(
    results: Results, servers: Sequence[str], scenarios: Sequence[str], rounds: int, scratch: Path
) -> None:
    """All servers run at once, so that each load can follow its rival's at once; only one is under load."""
    with ExitStack() as stack:
        up = {}
        for name in servers:
            if not any(takes_part(name, scenario) for scenario in scenarios):
                continue
            print(f"starting {name} ...", flush=True)
            folder = scratch / name
            folder.mkdir()
            try:
                up[name] = stack.enter_context(CONTESTANTS[name](folder))
            except StartFailed as problem:
                results.fail(f"{name} did not start: {problem}")
        measure(results, up, scenarios, rounds)


def _measure_standing(
    results: Results, servers: Sequence[str], scenario: str, effort: Effort, scratch: Path
) -> None:
    """A fresh server for each: what an earlier load left in memory must not count."""
    for name in servers:
        if not takes_part(name, scenario):
            continue
        print(f"{scenario} of {name} ...", flush=True)
        folder = scratch / f"{name}-{scenario}"
        folder.mkdir()
        try:
            with CONTESTANTS[name](folder) as server:
                STANDING[scenario](results, name, server, effort)
        except (StartFailed, LoadFailed, TimeoutExpired) as problem:
            results.fail(f"{scenario}, {name}: {problem}", scenario)


def _footprint(results: Results, name: str, server: Running, effort: Effort) -> None:
    found = measure_footprint(name, server, effort.actors, effort.sockets, effort.idle_seconds)
    results.add_footprint(found)


def _hibernation(results: Results, name: str, server: Running, effort: Effort) -> None:
    results.add_hibernation(measure_hibernation(name, server, effort.sockets // 10, effort.sockets))


def _resting(results: Results, name: str, server: Running, effort: Effort) -> None:
    results.add_resting(measure_resting(name, server, effort.alarms, effort.idle_seconds))


STANDING = {FOOTPRINT: _footprint, HIBERNATION: _hibernation, RESTING: _resting}


def _store(results: Results, folder: Path) -> None:
    """Scenarios that were not measured this time stay as they are, each with its own date and commit."""
    data = folder / "latest.json"
    if data.exists():
        results.keep(Results.from_dict(json.loads(data.read_text())))
    folder.mkdir(parents=True, exist_ok=True)
    data.write_text(json.dumps(results.as_dict(), indent=1) + "\n")
    (folder / "latest.md").write_text(render(results))
    if results.rounds:
        (folder / "latest.svg").write_text(draw(results))
