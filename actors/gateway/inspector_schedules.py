"""The schedules of an actor as its inspectors see them: by their name, one-shots by the number of their id.

Between the runtime's scheduler and the messages of the websocket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.errors import error
from actors.gateway.api_shapes import ScheduleSeen, SchedulesSeen
from actors.protocol import cbor
from actors.protocol.inspector_shapes import Schedule, ScheduleError, ScheduleFire
from actors.runtime import planned
from actors.runtime.schedule import Scheduler

MOST_RUNS: Final = 1000
_KINDS: Final = ("at", "cron", "every")
_LONGEST_ID: Final = 18
_OPEN: Final = (planned.WAITING, planned.RETRYING)
"""Results that these messages do not know."""


async def listed(scheduler: Scheduler) -> list[Schedule]:
    """What is to fire, the next one first. Raises storage.unavailable."""
    return [_shown(schedule) for schedule in await scheduler.list()]


async def pending(scheduler: Scheduler) -> SchedulesSeen:
    """The same for programs, with what the messages of the websocket do not know."""
    return {"schedules": [_seen(schedule) for schedule in await scheduler.list()]}


async def history(scheduler: Scheduler, schedule_id: str, limit: int) -> list[ScheduleFire]:
    """The latest runs, the last first; empty for what is not known."""
    reference: int | str = schedule_id
    if await scheduler.find(schedule_id) is None and (number := _number(schedule_id)) is not None:
        reference = number
    found = await scheduler.find(reference)
    action = "" if found is None else found.action
    runs = await scheduler.history(reference, min(max(limit, 1), MOST_RUNS))
    return [_fired(action, run) for run in runs]


async def delete(scheduler: Scheduler, schedule_id: str, kind: str) -> bool:
    """Whether there was something to cancel. Raises as `reference_of`."""
    return await scheduler.cancel(reference_of(schedule_id, kind))


def reference_of(schedule_id: str, kind: str) -> int | str:
    """How the scheduler knows it; 0, which none has, for what is no number of a one-shot.

    Raises inspector.invalid_request for another kind.
    """
    if kind not in _KINDS:
        raise error(
            "inspector.invalid_request", field="kind", reason=f'"{kind}" is none of {", ".join(_KINDS)}'
        )
    return (_number(schedule_id) or 0) if kind == "at" else schedule_id


def _number(schedule_id: str) -> int | None:
    digits = schedule_id.isascii() and schedule_id.isdecimal() and len(schedule_id) <= _LONGEST_ID
    return int(schedule_id) if digits else None


def _seen(schedule: planned.Schedule) -> ScheduleSeen:
    return {
        "id": schedule.name or str(schedule.id),
        "kind": schedule.kind,
        "action": schedule.action,
        "args": list(schedule.args),
        "nextRunAt": schedule.next_at,
        "lastRunAt": schedule.last_run_at,
        "pausedAt": schedule.paused_at,
        "orphanedAt": schedule.orphaned_at,
        "expression": schedule.expression,
        "timezone": schedule.timezone,
        "intervalMs": _milliseconds(schedule.interval),
    }


def _shown(schedule: planned.Schedule) -> Schedule:
    return Schedule(
        id=schedule.name or str(schedule.id),
        name=schedule.name,
        kind=schedule.kind,
        action=schedule.action,
        args=cbor.encode(list(schedule.args)),
        # A one-shot that runs has no next time: the last one says most.
        next_run_at=schedule.next_at or schedule.last_run_at or schedule.created_at,
        last_run_at=schedule.last_run_at,
        expression=schedule.expression,
        timezone=schedule.timezone,
        interval_ms=_milliseconds(schedule.interval),
        max_history=schedule.max_history,
    )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _fired(action: str, run: planned.ScheduledRun) -> ScheduleFire:
    result = planned.RUNNING if run.result in _OPEN else run.result
    return ScheduleFire(action, run.scheduled_at, run.fired_at, run.ended_at, result, _failure(run.error))


def _failure(told: Mapping[str, Any] | None) -> ScheduleError | None:
    if told is None:
        return None
    return ScheduleError(told.get("group", ""), told.get("code", ""), told.get("message", ""), None)
