"""Lateness: how late sleeping actors were awake for their alarms, in the last minutes, as a page draws it.

From what each process counts anyway (`rivetkit_actor_alarm_lateness_seconds`), so it costs the same for
one alarm as for a million.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from actors.gateway.platform import current
from actors.runtime.measures import BOUNDS
from inspector.lately import quantile, sampler, took
from inspector.templatetags.inspector import lasting

LABELS: Final = (
    *(f"{bound * 1000:g} ms" if bound < 1 else f"{bound:g} s" for bound in BOUNDS),
    "longer",
)
"""What is counted in a bucket took at most this."""


def lateness() -> dict[str, Any]:
    """`bars` is JSON of labels and counts for the page's script, `words` the same for whoever reads."""
    seconds, counts = sampler(current()).grown("lateness")
    return {"bars": json.dumps([LABELS, counts]), "words": _words(seconds, counts)}


def _words(seconds: float, counts: Sequence[float]) -> str:
    woken = sum(counts)
    within = lasting(seconds)
    if not woken:
        return f"No alarm has woken anybody in the last {within}."
    half, most = (took(quantile(counts, share) or 0) for share in (0.5, 0.95))
    return f"{woken:,.0f} in the last {within}: half within {half}, 95 % within {most}."
