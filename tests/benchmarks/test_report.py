"""The table and the picture."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from benchmarks.harness.chart import draw
from benchmarks.harness.report import render
from benchmarks.harness.results import Results
from tests.benchmarks.conftest import run

SVG = "{http://www.w3.org/2000/svg}"


def test_the_report_says_what_was_met_and_what_was_not(results: Results) -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in render(results).splitlines()]
    assert ["http_action", "actors-uvicorn / workerd", "2.00", "1.2", "2.5", "met"] in rows
    assert ["broadcast", "actors-uvicorn / workerd", "0.50", "0.7", "1.3", "MISSED"] in rows
    assert ["actors-uvicorn", "memory of 1,000 awake actors", "19.5 KiB each, at most 20", "met"] in rows
    assert ["actors-uvicorn", "memory of 10,000 awake actors", "21.0 KiB each, at most 20", "MISSED"] in rows


def test_the_report_says_when_and_at_which_commit_each_scenario_was_measured(results: Results) -> None:
    later = Results([run("2026-11-26", "def5678")])
    later.add("broadcast", "workerd", results.rounds["broadcast"]["workerd"][0])
    later.keep(results)
    origins = [line for line in render(later).splitlines() if line.startswith("- ")]
    assert [(line[2:32], line.rpartition(": ")[2]) for line in origins] == [
        ("2026-11-26, commit def5678, 2 ", "broadcast"),
        ("2026-11-20, commit abc1234, 2 ", "http_action, footprint, hibernation, resting"),
    ]


def test_the_report_says_whether_all_woke(results: Results) -> None:
    def row() -> list[str]:
        line = render(results).split("## Hibernating sockets\n\n")[1].splitlines()[2]
        return [cell.strip() for cell in line.strip("|").split("|")]

    sockets = ["actors-uvicorn", "1,000 on 100 actors", "20.5", "19.5", "4.2", "120.0", "160.0"]
    assert row() == [*sockets, "met"]
    results.hibernations[0] = replace(results.hibernations[0], lost=3)
    assert row() == [*sockets, "MISSED: 3 did not"]


def test_the_report_says_what_alarms_that_lie_far_ahead_cost(results: Results) -> None:
    told = render(results).split("## Alarms that lie far ahead\n\n")[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in told.splitlines()[2:5]]
    assert rows == [
        ["CPU of all processes, 1,000,000 alarms ahead", "0.5 % of a core, 0.4 % without", "met"],
        ["200 due ones among them", "p99 300 ms late, 100 ms without", "MISSED"],
        ["a claim of a due one reads", "16 blocks, at most 50", "met"],
    ]
    assert "Index Scan" in told


def test_the_report_says_what_the_median_of_the_rounds_must_be(results: Results) -> None:
    one = results.rounds["broadcast"]["workerd"][0]
    for scenario, figure, values in (
        ("queue", "rate", (400, 600, 700)),
        ("alarm_asleep", "p99", (40, 160, 170)),
    ):
        for value in values:
            results.add(scenario, "actors-uvicorn", {**one, figure: value})
    told = render(results).split("## Bounds\n\n")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in told.splitlines()[2:]]
    assert rows == [
        ["queue", "actors-uvicorn", "600/s", "at least 500", "met"],
        ["alarm_asleep", "actors-uvicorn", "p99 160.0 ms", "at most 150", "MISSED"],
    ]


def test_errors_of_all_rounds_are_shown(results: Results) -> None:
    (row,) = [line for line in render(results).splitlines() if line.startswith("| broadcast   | workerd ")]
    assert row.split("|")[7].strip() == "2"


def test_the_columns_of_a_table_are_aligned(results: Results) -> None:
    table = render(results).split("## Targets\n\n")[1].split("\n\n")[0].splitlines()
    assert len({len(line) for line in table}) == 1


def test_a_run_that_measured_nothing_still_reports_why() -> None:
    empty = Results([run("2026-11-20", "abc1234")])
    empty.fail("workerd did not start\na log full of paths")
    assert "- workerd did not start" in render(empty)
    assert "paths" not in render(empty)
    assert "## Targets" not in render(empty)


def test_the_picture_has_a_bar_for_every_rate(results: Results) -> None:
    picture = ElementTree.fromstring(draw(results))
    bars = [element for element in picture.iter(f"{SVG}rect") if element.get("rx")]
    widths = [float(bar.get("width", "0")) for bar in bars]
    assert widths == [250.0, 125.0, 125.0, 250.0]
    numbers = [element.text for element in picture.iter(f"{SVG}text") if element.get("class") is None]
    assert numbers == ["2,500", "1,250", "30,000", "60,000"]
