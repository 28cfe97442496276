"""The platform in Django's admin: lists and pages to look at, from the tables alone. Looking wakes no actor.

The inspector adds what can be done (`inspector.admin`).
"""

from actors.admin.actors import ActorAdmin
from actors.admin.connections import WaitingConnAdmin
from actors.admin.listed import Listed
from actors.admin.nodes import NodeAdmin
from actors.admin.outbox import OutboxCallAdmin
from actors.admin.panel import ActorPanel
from actors.admin.queues import GivenUpAdmin, QueuedMessageAdmin
from actors.admin.schedules import PlannedRunAdmin

__all__ = [
    "ActorAdmin",
    "ActorPanel",
    "GivenUpAdmin",
    "Listed",
    "NodeAdmin",
    "OutboxCallAdmin",
    "PlannedRunAdmin",
    "QueuedMessageAdmin",
    "WaitingConnAdmin",
]
