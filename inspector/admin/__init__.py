"""The audit in Django's admin, and what operators can do there: the pages of `actors.admin` with actions."""

from inspector.admin.audit import AuditEntryAdmin
from inspector.admin.lives import OperatedActorAdmin
from inspector.admin.outbox import OperatedCallAdmin
from inspector.admin.queues import OperatedLetterAdmin, OperatedMessageAdmin
from inspector.admin.schedules import OperatedScheduleAdmin

__all__ = [
    "AuditEntryAdmin",
    "OperatedActorAdmin",
    "OperatedCallAdmin",
    "OperatedLetterAdmin",
    "OperatedMessageAdmin",
    "OperatedScheduleAdmin",
]
