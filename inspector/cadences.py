"""When a schedule is to run, as an operator types it, and the next times of it: shown before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import isfinite, nan
from typing import Any, Final, Literal

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from actors.gateway.inspector_planning import typed_by_people
from actors.gateway.platform import current
from actors.runtime import cadence
from inspector.access import page
from inspector.aloud import aloud

SHOWN: Final = 5


class Cadence(msgspec.Struct, kw_only=True):
    """`when` is a number of seconds, or the five fields of cron; `timezone` goes with these."""

    kind: Literal["once", "every", "cron"]
    when: str
    timezone: str = "UTC"


def timing(asked: Cadence) -> dict[str, Any]:
    """As the inspector of an actor takes it. Raises inspector.invalid_request."""
    if asked.kind == "cron":
        return {"expression": asked.when, "timezone": asked.timezone or "UTC"}
    return {"delay" if asked.kind == "once" else "interval": _seconds(asked.when)}


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = nan
    if not isfinite(seconds):
        raise error("inspector.invalid_request", field="when", reason="it is a number of seconds, such as 60")
    return seconds


@page
def next_times(request: HttpRequest) -> HttpResponse:
    """`{"times": [...], "words"}`: the next of a cron expression or an interval, in Unix milliseconds.

    Raises as the making of the schedule would, with the status of what was mistyped.
    """
    query = request.GET
    if query.get("kind") not in ("every", "cron") or not query.get("when"):
        return JsonResponse({"times": [], "words": ""})
    asked = msgspec.convert({name: query.get(name, "") for name in ("kind", "when", "timezone")}, Cadence)
    with typed_by_people():
        now = current().clock.now_ms()
        made = _made(timing(asked), now)
        spoken = aloud(made.as_json())
        words = "" if spoken is None else spoken.words
        return JsonResponse({"times": list(islice(_coming(made, now), SHOWN)), "words": words})


def _made(wanted: dict[str, Any], now: int) -> cadence.Cadence:
    if "expression" in wanted:
        return cadence.cron(wanted["expression"], wanted["timezone"], now)
    seconds = min(max(wanted["interval"], 0), cadence.LONGEST_INTERVAL)
    return cadence.every(round(seconds * 1000), now)


def _coming(made: cadence.Cadence, now: int) -> Iterator[int]:
    moment: int | None = now
    while moment is not None and (moment := made.after(moment)) is not None:
        yield moment
