"""Exposition: the measures of this process as Prometheus's series, and the page that shows them.

The face installs it where django-prometheus is; the page is the project's to mount. Labels are names of
registered classes and the words of the table, so their number is known beforehand.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any, Final, Protocol

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from actors.errors import ActorError
from actors.gateway.auth import authorize, headers_of
from actors.gateway.framework import VERSION
from actors.gateway.guessing import heard
from actors.gateway.outbox_exposition import outbox_page
from actors.gateway.platform import current
from actors.gateway.responses import gateway_error
from actors.gateway.shared import shared
from actors.gateway.shared_files import FOLDER, remove_gauges_of_the_dead
from actors.logs import NO_METRICS
from actors.runtime.measures import (
    BOUNDS,
    LABEL,
    PREFIX,
    SERIES,
    SUM,
    MakeMeasures,
    Measures,
    Series,
    in_memory,
    layout,
)

_LIMITS: Final = [*map(floatToGoString, BOUNDS), "+Inf"]

logger = logging.getLogger("actors.gateway")


def metrics(request: ASGIRequest) -> HttpResponse:
    """All series of django-prometheus, for those who may list actors: the token, or loopback in DEBUG."""
    try:
        headers = headers_of(request.scope)
        with heard(current(), request.scope, headers):
            authorize(current().config, request.scope, headers)
    except ActorError as refused:
        return gateway_error(refused)
    remove_gauges_of_the_dead()
    response: HttpResponse = ExportToDjangoView(request)
    response.content += outbox_page()
    return response


def install(registry: CollectorRegistry = REGISTRY) -> MakeMeasures:
    """Once for a process; returns how it is to count, so that all its scrapes see it.

    Names that somebody else has registered are only said: actors work without.
    """
    several = FOLDER in os.environ
    try:
        about = Gauge(
            "rivetkit_info",
            "What runs here.",
            ("runtime", "version", "type"),
            registry=registry,
            multiprocess_mode="max",
        )
        about.labels("django", VERSION, "deployed").set(1)
        if not several:  # else the files say it, of every process
            registry.register(Collector())
    except ValueError as taken:
        NO_METRICS.say(logger, {"error": str(taken)})
    return shared if several else in_memory


class Collector:
    """For `prometheus_client`, which asks it at each scrape."""

    def describe(self) -> Iterator[Metric]:
        """The names alone, so that they are taken only once."""
        return (_family(series) for series in SERIES)

    def collect(self) -> Iterator[Metric]:
        measures = current().measurements.prepared()
        for series in SERIES:
            family: Any = _family(series)
            places = layout(series.sort)
            for name, counted in measures.items():
                for values in series.values():
                    _add(series, family, [name, *values], counted, places[series.name, *values])
            yield family


class _Kind(Protocol):
    def __call__(self, name: str, documentation: str, *, labels: list[str]) -> Metric: ...


_FAMILIES: Final[dict[str, _Kind]] = {
    "gauge": GaugeMetricFamily,
    "counter": CounterMetricFamily,
    "histogram": HistogramMetricFamily,
}


def _family(series: Series) -> Metric:
    return _FAMILIES[series.sort](PREFIX + series.name, series.text, labels=[LABEL, *series.labels])


def _add(series: Series, family: Any, labels: list[str], counted: Measures, place: int) -> None:
    if series.sort != "histogram":
        cells = counted.gauges if series.sort == "gauge" else counted.counters
        family.add_metric(labels, cells[place])
        return
    buckets, below = [], 0.0
    for offset, limit in enumerate(_LIMITS):
        below += counted.histograms[place + offset]
        buckets.append((limit, below))
    family.add_metric(labels, buckets, counted.histograms[place + SUM])
