"""The tab of the state: what is stored, which is what anybody has been told.

An awake actor may be ahead of it only by what nobody knows yet.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse

from actors.api.registry import registry
from actors.errors import ActorError
from actors.models import ActorState
from inspector.access import page
from inspector.actor import find, tab
from inspector.mending import UNREADABLE
from inspector.screens import Look
from inspector.values import SHOWN_BYTES, Shown, shown_value


def read(look: Look, actor: Any) -> dict[str, Any]:
    stored = ActorState.objects.filter(pk=actor.pk).first()
    enabled = actor.name not in registry.names() or registry.get(actor.name).state is not None
    if stored is None or stored.state is None or not enabled:
        return {"enabled": enabled, "stored": stored, "state": None}
    state = shown_value(bytes(stored.state), msgspec.msgpack.decode)
    unreadable = _is_unreadable(actor, stored, state)
    editable = not state.large and (unreadable or not state.problem)
    shown = {"state": state, "unreadable": unreadable, "editable": editable}
    return {"enabled": enabled, "stored": stored, **shown}


def _is_unreadable(actor: Any, stored: ActorState, shown: Shown) -> bool:
    """Whether its class cannot read it. Tried where a start has failed for that, or it is no JSON either."""
    definition = registry.get(actor.name).state if actor.name in registry else None
    failed = actor.error_name == UNREADABLE
    if definition is None or not (failed or (shown.problem and not shown.large)):
        return False
    try:
        definition.decode(bytes(stored.state or b""))
    except ActorError:
        return True
    return False


def stored_text(actor_id: str, limit: int = SHOWN_BYTES) -> str:
    """The stored state as JSON, or why it is none."""
    stored = ActorState.objects.filter(pk=actor_id, state__isnull=False).first()
    if stored is None:
        return ""
    shown = shown_value(bytes(stored.state or b""), msgspec.msgpack.decode, limit)
    return shown.text or shown.problem


@page
def whole_state(request: HttpRequest, actor_id: str) -> HttpResponse:
    """A state that is too large for a live page: read once, when somebody wants to see it."""
    find(actor_id)
    return HttpResponse(stored_text(actor_id, sys.maxsize), content_type="text/plain; charset=utf-8")


STATE: Final = tab("state", read)
