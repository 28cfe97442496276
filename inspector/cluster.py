"""The nodes, and what they stand on, as `/ready` and the doctor find it.

A node is known by its heartbeat; what does not answer says what stops working without it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.db.models import BooleanField, Case, Value, When
from django.db.models.functions import Now

from actors.gateway.platform import current
from actors.models import Node
from inspector import reach
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


def read(look: Look) -> dict[str, Any]:
    own = current().node
    return {
        "section": "nodes",
        "nodes": nodes(),
        "own": None if own is None else own.node_id,
        "vitals": vitals(),
        "dependencies": async_to_sync(reach.dependencies_found)(),
    }


NODES: Final = Screen("nodes", read)
