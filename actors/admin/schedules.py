"""Schedules in the admin."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from actors.admin.belongings import Belonging, Condition
from actors.admin.values import as_json, moment, too_large
from actors.gateway.platform import current
from actors.models import Alarm, PlannedRun, Run
from actors.protocol import cbor, json
from actors.runtime.planned import ERROR
from actors.storage.alarms import AWAKE_MARGIN, RETRY_PAUSE

LATE: Final = 5_000
"""Milliseconds after which what is due is late: its actor should have run it, or been woken for it."""
FIRST: Final = (("actor_id", OuterRef("actor_id")), ("schedule_id", OuterRef("id")))


def due_before(time: int) -> Q:
    """Schedules of the actors whose alarm says so: alarms have the index on time."""
    looked_at = time + max(AWAKE_MARGIN, RETRY_PAUSE)
    alarms = Alarm.objects.filter(source="schedule", due_at__lte=time, wake_at__lte=looked_at)
    return Q(due_at__lte=time, paused_at__isnull=True, actor_id__in=alarms.values("actor_id"))


class Situation(Condition):
    """How things stand with a schedule; one can be in several."""

    title = "situation"
    parameter_name = "situation"
    conditions = {
        "due": due_before,
        "late": lambda now: due_before(now - LATE),
        "running": lambda now: Q(Exists(Run.objects.filter(*FIRST, ended_at__isnull=True))),
        "failed": lambda now: Q(Exists(Run.objects.filter(*FIRST, number=OuterRef("runs"), result=ERROR))),
        "paused": lambda now: Q(paused_at__isnull=False),
        "orphaned": lambda now: Q(orphaned_at__isnull=False),
    }


@admin.register(PlannedRun)
class PlannedRunAdmin(Belonging):
    tab = "schedules"
    list_display = (
        "title",
        "action",
        "key",
        "type",
        "cadence",
        "next",
        "last",
        "runs",
        "paused",
        "orphaned",
        "inspector",
    )
    list_filter = (Situation,)
    fieldsets = (
        (None, {"fields": ("id", "name", "kind", "action", "type", "key", "inspector")}),
        ("Times", {"fields": ("made", "next", "last", "runs", "paused", "orphaned")}),
        ("Data", {"fields": ("arguments", "rule_book")}),
    )
    readonly_fields = (
        *("type", "key", "inspector", "made", "next", "last", "paused", "orphaned", "arguments", "rule_book"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("args", "actor__input")

    @admin.display(description="schedule")
    def title(self, schedule: PlannedRun) -> str:
        return str(schedule)

    @admin.display(description="when")
    def cadence(self, schedule: PlannedRun) -> str:
        rules: dict[str, Any] = schedule.rules
        if "expression" in rules:
            return f"{rules['expression']} ({rules.get('timezone')})"
        return f"every {rules['interval'] / 1000:g} s" if "interval" in rules else "once"

    @admin.display(description="next")
    def next(self, schedule: PlannedRun) -> str:
        if schedule.due_at is None or schedule.paused_at is not None:
            return moment(schedule.due_at)
        late = schedule.due_at <= current().clock.now_ms() - LATE
        return f"{moment(schedule.due_at)}, late" if late else moment(schedule.due_at)

    @admin.display(description="last run")
    def last(self, schedule: PlannedRun) -> str:
        return moment(schedule.last_run_at)

    @admin.display(description="made")
    def made(self, schedule: PlannedRun) -> str:
        return moment(schedule.created_at)

    @admin.display(description="paused since")
    def paused(self, schedule: PlannedRun) -> str:
        return moment(schedule.paused_at)

    @admin.display(description="no such action since")
    def orphaned(self, schedule: PlannedRun) -> str:
        return moment(schedule.orphaned_at)

    @admin.display(description="arguments")
    def arguments(self, schedule: PlannedRun) -> str:
        stored = bytes(schedule.args)
        return too_large(len(stored)) or as_json(stored, cbor.decode)

    @admin.display(description="rules")
    def rule_book(self, schedule: PlannedRun) -> str:
        return as_json(json.encode(schedule.rules), json.decode)
