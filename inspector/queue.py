"""The tab of the queues: messages that wait, and those that were given up, as they are stored.

Dead letters are filtered by what the address says of queue and error; a deed chooses by the same `letters`.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Case, Count, When

from actors.api.registry import registry
from actors.gateway.platform import current
from actors.models import Message
from actors.protocol import cbor
from inspector.actor import tab
from inspector.kv import digest
from inspector.screens import Look
from inspector.values import shown_value

SHOWN: Final = 100
EDITABLE_BYTES: Final = 16_384
"""Of a body that the page offers to edit."""


def read(look: Look, actor: Any) -> dict[str, Any]:
    rows = Message.objects.filter(actor_id=actor.pk)
    chosen = {"name": look.query.get("queue", ""), "error": look.query.get("error", "")}
    waiting, dead = _part("Waiting", _in_turn(rows)), _dead(actor.pk, **chosen)
    return {"parts": [waiting, dead], "queues": _declared(actor.name), **_room(actor.name, rows)}


def _in_turn(rows: Any) -> Any:
    """Those that wait, as they are handed out: what can be had by priority and age, then what is put off."""
    now = current().clock.now_ms()
    put_off_to = Case(When(available_at__gt=now, then="available_at"), default=0)
    return rows.filter(died_at__isnull=True).order_by(put_off_to, "-priority", "id")


def letters(actor_id: str, name: str = "", error: str = "") -> Any:
    """Rows of dead letters, of one queue and whose error has this in it, if either is given."""
    found = Message.objects.filter(actor_id=actor_id, died_at__isnull=False)
    if name:
        found = found.filter(name=name.replace("\0", ""))
    return found.filter(error__icontains=error.replace("\0", "")) if error else found


def _dead(actor_id: str, name: str, error: str) -> dict[str, Any]:
    """`counts`: how many of the chosen each queue has. `among`: the queues that have any."""
    chosen, by_name = letters(actor_id, name, error), letters(actor_id).order_by("name")
    return {
        **_part("Dead letters", chosen.order_by("id")),
        "dead": True,
        "counts": list(chosen.order_by("name").values_list("name").annotate(Count("id"))),
        "among": list(by_name.values_list("name", flat=True).distinct()),
        "chosen": {"queue": name, "error": error},
        "filtered": bool(name or error),
    }


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
        row.form = _form(row)
    names = sorted({row.name for row in found})
    return {"title": title, "messages": found[:SHOWN], "names": names, "more": len(found) > SHOWN}


def _form(row: Any) -> dict[str, str] | None:
    """What fills the form to edit a message, None for one that cannot be edited."""
    stored = bytes(row.body)
    if row.died_at is not None or row.shown.problem or len(stored) > EDITABLE_BYTES:
        return None
    return {"name": row.name, "id": str(row.id), "body": row.shown.text, "seen": digest(stored)}


QUEUE: Final = tab("queue", read)
