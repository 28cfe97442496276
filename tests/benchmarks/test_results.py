"""Medians, ratios and what they leave out."""

from __future__ import annotations

import json

import pytest

from benchmarks.harness.results import Results, foreign_cpu
from benchmarks.harness.targets import Verdict


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


def test_a_ratio_measured_beside_others_is_marked(results: Results) -> None:
    assert not any(one.disturbed for one in results.judged())
    for report in results.rounds["broadcast"]["workerd"]:
        report["cpu_percent"]["machine"] += 100
    assert {one.target.scenario: one.disturbed for one in results.judged()} == {
        "http_action": False,
        "broadcast": True,
    }
