"""Lately: what all actors did in the last minutes, for pages that are opened when something went wrong.

Each node takes a sample every five seconds of what is counted anyway, and keeps those of five minutes: the
same work for one actor as for a million. A process without a node has only the samples of its own looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, Literal
from weakref import WeakKeyDictionary

from actors.gateway.platform import Platform
from actors.gateway.totals import Totals, totals
from actors.runtime.measures import BOUNDS, SUM, layout
from actors.runtime.node import Node
from inspector.templatetags.inspector import millis

SECOND: Final = 1000
KEPT: Final = 300 * SECOND
EVERY: Final = 5 * SECOND
"""Milliseconds."""
_GAUGES: Final = layout("gauge")
_HISTOGRAMS: Final = layout("histogram")
_AWAKE, _CONNECTED, _QUEUED = (
    _GAUGES[name,] for name in ("active_count", "connections_active", "queue_depth")
)
_COUNTERS: Final = layout("counter")
_ERRORS: Final = {
    "calls": _COUNTERS["action_errors_total",],
    "refused": _COUNTERS["calls_refused_total",],
    "messages": _COUNTERS["queue_messages_failed_total",],
}
_BAD_STARTS: Final = tuple(
    _HISTOGRAMS["startup_phase_duration_seconds", "total", is_new, "error"] + offset
    for is_new in ("true", "false")
    for offset in range(SUM)
)
_CALLS: Final = _HISTOGRAMS["user_task_duration_seconds", "action"]
_LATENESS: Final = _HISTOGRAMS["alarm_lateness_seconds",]


@dataclass(frozen=True, slots=True)
class Sample:
    """What had been counted at a moment, in Unix milliseconds.

    Of `calls` and `lateness` how many took up to each of BOUNDS, and longer; `memory` in bytes, if known;
    `processes` are those that have been counted. `errors` by what has failed: calls, calls of which no action
    was made, messages, starts.
    """

    at: int
    errors: Mapping[str, float]
    awake: float
    connections: float
    queued: float
    calls: Sequence[float]
    lateness: Sequence[float]
    memory: int | None
    processes: int

    @classmethod
    def of(cls, found: Totals, at: int) -> Sample:
        counted = found.measures
        return cls(
            at=at,
            errors={
                **{name: counted.counters[cell] for name, cell in _ERRORS.items()},
                "starts": sum(counted.histograms[cell] for cell in _BAD_STARTS),
            },
            awake=counted.gauges[_AWAKE],
            connections=counted.gauges[_CONNECTED],
            queued=counted.gauges[_QUEUED],
            calls=[counted.histograms[_CALLS + offset] for offset in range(SUM)],
            lateness=[counted.histograms[_LATENESS + offset] for offset in range(SUM)],
            memory=found.memory,
            processes=len(found.processes),
        )


@dataclass(frozen=True, slots=True)
class Lately:
    """`seconds` are those that are known. `slow`: 95 % of the calls took at most this."""

    seconds: float
    calls: float
    errors: Mapping[str, float]
    slow: float | None


class Sampler:
    """One for each platform. From any thread."""

    def __init__(self, platform: Platform) -> None:
        self.samples: tuple[Sample, ...] = ()
        self._platform = platform
        self._latest: Sample | None = None

    def begin(self, node: Node) -> None:
        """Take samples until the node ends."""
        if not node.draining:
            self._platform.clock.spawn(self._take(), name="inspector sample")
            self._platform.clock.call_later(EVERY / SECOND, partial(self.begin, node))

    async def _take(self) -> None:
        self._keep(await asyncio.to_thread(self.now))

    def now(self) -> Sample:
        """What has been counted until now; those who ask within a second get the same."""
        at, latest = self._platform.clock.now_ms(), self._latest
        if latest is None or at - latest.at >= SECOND:
            self._latest = latest = Sample.of(totals(self._platform), at)
            if not self.samples or at - self.samples[-1].at > EVERY:
                self._keep(latest)
        return latest

    def lately(self) -> Lately:
        """From the oldest sample until now."""
        seconds, calls = self.grown("calls")
        now, first = self.now(), self.samples[0]
        errors = {name: max(count - first.errors[name], 0) for name, count in now.errors.items()}
        return Lately(seconds, sum(calls), errors, quantile(calls, 0.95))

    def grown(self, histogram: Literal["calls", "lateness"]) -> tuple[float, list[float]]:
        """The seconds from the oldest sample until now, and what has come to each bucket in them."""
        now = self.now()
        first = self.samples[0]
        pairs = zip(getattr(first, histogram), getattr(now, histogram), strict=True)
        return (now.at - first.at) / SECOND, [max(last - early, 0) for early, last in pairs]

    def _keep(self, now: Sample) -> None:
        self.samples = (*(one for one in self.samples if now.at - KEPT <= one.at < now.at), now)


def quantile(counts: Sequence[float], share: float) -> float | None:
    """A value below which that share of the counted lies, between the bounds of its bucket; None of none."""
    left = sum(counts) * share
    if left <= 0:
        return None
    for count, (low, high) in zip(counts, pairwise((0.0, *BOUNDS)), strict=False):
        if left <= count:
            return low + (high - low) * left / count
        left -= count
    return BOUNDS[-1]


def took(seconds: float) -> str:
    """A quantile as people read it."""
    if seconds >= BOUNDS[-1]:
        return f"> {BOUNDS[-1]:.0f} s"
    return millis(seconds)


_samplers: WeakKeyDictionary[Platform, Sampler] = WeakKeyDictionary()


def sampler(platform: Platform) -> Sampler:
    return _samplers.setdefault(platform, Sampler(platform))


def sample(platform: Platform) -> None:
    """From now on each node that this process starts keeps samples."""
    platform.accompany(lambda node: sampler(platform).begin(node))
