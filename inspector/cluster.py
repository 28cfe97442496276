"""The nodes, as each has told with its last heartbeat, and what they stand on.

A node that has fallen silent is shown with what it said last. Nobody is asked for this page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.db.models import BooleanField, Case, Value, When
from django.db.models.functions import Now

from actors.gateway.dependencies import Finding
from actors.gateway.platform import current
from actors.gateway.vitals import Told
from actors.models import Node
from inspector import reach
from inspector.database import Fact
from inspector.foundations import Foundations, foundations
from inspector.screens import Look, Screen
from inspector.vitals import vitals


def nodes() -> list[Any]:
    """All rows, the newest first, each with `alive`."""
    lease = timedelta(seconds=current().config.lease_duration)
    alive = Case(
        When(heartbeat_at__gt=Now() - lease, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return list(Node.objects.annotate(alive=alive).order_by("-started_at"))


def told(node: Any) -> Told | None:
    """What the node says of itself; None by a version that says nothing, or something else."""
    try:
        return msgspec.convert(node.vitals, Told)
    except msgspec.ValidationError:
        return None


def differing(known: Iterable[Told | None]) -> list[str]:
    """What the nodes do not have alike, in words."""
    heard = [one for one in known if one is not None]
    parts = dict.fromkeys(part for one in heard for part in one.versions)
    versions = {part: {one.versions.get(part, "none") for one in heard} for part in parts}
    words = [f"{part} {_listed(found)}" for part, found in versions.items() if len(found) > 1]
    if len({one.classes for one in heard}) > 1:
        words.append("other actor classes, or other actions of them")
    return words


def _listed(found: Iterable[str]) -> str:
    *first, last = sorted(found)
    return f"{', '.join(first)} and {last}"


def _dependencies(based: Foundations) -> list[tuple[Finding, Sequence[Fact]]]:
    """What is up with its numbers; what is down without."""
    found = async_to_sync(reach.dependencies_found)()
    return [(one, based.facts.get(one.part, ()) if one.well else ()) for one in found]


def read(look: Look) -> dict[str, Any]:
    own, known, based = current().node, nodes(), async_to_sync(foundations)()
    rows: Sequence[tuple[Any, Told | None]] = [(node, told(node)) for node in known]
    return {
        "section": "nodes",
        "nodes": rows,
        "own": None if own is None else own.node_id,
        "differing": differing(said for node, said in rows if node.alive),
        "vitals": vitals(),
        "dependencies": _dependencies(based),
        "tables": based.tables,
    }


NODES: Final = Screen("nodes", read)
