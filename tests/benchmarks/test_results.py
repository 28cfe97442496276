"""Medians, ratios and what they leave out."""

from __future__ import annotations

import json

import pytest

from benchmarks.harness.results import Results, foreign_cpu
from benchmarks.harness.targets import Verdict
from tests.benchmarks.conftest import report, run


def test_a_ratio_is_one_median_over_the_other(results: Results) -> None:
    judged = {one.target.scenario: one for one in results.judged()}
    assert judged["http_action"].ratio == 2500 / 1250
    assert judged["http_action"].verdict is Verdict.MET
    assert judged["broadcast"].ratio == 0.5
    assert judged["broadcast"].verdict is Verdict.MISSED


def test_a_target_with_one_side_missing_is_not_judged(results: Results) -> None:
    del results.rounds["http_action"]["workerd"]
    assert [one.target.scenario for one in results.judged()] == ["broadcast"]


def test_latencies_come_from_the_median_round(results: Results) -> None:
    typical = results.typical("http_action", "actors-uvicorn")
    assert typical is not None
    assert typical["p50"] == results.headline("http_action", "actors-uvicorn") == 2500


def test_what_was_not_measured_has_no_headline(results: Results) -> None:
    assert results.headline("cold_create", "workerd") is None
    assert results.typical("cold_create", "workerd") is None


@pytest.mark.parametrize(("machine", "foreign"), [(150, 40), (100, 0)])
def test_foreign_cpu_is_what_no_part_of_the_benchmark_used(machine: float, foreign: float) -> None:
    assert foreign_cpu({"cpu_percent": {"server": 90, "loadgen": 20, "machine": machine}}) == foreign


def test_everything_goes_into_the_json(results: Results) -> None:
    data = json.loads(json.dumps(results.as_dict()))
    assert len(data["rounds"]["http_action"]["workerd"]) == 3
    assert {target["verdict"] for target in data["targets"]} == {"met", "MISSED"}
    assert data["footprints"][0]["kib_per_actor"]["10000"] == 21.0


def test_what_is_stored_can_be_read_again(results: Results) -> None:
    stored = json.loads(json.dumps(results.as_dict()))
    assert Results.from_dict(stored) == results


def test_a_scenario_measured_again_replaces_the_stored_one_whole(results: Results) -> None:
    later = Results([run("2026-11-26", "def5678")])
    later.add("http_action", "workerd", report(7.0))
    later.fail("http_action, actors-uvicorn, round 1: no answer", "http_action")
    later.keep(results)
    assert later.hibernations == results.hibernations
    assert later.rounds["http_action"] == {"workerd": [report(7.0)]}
    assert later.rounds["broadcast"] == results.rounds["broadcast"]
    assert later.footprints == results.footprints
    assert later.restings == results.restings
    origins = [(each.date, each.commit, each.scenarios) for each in later.runs]
    assert origins == [
        ("2026-11-26", "def5678", ["http_action"]),
        ("2026-11-20", "abc1234", ["broadcast", "footprint", "hibernation", "resting"]),
    ]


def test_a_run_of_which_nothing_is_left_is_forgotten_with_its_failures(results: Results) -> None:
    results.fail("broadcast, plain-daphne, round 2: no answer", "broadcast")
    again = Results([run("2026-11-26", "def5678")])
    again.keep(results)
    assert again.failures() == ["broadcast, plain-daphne, round 2: no answer"]
    last = Results([run("2026-11-27", "fed8765")])
    for scenario in ("http_action", "broadcast"):
        last.add(scenario, "workerd", report(7.0))
    last.add_footprint(results.footprints[0])
    last.add_hibernation(results.hibernations[0])
    last.add_resting(results.restings[0])
    last.keep(again)
    assert (last.failures(), len(last.runs)) == ([], 1)


def test_a_ratio_measured_beside_others_is_marked(results: Results) -> None:
    assert not any(one.disturbed for one in results.judged())
    for each in results.rounds["broadcast"]["workerd"]:
        each["cpu_percent"]["machine"] += 100
    assert {one.target.scenario: one.disturbed for one in results.judged()} == {
        "http_action": False,
        "broadcast": True,
    }
