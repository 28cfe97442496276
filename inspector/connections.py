"""The tab of the connections: those of an actor that is awake in this process, or those that hibernate.

An actor that is awake in another process is not asked: the question could come too late and wake it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.urls import NoReverseMatch, reverse

from actors.errors import ActorError
from actors.models import HibernatingConn
from actors.runtime.inspection import SeenConn
from inspector import reach
from inspector.actor import tab
from inspector.screens import Look
from inspector.values import as_json

SHOWN: Final = 200


def read(look: Look, actor: Any) -> dict[str, Any]:
    return connected(actor)


def connected(actor: Any) -> dict[str, Any]:
    """At most SHOWN `connections`; `here`: the actor is awake in this process, which knows all of them."""
    seen = async_to_sync(reach.connections_here)(actor.pk)
    if seen is not None:
        rows = [_told(conn) for conn in seen[:SHOWN]]
        return {"here": True, "connections": rows, "count": len(seen)}
    stored = HibernatingConn.objects.filter(actor_id=actor.pk).order_by("generation", "id")
    names = list(stored.values_list("id", flat=True)[:SHOWN])
    return {"here": False, "connections": [{"id": name} for name in names], "count": len(names)}


def _told(conn: SeenConn) -> dict[str, Any]:
    scope = conn.request.scope or {}
    client = scope.get("client") or ("",)
    return {
        "id": conn.id,
        "params": _json(conn.params),
        "state": _json(conn.state),
        "events": conn.events,
        "hibernatable": conn.hibernatable,
        "encoding": conn.encoding,
        "since": conn.request.opened_at,
        "traffic": conn.traffic,
        "user": conn.request.user,
        "user_url": _user_url(conn.request.user),
        "address": client[0],
        "agent": _header(scope, b"user-agent"),
    }


def _user_url(user: Any) -> str:
    """Their page in the admin; empty for nobody, and where the admin does not know such users."""
    if user is None or user.pk is None:
        return ""
    try:
        return reverse(f"admin:{user._meta.app_label}_{user._meta.model_name}_change", args=[user.pk])
    except NoReverseMatch:
        return ""


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    found = (value for name, value in scope.get("headers", ()) if name == wanted)
    return next(found, b"").decode("latin-1")


def _json(value: Any) -> str:
    """What an author keeps there need not be data."""
    try:
        return as_json(value)
    except (ActorError, TypeError, ValueError):
        return f"no data: {type(value).__name__}"


CONNECTIONS: Final = tab("connections", read)
