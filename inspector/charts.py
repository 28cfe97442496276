"""The page of the charts: what all actors have counted, once a second; the page draws the differences.

It opens with the samples of the last minutes. From then on nothing is kept but in the page.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any, Final

from actors.gateway.platform import current
from actors.gateway.totals import totals
from actors.runtime.measures import BOUNDS
from inspector.lately import SECOND, sampler
from inspector.screens import Look, Screen


def read(look: Look) -> dict[str, Any]:
    platform = current()
    found = totals(platform)
    samples = sampler(platform)
    now = samples.look(found)
    return {
        "section": "charts",
        # So that a page asks for no more than one drawing a second.
        "sample": json.dumps(asdict(replace(now, at=now.at // SECOND * SECOND))),
        "history": json.dumps(list(map(asdict, samples.samples))),
        "bounds": json.dumps(BOUNDS),
        "processes": len(found.processes),
    }


CHARTS: Final = Screen("charts", read)
