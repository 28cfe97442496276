"""Schedules in the admin: pause, resume, skip the next time, run now, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin

from actors.admin import PlannedRunAdmin
from actors.models import PlannedRun
from inspector.admin.doing import Doing, Operated, through
from inspector.models import Deed


def planned(schedule: PlannedRun) -> Mapping[str, Any]:
    """What the inspector's endpoints call it: a recurring one by its name, a one-shot by its number."""
    return {"id": schedule.name or str(schedule.id), "kind": schedule.kind}


class OperatedScheduleAdmin(Operated, PlannedRunAdmin):
    doings = (
        Doing("pause", "Pause", Deed.PAUSE, through("/schedules/pause", planned), planned),
        Doing("resume", "Resume", Deed.RESUME, through("/schedules/resume", planned), planned),
        Doing("skip_next", "Skip the next time", Deed.SKIP, through("/schedules/skip", planned), planned),
        Doing("run_now", "Run now", Deed.FIRE, through("/schedules/run", planned), planned),
        Doing(
            "delete",
            "Delete",
            Deed.UNSCHEDULE,
            through("/schedules/delete", planned),
            planned,
            question="These schedules go with their histories, and their actions run no more.",
        ),
    )


admin.site.unregister(PlannedRun)
admin.site.register(PlannedRun, OperatedScheduleAdmin)
