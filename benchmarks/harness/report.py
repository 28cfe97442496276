"""The results as Markdown: printed at the end of a run and written beside the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.harness import footprint, resting
from benchmarks.harness.results import Results, cost
from benchmarks.harness.run import Run

CONDITIONS = (
    "Load generator and databases on the same cores, fsync on, every reply durable. "
    "A load comes after a warm-up; shown is the median of the rounds."
)


def render(results: Results) -> str:
    """The whole report; sections without data are left out."""
    sections = (_head, _rates, _latencies, _targets, _bounds, _footprints, _hibernations, _restings)
    parts = [section(results) for section in sections]
    if failures := results.failures():
        parts.append("## Loads that failed\n\n" + "\n".join(f"- {failure}" for failure in failures))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(results: Results) -> str:
    lines = ["# Benchmark results", "", *(f"- {_origin(run)}" for run in results.runs), "", CONDITIONS]
    if results.rounds:
        lines.append(f"Other processes used {results.disturbance():.0f} % of a core meanwhile (median).")
        if any(judged.disturbed for judged in results.judged()):
            lines.append("**The machine was disturbed: measure again when it is quiet.**")
    return "\n".join(lines)


def _origin(run: Run) -> str:
    where = "{cores} cores ({cpu}), Linux {linux}, Python {python}".format(**run.machine)
    return f"{run.date}, commit {run.commit}, {where}, {run.seconds:g} s a load: {', '.join(run.scenarios)}"


def _rates(results: Results) -> str:
    if not results.rounds:
        return ""
    names = results.contestants()
    rows = [
        [scenario, *(_number(results.headline(scenario, name)) for name in names)]
        for scenario in results.rounds
    ]
    return "## Per second (broadcast: deliveries)\n\n" + _table(["scenario", *names], rows)


def _latencies(results: Results) -> str:
    if not results.rounds:
        return ""
    rows = []
    for scenario, by_name in results.rounds.items():
        for name in by_name:
            report = results.typical(scenario, name)
            if report is None:
                continue
            times = [f"{report[key]:.1f}" for key in ("p50", "p95", "p99", "max")]
            errors = str(sum(each["errors"] for each in by_name[name]))
            cpu = " ".join(f"{group} {share}" for group, share in report["cpu_percent"].items() if share)
            spent = [f"{cost(report):.0f}", cpu, str(report["rss_mib"].get("server", "-"))]
            rows.append([scenario, name, *times, errors, *spent])
    costs = ["server µs each", "CPU, % of a core", "RSS, MiB"]
    header = ["scenario", "server", "p50", "p95", "p99", "max", "errors", *costs]
    return "## Latency in ms, and cost\n\n" + _table(header, rows)


def _targets(results: Results) -> str:
    rows = []
    for judged in results.judged():
        target = judged.target
        aim = f"{target.aim:g}" if target.aim else ""
        compared = f"{target.contestant} / {target.against}"
        rows.append(
            [
                target.scenario,
                compared,
                f"{judged.ratio:.2f}",
                f"{target.need:g}",
                aim,
                judged.verdict.value + (", disturbed" if judged.disturbed else ""),
            ]
        )
    return (
        "## Targets\n\n" + _table(["scenario", "ratio of", "ratio", "must", "aim", "verdict"], rows)
        if rows
        else ""
    )


def _bounds(results: Results) -> str:
    rows = [
        [
            bound.scenario,
            contestant,
            f"{value:,.0f}/s" if bound.figure == "rate" else f"{bound.figure} {value:.1f} ms",
            f"{'at least' if bound.figure == 'rate' else 'at most'} {bound.limit:g}",
            "met" if bound.holds(value) else "MISSED",
        ]
        for bound, contestant, value in results.bounded()
    ]
    return "## Bounds\n\n" + _table(["scenario", "server", "median", "must", "verdict"], rows) if rows else ""


def _footprints(results: Results) -> str:
    rows = [
        [found.contestant, what, figure, "met" if held else "MISSED"]
        for found in results.footprints
        for what, figure, held in footprint.verdicts(found)
    ]
    return "## Footprint\n\n" + _table(["server", "what", "figure", "verdict"], rows) if rows else ""


def _hibernations(results: Results) -> str:
    header = ["server", "sockets, asleep", "MiB", "KiB a socket", "KiB an actor", "p50", "p99", "all woke"]
    rows = [
        [
            found.contestant,
            f"{found.sockets:,} on {found.actors:,} actors",
            *(f"{figure:.1f}" for figure in (found.mib, found.kib_per_socket, found.kib_per_actor)),
            *(f"{time:.1f}" if time else "-" for time in (found.wake_p50, found.wake_p99)),
            f"MISSED: {found.lost} did not" if found.lost else "met",
        ]
        for found in results.hibernations
    ]
    return "## Hibernating sockets\n\n" + _table(header, rows) if rows else ""


def _restings(results: Results) -> str:
    rows = [
        [found.contestant, what, figure, "met" if held else "MISSED"]
        for found in results.restings
        for what, figure, held in resting.verdicts(found)
    ]
    if not rows:
        return ""
    table = _table(["server", "what", "figure", "verdict"], rows)
    plan = results.restings[0].plan
    return f"## Alarms that lie far ahead\n\n{table}\n\nHow a due one is claimed:\n\n```\n{plan}\n```"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with its columns aligned, so that it reads well in a terminal too."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)
