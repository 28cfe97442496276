"""What an operator can do to a connection: send it an event, mute it, edit its state, close it with a reason.

An actor that sleeps with its sockets open is woken for it.
"""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from actors.protocol import json
from inspector import reach
from inspector.access import deed
from inspector.audit import AUDITED_CHARS, audited
from inspector.deeds import body, by_inspector, done, the
from inspector.models import Deed
from inspector.typed import typed, typed_list


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A connection of an actor."""

    id: str


class Unwanted(Named, forbid_unknown_fields=True):
    """Why it is to go."""

    reason: str


class Telling(Named, forbid_unknown_fields=True):
    """An event for it; `args` is the JSON of a list, as it was typed."""

    event: str
    args: str


class StateEdit(Named, forbid_unknown_fields=True):
    """`state` is JSON as it was typed, in place of `seen`, as it was shown."""

    state: str
    seen: str


disconnect = by_inspector(Deed.DISCONNECT, "/connections/disconnect", Unwanted)
mute = by_inspector(Deed.MUTE, "/connections/mute", Named)
unmute = by_inspector(Deed.UNMUTE, "/connections/unmute", Named)


@deed
async def tell(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Send an event of the class to one client alone."""
    actor, asked = await the(actor_id), body(request, Telling)
    told = json.encode({"id": asked.id, "event": asked.event, "args": typed_list("args", asked.args)})
    after = {"id": asked.id, "event": asked.event, "args": asked.args[:AUDITED_CHARS]}
    async with audited(await request.auser(), actor, Deed.TELL, after=after) as entry:
        return await done(entry, actor.pk, "/connections/send", told)


@deed
async def edit_state(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Replace the state of a connection. Raises inspector.state_changed unless it is what was seen."""
    actor, asked = await the(actor_id), body(request, StateEdit)
    expected, state = typed("seen", asked.seen), typed("state", asked.state)
    edit = msgspec.json.encode({"id": asked.id, "expected": expected, "state": state})
    change = {
        "before": {"id": asked.id, "state": asked.seen[:AUDITED_CHARS]},
        "after": {"state": asked.state[:AUDITED_CHARS]},
    }
    async with audited(await request.auser(), actor, Deed.CONN_STATE, **change):
        if not await reach.change(actor.pk, "/connections/state", edit):
            text = "The client has gone, or its state is not as you have seen it: somebody was faster."
            raise error("inspector.state_changed", text)
    return JsonResponse({})
