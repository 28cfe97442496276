"""The tab of the connections: those of an actor that is awake in this process, or those that hibernate.

An actor that is awake in another process is not asked: the question could come too late and wake it.
"""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync

from actors.errors import ActorError
from actors.models import HibernatingConn
from actors.runtime.inspection import SeenConn
from inspector import reach
from inspector.actor import tab
from inspector.screens import Look
from inspector.values import as_json

SHOWN: Final = 200


def read(look: Look, actor: Any) -> dict[str, Any]:
    seen = async_to_sync(reach.connections_here)(actor.pk)
    if seen is not None:
        rows = [_told(conn) for conn in seen[:SHOWN]]
        return {"here": True, "connections": rows, "count": len(seen)}
    stored = HibernatingConn.objects.filter(actor_id=actor.pk).order_by("generation", "id")
    names = list(stored.values_list("id", flat=True)[:SHOWN])
    return {"here": False, "connections": [{"id": name} for name in names], "count": len(names)}


def _told(conn: SeenConn) -> dict[str, Any]:
    return {
        "id": conn.id,
        "params": _json(conn.params),
        "state": _json(conn.state),
        "subscriptions": conn.subscriptions,
        "hibernatable": conn.hibernatable,
    }


def _json(value: Any) -> str:
    """What an author keeps there need not be data."""
    try:
        return as_json(value)
    except (ActorError, TypeError, ValueError):
        return f"no data: {type(value).__name__}"


CONNECTIONS: Final = tab("connections", read)
