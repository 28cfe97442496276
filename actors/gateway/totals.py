"""Totals: what all actors count, summed over classes and over the processes that this one can see.

For whoever draws charts while somebody looks. Costs nothing when nobody asks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from actors.gateway.platform import Platform
from actors.gateway.shared_files import FOLDER, processes, summed
from actors.gateway.vitals import resident
from actors.runtime.measures import SIZES, Measures, unseen


@dataclass(frozen=True, slots=True)
class Totals:
    """`processes` are the pids of those that count; `memory` are their resident bytes, None where unknown."""

    measures: Measures
    processes: Sequence[int]
    memory: int | None


def totals(platform: Platform) -> Totals:
    """Of all processes of this machine that share PROMETHEUS_MULTIPROC_DIR; without it, of this one."""
    together = processes()
    if together:
        return Totals(summed(Path(os.environ[FOLDER])), together, _resident(together))
    own = [os.getpid()]
    return Totals(_summed(platform.measurements.prepared().values()), own, _resident(own))


def _summed(counted: Iterable[Measures]) -> Measures:
    total = unseen()
    for measures in counted:
        for cells, more, size in (
            (total.gauges, measures.gauges, SIZES["gauge"]),
            (total.counters, measures.counters, SIZES["counter"]),
            (total.histograms, measures.histograms, SIZES["histogram"]),
        ):
            for place in range(size):
                cells[place] += more[place]
    return total


def _resident(processes: Sequence[int]) -> int | None:
    found = [resident(pid) for pid in processes]
    known = [size for size in found if size is not None]
    return sum(known) if len(known) == len(found) else None
