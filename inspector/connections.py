"""The tab of the connections: of an actor that is awake as its node tells them, or those that hibernate."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.urls import NoReverseMatch, reverse

from actors.api.registry import registry
from actors.gateway.seeing import NO_DATA, Client, Who
from inspector import looking
from inspector.actor import tab
from inspector.hibernating import hibernating
from inspector.screens import Look

EDITABLE_CHARS: Final = 16_384
"""Of a state, as JSON, that the page offers to edit."""


def read(look: Look, actor: Any) -> dict[str, Any]:
    return {**connected(actor), "events": _events(actor)}


def connected(actor: Any) -> dict[str, Any]:
    """At most SHOWN `connections`; `told`: by the node where the actor is awake, which knows them all."""
    seen = async_to_sync(looking.seen)(actor.pk)
    clients, count = hibernating(actor) if seen is None else (seen.clients, seen.count)
    return {"told": seen is not None, "connections": [_shown(one) for one in clients], "count": count}


def _events(actor: Any) -> list[str]:
    """What can be sent to a client: the events of the class, where this process knows it."""
    if actor.name not in registry:
        return []
    return sorted({event.name for event in registry.get(actor.name).events.values()})


def _shown(client: Client) -> dict[str, Any]:
    """`form` fills the form to edit its state, None where there is none to edit."""
    form = {"id": client.id, "state": client.state, "seen": client.state}
    stateful = client.state != "null" and not client.state.startswith(NO_DATA)
    editable = stateful and len(client.state) <= EDITABLE_CHARS
    told = {"user_url": _user_url(client.user), "form": form if editable else None}
    return {**msgspec.structs.asdict(client), **told}


def _user_url(user: Who | None) -> str:
    """Their page in the admin; empty for nobody, and where the admin does not know such users."""
    if user is None:
        return ""
    try:
        return reverse(f"admin:{user.model.replace('.', '_')}_change", args=[user.key])
    except NoReverseMatch:
        return ""


CONNECTIONS: Final = tab("connections", read)
