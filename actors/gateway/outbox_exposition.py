"""What waits in the outbox, as gauges for Prometheus. The site has one outbox, so no process counts it.

The page of metrics asks the database at each scrape: two bounded look-ups by index. What is delivered, the
nodes count as they go: see `actors.runtime.measures`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from actors.bounded import bounded
from actors.errors import ActorError
from actors.gateway.outbox_operator import Standing, standing
from actors.gateway.platform import Platform, current
from actors.logs import NO_METRICS
from actors.runtime.measures import LABEL, PREFIX, Series


def _age(one: Standing, now: int) -> float:
    """Clocks of several machines differ: never below zero."""
    return 0.0 if one.since is None else max(0.0, (now - one.since) / 1000)


_GAUGES: Final[tuple[tuple[Series, Callable[[Standing, int], float]], ...]] = (
    (
        Series("gauge", "outbox_waiting", "Calls of the outbox that wait, counted up to 1,000.", {}),
        lambda one, now: one.waiting,
    ),
    (Series("gauge", "outbox_oldest_seconds", "How long the oldest of them has waited.", {}), _age),
    (
        Series("gauge", "outbox_failed", "Calls of the outbox that are kept as given up, up to 1,000.", {}),
        lambda one, now: one.given_up,
    ),
)
OUTBOX_SERIES: Final = tuple(series for series, _ in _GAUGES)

logger = logging.getLogger("actors.gateway")


def outbox_page() -> bytes:
    """The end of the page of metrics; nothing where the database cannot tell in time."""
    try:
        with bounded():
            found = standing()
    except (ActorError, DatabaseError) as failure:
        NO_METRICS.say(logger, {"error": str(failure)})
        return b""
    registry = CollectorRegistry()
    registry.register(_Collector(current(), found))
    return generate_latest(registry)


class _Collector:
    """For `prometheus_client`. Registered classes without calls are there too, at zero."""

    def __init__(self, platform: Platform, found: list[Standing]) -> None:
        self._now = platform.clock.now_ms()
        self._found = {name: Standing(name, 0, None, 0) for name in platform.registry.names()}
        self._found |= {one.name: one for one in found}

    def collect(self) -> Iterator[Metric]:
        for series, value in _GAUGES:
            family = GaugeMetricFamily(PREFIX + series.name, series.text, labels=[LABEL])
            for name, one in self._found.items():
                family.add_metric([name], value(one, self._now))
            yield family
