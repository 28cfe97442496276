"""The audit in Django's admin, and what operators can do there: the pages of `actors.admin` with actions."""

from inspector.admin.audit import AuditEntryAdmin

__all__ = ["AuditEntryAdmin"]
