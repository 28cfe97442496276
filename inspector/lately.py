"""Lately: what all actors did in the last minutes, for a page that wants a number at once and no chart.

Each node takes a sample four times a minute of what is counted anyway, and keeps those of five minutes: the
same work for one actor as for a million. A process without a node has only the samples of its own looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final
from weakref import WeakKeyDictionary

from actors.gateway.platform import Platform
from actors.gateway.totals import Totals, totals
from actors.runtime.measures import BOUNDS, SUM, layout
from actors.runtime.node import Node

KEPT: Final = 300.0
EVERY: Final = 15.0
"""Seconds."""
_ERRORS: Final = layout("counter")["action_errors_total",]
_CALLS: Final = layout("histogram")["user_task_duration_seconds", "action"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What had been counted at a moment. `calls`: how many took up to each of BOUNDS, and longer."""

    at: float
    errors: float
    calls: Sequence[float]


@dataclass(frozen=True, slots=True)
class Lately:
    """`seconds` are those that are known, KEPT in the end. `slow`: 95 % of the calls took at most this."""

    seconds: float
    calls: float
    errors: float
    slow: float | None


class Sampler:
    """One for each platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._samples: tuple[Sample, ...] = ()

    def begin(self, node: Node) -> None:
        """Take samples until the node ends."""
        if not node.draining:
            self._platform.clock.spawn(self._take(), name="inspector sample")
            self._platform.clock.call_later(EVERY, partial(self.begin, node))

    async def _take(self) -> None:
        self._keep(self._sample(await asyncio.to_thread(totals, self._platform)))

    def look(self, found: Totals) -> Lately:
        """Between the oldest sample and `found`, which was counted just now. From any thread."""
        now = self._sample(found)
        if not self._samples or now.at - self._samples[-1].at > EVERY:
            self._keep(now)
        first = self._samples[0]
        calls = [max(last - early, 0) for early, last in zip(first.calls, now.calls, strict=True)]
        return Lately(now.at - first.at, sum(calls), max(now.errors - first.errors, 0), quantile(calls, 0.95))

    def _sample(self, found: Totals) -> Sample:
        calls = [found.measures.histograms[_CALLS + offset] for offset in range(SUM)]
        return Sample(self._platform.clock.monotonic(), found.measures.counters[_ERRORS], calls)

    def _keep(self, now: Sample) -> None:
        self._samples = (*(one for one in self._samples if now.at - one.at <= KEPT), now)


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


_samplers: WeakKeyDictionary[Platform, Sampler] = WeakKeyDictionary()


def sampler(platform: Platform) -> Sampler:
    return _samplers.setdefault(platform, Sampler(platform))


def sample(platform: Platform) -> None:
    """From now on each node that this process starts keeps samples."""
    platform.accompany(lambda node: sampler(platform).begin(node))
