"""The tab of the queues: messages that wait, and those that were given up, as they are stored."""

from __future__ import annotations

from typing import Any, Final

from actors.api.registry import registry
from actors.gateway.platform import current
from actors.models import Message
from actors.protocol import cbor
from inspector.actor import tab
from inspector.screens import Look
from inspector.values import shown_value

SHOWN: Final = 100


def read(look: Look, actor: Any) -> dict[str, Any]:
    rows = Message.objects.filter(actor_id=actor.pk).order_by("id")
    waiting, dead = rows.filter(died_at__isnull=True), rows.filter(died_at__isnull=False)
    parts = [_part("Waiting", waiting), {**_part("Dead letters", dead), "dead": True}]
    return {"parts": parts, "queues": _declared(actor.name), **_room(actor.name, rows)}


def _room(name: str, rows: Any) -> dict[str, Any]:
    """How many messages there are of how many there may be, dead letters included."""
    if name not in registry.names():
        return {}
    most = registry.get(name).options.max_queue_size
    return {"size": rows[: most + 1].count(), "most": most}


def _declared(name: str) -> list[str]:
    """The queues of the class, each once."""
    known = name in registry.names()
    return sorted({queue.name for queue in registry.get(name).queues.values()}) if known else []


def _part(title: str, rows: Any) -> dict[str, Any]:
    """The first of them; `more` says that there are others. `put_off`: it waits, or somebody may have it."""
    found, now = list(rows[: SHOWN + 1]), current().clock.now_ms()
    for row in found:
        row.put_off = row.available_at > now or row.attempts > 0
        row.shown = shown_value(bytes(row.body), cbor.decode)
        row.only = [row.id]
    names = sorted({row.name for row in found})
    return {"title": title, "messages": found[:SHOWN], "names": names, "more": len(found) > SHOWN}


QUEUE: Final = tab("queue", read)
