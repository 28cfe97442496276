"""What an actor is doing, as far as its rows tell: for the admin, the command line and the pages.

Read from the tables alone, so that looking wakes nobody.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Case, Exists, OuterRef, TextField, Value, When
from django.db.models.functions import Now

from actors.gateway.platform import current
from actors.models import Node


def derived_status() -> Case:
    """awake, sleeping, crashed or destroyed. One whose node has died counts as sleeping: a call wakes it.

    One that sleeps with hibernating connections has a node too.
    """
    lease = timedelta(seconds=current().config.lease_duration)
    holder = Node.objects.filter(pk=OuterRef("node_id"), heartbeat_at__gt=Now() - lease)
    return Case(
        When(destroyed_at__isnull=False, then=Value("destroyed")),
        When(Exists(holder), connectable_at__isnull=False, then=Value("awake")),
        When(error__isnull=False, then=Value("crashed")),
        default=Value("sleeping"),
        output_field=TextField(),
    )
