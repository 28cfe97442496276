"""The tab of the state: what is stored, which is what anybody has been told.

An awake actor may be ahead of it only by what nobody knows yet.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from actors.api.registry import registry
from actors.models import ActorState
from inspector.actor import tab
from inspector.screens import Look
from inspector.values import shown_value


def read(look: Look, actor: Any) -> dict[str, Any]:
    stored = ActorState.objects.filter(pk=actor.pk).first()
    enabled = actor.name not in registry.names() or registry.get(actor.name).state is not None
    if stored is None or stored.state is None or not enabled:
        return {"enabled": enabled, "stored": stored, "state": None}
    state = shown_value(bytes(stored.state), msgspec.msgpack.decode)
    return {"enabled": enabled, "stored": stored, "state": state}


def stored_text(actor_id: str) -> str:
    """The stored state as JSON, or why it is none."""
    stored = ActorState.objects.filter(pk=actor_id, state__isnull=False).first()
    if stored is None:
        return ""
    shown = shown_value(bytes(stored.state or b""), msgspec.msgpack.decode)
    return shown.text or shown.problem


STATE: Final = tab("state", read)
