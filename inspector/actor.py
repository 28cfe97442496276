"""One actor: its head, which every tab has, and the tabs that its row alone can answer.

Everything here is read from storage and says so; nothing wakes an actor.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.urls import reverse

from actors.api.registry import registry
from actors.errors import error
from actors.gateway.platform import current
from actors.models import Actor, Node
from actors.protocol import cbor
from actors.protocol.keys import parse_key
from actors.runtime.definition import TabDefinition
from actors.status import AWAKE, DESTROYED, derived_status
from inspector import looking
from inspector.models import AuditEntry
from inspector.screens import Look, Reader, Screen
from inspector.values import shown_value

FIRST: Final = "state"
TABS: Final = (
    (FIRST, "State"),
    ("connections", "Connections"),
    ("queue", "Queue"),
    ("schedules", "Schedules"),
    ("kv", "KV"),
    ("console", "Console"),
    ("timeline", "Timeline"),
    ("metadata", "Metadata"),
    ("history", "History"),
)
SHOWN_ENTRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Link:
    """A tab of the strip."""

    name: str
    label: str
    url: str


def tab(name: str, read: Reader) -> Screen:
    """The screen of one tab: `read(look, actor)` beside the head of the page."""

    def whole(look: Look, actor_id: str) -> dict[str, Any]:
        actor = find(actor_id)
        return {**head(actor), "tab": name, **read(look, actor)}

    return Screen(f"actor_{name}", whole)


def find(actor_id: str) -> Any:
    """The row with its `status`. Raises actor.not_found."""
    rows = Actor.objects.annotate(status=derived_status())
    found = None if "\0" in actor_id else rows.filter(pk=actor_id).first()
    if found is None:
        raise error("actor.not_found")
    return found


def label_of(actor: Any) -> str:
    """The key as people read and type it: its parts with slashes between them."""
    return "/".join(parse_key(actor.key))


def head(actor: Any) -> dict[str, Any]:
    """What stands above every tab."""
    return {
        "section": "actors",
        "actor": actor,
        "label": label_of(actor),
        "part_list": json.dumps(parse_key(actor.key), ensure_ascii=False),
        "awake": actor.status == AWAKE,
        "gone": actor.status == DESTROYED,
        "known": actor.name in registry.names(),
        "tab_links": _links(actor),
        "error": actor.error,
    }


def own_tabs(actor: Any) -> Sequence[TabDefinition]:
    """What its class changes about the tabs."""
    return registry.get(actor.name).tabs if actor.name in registry else ()


def _links(actor: Any) -> list[Link]:
    """The strip: what the class hides is not in it, but for the first; what it brings along comes last."""
    changes = own_tabs(actor)
    hidden = {tab.id for tab in changes if tab.folder is None} - {FIRST}
    links = [Link(name, label, _address(name, actor.pk)) for name, label in TABS if name not in hidden]
    own = reverse("inspector:own", args=[actor.pk])
    links += [
        Link(f"own-{tab.id}", tab.label or tab.id, f"{own}?{urlencode({'tab': tab.id})}")
        for tab in changes
        if tab.folder is not None
    ]
    return links


def _address(name: str, actor_id: str) -> str:
    return reverse("inspector:actor" if name == FIRST else f"inspector:{name}", args=[actor_id])


def read_metadata(look: Look, actor: Any) -> dict[str, Any]:
    seen = async_to_sync(looking.seen)(actor.pk)
    shown = None if actor.input is None else shown_value(bytes(actor.input), cbor.decode)
    node = Node.objects.filter(pk=actor.node_id).first() if actor.node_id else None
    lease = timedelta(seconds=current().config.lease_duration)
    return {"input": shown, "seen": seen, "fenced_at": None if node is None else node.heartbeat_at + lease}


def read_history(look: Look, actor: Any) -> dict[str, Any]:
    return {"entries": AuditEntry.objects.filter(actor_id=actor.pk).order_by("-id")[:SHOWN_ENTRIES]}


METADATA: Final = tab("metadata", read_metadata)
HISTORY: Final = tab("history", read_history)
