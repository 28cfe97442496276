"""What the platform must reach: a table of ratios with the verdict on a measured one, and a table of figures.

A target compares two contestants of the same run; ten percent short counts as noise. A bound is for what has
no peer, and for what people wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

NOISE = 0.9


@dataclass(frozen=True)
class Target:
    """`contestant` does at least `need` times what `against` does; `aim` is what it should do."""

    scenario: str
    contestant: str
    against: str
    need: float
    aim: float | None = None


TARGETS = (
    Target("http_action", "actors-daphne", "plain-daphne", 2.0),
    Target("http_action", "actors-daphne", "bare-daphne", 0.7),
    Target("http_action", "actors-uvicorn", "workerd", 1.2, aim=2.5),
    Target("ws_action", "actors-daphne", "workerd", 1.2),
    Target("ws_action", "actors-uvicorn", "workerd", 2.0, aim=4.0),
    Target("ws_pipelined", "actors-daphne", "workerd", 1.0),
    Target("ws_pipelined", "actors-uvicorn", "workerd", 2.0, aim=3.5),
    Target("hot_actor", "actors-daphne", "workerd", 1.0),
    Target("hot_actor", "actors-uvicorn", "workerd", 2.0, aim=3.5),
    Target("cold_create", "actors-daphne", "workerd", 1.5),
    Target("cold_create", "actors-uvicorn", "workerd", 2.0, aim=4.0),
    Target("kv", "actors-daphne", "workerd", 1.0),
    Target("kv", "actors-uvicorn", "workerd", 1.0, aim=2.0),
    Target("broadcast", "actors-daphne", "plain-daphne", 3.0),
    Target("broadcast", "actors-uvicorn", "workerd", 0.7, aim=1.3),
)


@dataclass(frozen=True)
class Bound:
    """The median over the rounds of a `figure`: of `rate`, a second, the least; of `p99`, in ms, the most."""

    scenario: str
    figure: str
    limit: float

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.figure == "rate" else value <= self.limit


BOUNDS = (
    Bound("queue", "rate", 500),
    Bound("alarm_awake", "p99", 30),
    Bound("alarm_asleep", "p99", 150),
)


class Verdict(Enum):
    AIM = "aim reached"
    MET = "met"
    NOISE = "met within noise"
    MISSED = "MISSED"


def judge(target: Target, ratio: float) -> Verdict:
    """The verdict on one measured ratio."""
    if target.aim is not None and ratio >= target.aim:
        return Verdict.AIM
    if ratio >= target.need:
        return Verdict.MET
    return Verdict.NOISE if ratio >= target.need * NOISE else Verdict.MISSED
