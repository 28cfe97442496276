"""What an operator can do to a connection: close it, with a reason that its client is told."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from inspector import reach
from inspector.access import deed
from inspector.audit import audited, note
from inspector.deeds import body, the
from inspector.models import Deed


class Unwanted(msgspec.Struct, forbid_unknown_fields=True):
    """A connection of an actor, and why it is to go."""

    id: str
    reason: str


@deed
async def disconnect(request: HttpRequest, actor_id: str) -> HttpResponse:
    """An actor that sleeps with its sockets open is woken for it."""
    actor, asked = await the(actor_id), body(request, Unwanted)
    named = msgspec.to_builtins(asked)
    async with audited(await request.auser(), actor, Deed.DISCONNECT, before=named) as entry:
        note(entry, await reach.change(actor.pk, "/connections/disconnect", msgspec.json.encode(asked)))
    return JsonResponse({})
