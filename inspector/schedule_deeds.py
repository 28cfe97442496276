"""What an operator can do to the schedules of an actor: delete one. It wakes the actor."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from inspector import reach
from inspector.access import deed
from inspector.audit import audited
from inspector.deeds import body, the
from inspector.models import Deed


class Planned(msgspec.Struct, forbid_unknown_fields=True):
    """A schedule: a recurring one by its name, a one-shot by the number of its id."""

    id: str
    kind: str


@deed
async def unschedule(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Planned)
    named = msgspec.to_builtins(asked)
    async with audited(await request.auser(), actor, Deed.UNSCHEDULE, before=named):
        await reach.through_inspector(actor.pk, "POST", "/schedules/delete", msgspec.json.encode(asked))
    return JsonResponse({})
