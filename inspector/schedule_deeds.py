"""What an operator can do to the schedules of an actor: make, change, pause, run, delete. Each wakes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from actors.gateway.inspector_planning import typed_by_people
from inspector import reach
from inspector.access import deed
from inspector.audit import AUDITED_CHARS, audited
from inspector.cadences import Cadence, timing
from inspector.deeds import body, by_inspector, the
from inspector.models import Deed
from inspector.typed import typed

NO_TIME: Final = (
    "no time of it lies in that range and has passed. What is to come comes by itself, and an interval has no"
    " times before it was set"
)


class Plan(Cadence, forbid_unknown_fields=True):
    """What is to run, when; `args` is the JSON of a list, as it was typed. A recurring one has a `name`."""

    action: str = ""
    args: str = "[]"
    name: str = ""


class Planned(msgspec.Struct, forbid_unknown_fields=True):
    """A schedule: a recurring one by its name, a one-shot by the number of its id."""

    id: str
    kind: str


class Past(Planned, forbid_unknown_fields=True):
    """Times to run again: a range as a browser writes moments, in UTC unless they say otherwise."""

    since: str
    until: str


@deed
async def schedule(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Plan)
    named = {} if asked.kind == "once" else {"name": asked.name}
    wanted = {"action": asked.action, "args": typed("args", asked.args), **timing(asked), **named}
    after: dict[str, Any] = {**msgspec.to_builtins(asked), "args": asked.args[:AUDITED_CHARS]}
    with typed_by_people():  # an answer of another node has lost its status
        async with audited(await request.auser(), actor, Deed.SCHEDULE, after=after):
            await reach.through_inspector(actor.pk, "POST", "/schedules", msgspec.json.encode(wanted))
    return JsonResponse({})


fire = by_inspector(Deed.FIRE, "/schedules/run", Planned)
pause = by_inspector(Deed.PAUSE, "/schedules/pause", Planned)
resume = by_inspector(Deed.RESUME, "/schedules/resume", Planned)
skip = by_inspector(Deed.SKIP, "/schedules/skip", Planned)
unschedule = by_inspector(Deed.UNSCHEDULE, "/schedules/delete", Planned)


@deed
async def backfill(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.invalid_request if no time of the schedule is in the range."""
    actor, asked = await the(actor_id), body(request, Past)
    named = {"id": asked.id, "kind": asked.kind}
    wanted = {**named, "since": _unix("since", asked.since), "until": _unix("until", asked.until)}
    async with audited(await request.auser(), actor, Deed.BACKFILL, before=named, after=wanted):
        if not await reach.change(actor.pk, "/schedules/backfill", msgspec.json.encode(wanted)):
            raise error("inspector.invalid_request", field="since", reason=NO_TIME)
    return JsonResponse({})


def _unix(field: str, text: str) -> int:
    """Raises inspector.invalid_request."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise error("inspector.invalid_request", field=field, reason=f"{text!r} is no moment") from exc
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
