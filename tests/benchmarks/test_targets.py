"""The table of targets and its verdicts."""

from __future__ import annotations

import pytest

from benchmarks.harness.contestants import CONTESTANTS
from benchmarks.harness.scenarios import LOADS, takes_part
from benchmarks.harness.targets import TARGETS, Target, Verdict, judge

TARGET = Target("ws_action", "actors-uvicorn", "workerd", need=2.0, aim=4.0)


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (4.0, Verdict.AIM),
        (3.99, Verdict.MET),
        (2.0, Verdict.MET),
        (1.8, Verdict.NOISE),
        (1.79, Verdict.MISSED),
    ],
)
def test_ten_percent_short_is_noise(ratio: float, verdict: Verdict) -> None:
    assert judge(TARGET, ratio) is verdict


def test_every_target_can_be_measured() -> None:
    for target in TARGETS:
        assert target.scenario in LOADS
        for side in (target.contestant, target.against):
            assert side in CONTESTANTS
            assert takes_part(side, target.scenario)
