"""What an actor's row says of its status, as an expression for queries of Django's ORM.

Used by those who look: the admin and the inspector. It never asks a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db.models import Case, Exists, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Now

from actors.gateway.platform import current
from actors.models import Node

AWAKE: Final = "awake"
SLEEPING: Final = "sleeping"
CRASHED: Final = "crashed"
DESTROYED: Final = "destroyed"
STATUSES: Final = (AWAKE, SLEEPING, CRASHED, DESTROYED)

PAUSED: Final = Q(paused_at__isnull=False) | Q(queues_paused_at__isnull=False)
"""What an operator has paused, whole or its queues: as the index has it, beside any status."""

_LIVING: Final = Q(destroyed_at__isnull=True)
_TOLD_BY_COLUMNS: Final = {
    AWAKE: _LIVING & Q(connectable_at__isnull=False),
    SLEEPING: _LIVING,
    CRASHED: _LIVING & Q(error__isnull=False),
    DESTROYED: ~_LIVING,
}
"""What of a status the columns say by themselves, so that the planner sees which index has it."""


def derived_status() -> Case:
    """One of STATUSES. An actor whose node has died counts as sleeping: a call wakes it.

    One that sleeps with hibernating connections has a node too.
    """
    lease = timedelta(seconds=current().config.lease_duration)
    holder = Node.objects.filter(pk=OuterRef("node_id"), heartbeat_at__gt=Now() - lease)
    return Case(
        When(destroyed_at__isnull=False, then=Value(DESTROYED)),
        When(Exists(holder), connectable_at__isnull=False, then=Value(AWAKE)),
        When(error__isnull=False, then=Value(CRASHED)),
        default=Value(SLEEPING),
        output_field=TextField(),
    )


def in_status(statuses: Sequence[str]) -> Q:
    """Of rows annotated with `derived_status`: those that have one of these."""
    plain = _TOLD_BY_COLUMNS[statuses[0]] if len(statuses) == 1 else Q()
    return plain & Q(derived_status__in=statuses)
