"""The page of the charts: what all actors have counted, once a second; the page draws the differences.

Nothing is kept and nothing is sampled when nobody looks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from actors.gateway.platform import current
from actors.gateway.totals import Totals, totals
from actors.runtime.measures import BOUNDS, SUM, layout
from inspector.screens import Look, Screen

SECOND: Final = 1000
_GAUGES: Final = layout("gauge")
_COUNTERS: Final = layout("counter")
_HISTOGRAMS: Final = layout("histogram")
_CALLS: Final = _HISTOGRAMS["user_task_duration_seconds", "action"]
_LATENESS: Final = _HISTOGRAMS["alarm_lateness_seconds",]


def read(look: Look) -> dict[str, Any]:
    platform = current()
    found = totals(platform)
    return {
        "section": "charts",
        "sample": json.dumps(_sample(found, platform.clock.now_ms() // SECOND * SECOND)),
        "bounds": json.dumps(BOUNDS),
        "processes": len(found.processes),
    }


def _sample(found: Totals, at: int) -> dict[str, Any]:
    gauges, counters, histograms = found.measures.gauges, found.measures.counters, found.measures.histograms
    return {
        "at": at,
        "errors": counters[_COUNTERS["action_errors_total",]],
        "awake": gauges[_GAUGES["active_count",]],
        "connections": gauges[_GAUGES["connections_active",]],
        "queued": gauges[_GAUGES["queue_depth",]],
        "calls": _buckets(histograms, _CALLS),
        "lateness": _buckets(histograms, _LATENESS),
        "memory": found.memory,
    }


def _buckets(cells: Any, first: int) -> Sequence[float]:
    """How many took up to each of BOUNDS, and longer."""
    return [cells[first + offset] for offset in range(SUM)]


CHARTS: Final = Screen("charts", read)
