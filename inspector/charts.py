"""The page of the charts: what all actors have counted, once a second; the page draws the differences.

It opens with the samples of the last minutes. From then on nothing is kept but in the page.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from actors.gateway.platform import current
from actors.runtime.measures import BOUNDS
from inspector.lately import sampler
from inspector.screens import Look, Screen


def read(look: Look) -> dict[str, Any]:
    samples = sampler(current())
    now = samples.now()
    return {
        "section": "charts",
        "sample": json.dumps(asdict(now)),
        "history": json.dumps(list(map(asdict, samples.samples))),
        "bounds": json.dumps(BOUNDS),
        "processes": now.processes,
    }


CHARTS: Final = Screen("charts", read)
