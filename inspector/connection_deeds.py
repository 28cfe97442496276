"""What an operator can do to a connection: send it an event, or close it and tell its client why.

An actor that sleeps with its sockets open is woken for it.
"""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.protocol import json
from inspector import reach
from inspector.access import deed
from inspector.audit import audited, note
from inspector.deeds import AUDITED_CHARS, body, by_inspector, the
from inspector.models import Deed
from inspector.typed import typed_list


class Unwanted(msgspec.Struct, forbid_unknown_fields=True):
    """A connection of an actor, and why it is to go."""

    id: str
    reason: str


class Telling(msgspec.Struct, forbid_unknown_fields=True):
    """An event for one connection; `args` is the JSON of a list, as it was typed."""

    id: str
    event: str
    args: str


disconnect = by_inspector(Deed.DISCONNECT, "/connections/disconnect", Unwanted)


@deed
async def tell(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Send an event of the class to one client alone."""
    actor, asked = await the(actor_id), body(request, Telling)
    told = json.encode({"id": asked.id, "event": asked.event, "args": typed_list("args", asked.args)})
    after = {"id": asked.id, "event": asked.event, "args": asked.args[:AUDITED_CHARS]}
    async with audited(await request.auser(), actor, Deed.TELL, after=after) as entry:
        note(entry, await reach.change(actor.pk, "/connections/send", told))
    return JsonResponse({})
