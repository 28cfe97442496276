"""Schedules that an inspector makes: once, by an interval or by cron.

They go through the author's own `self.schedule`, so the same is refused, and in the same words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from actors.api.registry import declared
from actors.api.schedule import Recurring, Scheduling
from actors.errors import ActorError, error
from actors.runtime.task import ActorTask


class Plan(msgspec.Struct):
    """What is to run, and one of: in `delay` seconds, each `interval` seconds, by `expression`.

    A recurring one has a `name`; one that there is becomes this.
    """

    action: str
    args: list[Any] = []
    delay: float | None = None
    interval: float | None = None
    expression: str | None = None
    timezone: str = "UTC"
    name: str | None = None


async def plan(task: ActorTask, wanted: Plan, args: list[Any]) -> int:
    """The id of the schedule, durably; one that is changed keeps its other rules.

    Raises schedule.*, actor.action_not_found, actor.invalid_request.
    """
    scheduling = _scheduling(task)
    rules = await _rules(scheduling, wanted.name)
    with typed_by_people():
        try:
            return await _planned(scheduling, wanted, args, rules)
        except TypeError as exc:  # as a call in Python with too few arguments raises
            raise error("actor.invalid_request", reason=str(exc)) from exc


@contextmanager
def typed_by_people() -> Iterator[None]:
    """What is wrong with a schedule is a 400: elsewhere only the author of an actor makes that mistake."""
    try:
        yield
    except ActorError as wrong:
        if wrong.group == "schedule" and wrong.status == 500:
            wrong.status = 400
        raise


async def _planned(scheduling: Scheduling, wanted: Plan, args: list[Any], rules: Recurring) -> int:
    match wanted:
        case Plan(delay=float(delay), interval=None, expression=None, name=None):
            return await scheduling.after(delay, wanted.action, *args)
        case Plan(delay=None, interval=float(interval), expression=None):
            return await scheduling.cron.every(wanted.name or "", interval, wanted.action, *args, **rules)
        case Plan(delay=None, interval=None, expression=str(expression)):
            return await scheduling.cron.set(
                wanted.name or "", expression, wanted.action, *args, timezone=wanted.timezone, **rules
            )
    raise _unclear()


async def _rules(scheduling: Scheduling, name: str | None) -> Recurring:
    kept = None if name is None else await scheduling.get(name)
    if kept is None:
        return {}
    return Recurring(
        retry=kept.retry, misfire=kept.misfire, overlap=kept.overlap, max_history=kept.max_history
    )


def _scheduling(task: ActorTask) -> Scheduling:
    blueprint = next(one for one in declared.values() if one.definition is task.definition)
    return Scheduling(task.serving.scheduler, blueprint)


def _unclear() -> ActorError:
    return error(
        "inspector.invalid_request",
        field="when",
        reason="give one of delay, interval and expression; a name goes with the last two",
    )
