"""When a schedule is to run, as an operator types it, and the next times of it: shown before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, Literal

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from actors.gateway.platform import current
from actors.runtime import cadence
from inspector.access import page

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
    try:
        return {"delay" if asked.kind == "once" else "interval": float(asked.when)}
    except ValueError as exc:
        raise error("inspector.invalid_request", field="when", reason="it is a number of seconds") from exc


@page
def next_times(request: HttpRequest) -> HttpResponse:
    """`{"times": [...]}` in Unix milliseconds: the next of a cron expression or an interval.

    Raises as the making of the schedule would.
    """
    query = request.GET
    if query.get("kind") not in ("every", "cron") or not query.get("when"):
        return JsonResponse({"times": []})
    asked = msgspec.convert({name: query.get(name, "") for name in ("kind", "when", "timezone")}, Cadence)
    return JsonResponse({"times": list(islice(_coming(timing(asked)), SHOWN))})


def _coming(wanted: dict[str, Any]) -> Iterator[int]:
    now = current().clock.now_ms()
    if "expression" in wanted:
        made: cadence.Cadence = cadence.cron(wanted["expression"], wanted["timezone"], now)
    else:
        seconds = min(max(wanted["interval"], 0), cadence.LONGEST_INTERVAL)
        made = cadence.every(round(seconds * 1000), now)
    moment: int | None = now
    while moment is not None and (moment := made.after(moment)) is not None:
        yield moment
