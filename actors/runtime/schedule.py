"""Scheduler: what one actor is to do and when. The way in for the author's API.

One per generation. The schedules are read at their first use, or when the first falls due: an actor that has
none pays nothing. It never sees the task: what it needs comes with the constructor.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from actors.clock import Clock
from actors.errors import error
from actors.logs import (
    SCHEDULE_BACKFILLED,
    SCHEDULE_CANCELLED,
    SCHEDULE_PAUSED,
    SCHEDULE_RESUMED,
    SCHEDULE_SET,
    SCHEDULE_SKIPPED,
    LogEvent,
)
from actors.runtime.agenda import Agenda, Reference
from actors.runtime.calls import current
from actors.runtime.core import Core
from actors.runtime.definition import ActorDefinition
from actors.runtime.dispatch import Dispatcher
from actors.runtime.due import Due
from actors.runtime.firing import Firing, ScheduledInvocation
from actors.runtime.planned import Planned, Schedule, ScheduledRun
from actors.runtime.rules import Rules
from actors.runtime.schedule_book import ScheduleBook
from actors.runtime.schedule_rows import ScheduleRows
from actors.storage.schedules import StoredRun, StoredSchedule

Schedules: TypeAlias = list[Schedule]
Runs: TypeAlias = list[ScheduledRun]

MOST_WAITING: Final = 1000
"""Runs of an actor that were ordered and have not begun."""
LONGEST_RANGE: Final = 366 * 86_400_000
"""Milliseconds of a backfill: the times of a rare schedule are many days of looking apart."""

logger = logging.getLogger(__name__)


class Scheduler:
    """What a call has returned is durable; inside an atomic block, with the block.

    Every call raises actor.stopping after the end, actor.fenced if another generation owns the actor,
    storage.unavailable if nothing was changed, actor.outcome_unknown if nobody knows.
    """

    __slots__ = ("_book", "_clock", "_definition", "_identity", "_patience", "due")

    def __init__(
        self,
        definition: ActorDefinition,
        rows: ScheduleRows,
        clock: Clock,
        core: Core,
        dispatcher: Dispatcher,
    ) -> None:
        self._definition = definition
        self._clock = clock
        self._identity = rows.identity
        self._patience = round(definition.options.action_timeout * 1000)
        self._book = ScheduleBook(rows, clock, self._patience, core)
        self.due = Due(rows.identity, definition, self._book, clock, core, dispatcher)

    @property
    def firing(self) -> Firing | None:
        """The schedule on whose behalf this code runs, None where that is no scheduled action."""
        caller = current.get()
        return caller.firing if isinstance(caller, ScheduledInvocation) else None

    def now(self) -> int:
        """Unix milliseconds."""
        return self._clock.now_ms()

    # -- making --------------------------------------------------------------------------------------
    async def add(self, action: str, args: bytes, due_at: int, rules: Rules) -> int:
        """A one-shot; returns its id. Raises schedule.max_schedules_exceeded."""
        agenda = await self._book.writable()
        return await self._make(agenda, "at", None, action, args, rules, due_at)

    async def set(self, name: str, action: str, args: bytes, rules: Rules) -> int:
        """A recurring one, or what the one of that name is from now on; returns its id.

        An unchanged cadence keeps its next time. Raises schedule.max_schedules_exceeded.
        """
        agenda = await self._book.writable()
        planned = agenda.find(name)
        if planned is None:
            return await self._make(agenda, _kind(rules), name, action, args, rules, self._first(rules))
        await self._change(planned, action, args, rules)
        return planned.row.schedule_id

    async def _make(self, agenda: Agenda, kind: str, name: str | None, *what: Any) -> int:
        limit = self._definition.options.max_schedules
        if len(agenda.pending()) >= limit:
            raise error("schedule.max_schedules_exceeded", maximum=limit)
        action, args, rules, due_at = what
        row = StoredSchedule(
            agenda.new_id(), kind, name, action, args, rules.as_json(), self.now(), due_at=due_at
        )
        self._note(SCHEDULE_SET, row, kind=row.kind, due_at=row.due_at)
        planned = Planned(row, (), self._patience)
        agenda.add(planned)
        await self._book.store([planned])
        return row.schedule_id

    async def _change(self, planned: Planned, action: str, args: bytes, rules: Rules) -> None:
        row, old, stored = planned.row, planned.rules.cadence, rules.as_json()
        due_at = self._first(rules)
        if old is not None and _same_cadence(row.rules, stored):
            due_at, stored = row.due_at, {**stored, **old.as_json()}
        changed = replace(row, kind=_kind(rules), action=action, args=args, rules=stored, due_at=due_at)
        changed = replace(changed, orphaned_at=None)
        if changed != row:
            self._note(SCHEDULE_SET, changed, kind=changed.kind, due_at=changed.due_at)
            await self._become(planned, changed)

    def _first(self, rules: Rules) -> int | None:
        return None if rules.cadence is None else rules.cadence.after(self.now())

    # -- looking -------------------------------------------------------------------------------------
    async def find(self, reference: Reference) -> Schedule | None:
        """None if there is none, or if it was a one-shot that has fired."""
        planned = _pending(await self._book.readable(), reference)
        return None if planned is None else planned.view()

    async def list(self) -> Schedules:
        """All that are to fire, the next one first."""
        pending = [planned.view() for planned in (await self._book.readable()).pending()]
        return sorted(pending, key=lambda schedule: (schedule.next_at or 0, schedule.id))

    async def history(self, reference: Reference, limit: int) -> Runs:
        """What became of the latest times, the last first. Empty for what is not known."""
        agenda = await self._book.readable()
        planned = agenda.find(reference)
        if planned is None or not planned.rules.max_history:
            return []
        runs = await self._book.history(planned, min(limit, agenda.kept(planned)))
        return [ScheduledRun.of(run) for run in runs]

    # -- cancelling ----------------------------------------------------------------------------------
    async def cancel(self, reference: Reference) -> bool:
        """Whether there was something to cancel. A run that has begun goes on."""
        agenda = await self._book.writable()
        planned = _pending(agenda, reference)
        if planned is None:
            return False
        agenda.remove(planned)
        self._note(SCHEDULE_CANCELLED, planned.row)
        await self._book.store(drops=[planned])
        return True

    # -- operating -----------------------------------------------------------------------------------
    async def pause(self, reference: Reference) -> bool:
        """Whether there is such a schedule. From now on nothing of it begins; what has begun goes on."""
        planned = _pending(await self._book.writable(), reference)
        if planned is not None and planned.row.paused_at is None:
            self._note(SCHEDULE_PAUSED, planned.row)
            await self._become(planned, replace(planned.row, paused_at=self.now()))
        return planned is not None

    async def resume(self, reference: Reference) -> bool:
        """Whether there is such a schedule. What it has missed meanwhile is for its misfire policy."""
        planned = _pending(await self._book.writable(), reference)
        if planned is not None and planned.row.paused_at is not None:
            self._note(SCHEDULE_RESUMED, planned.row)
            await self._become(planned, replace(planned.row, paused_at=None))
        return planned is not None

    async def skip(self, reference: Reference) -> int | None:
        """The time that is passed over, with all that were missed before now; None if there is none.

        Raises schedule.invalid_schedule_row.
        """
        planned = _pending(await self._book.writable(), reference)
        passed = None if planned is None else _readable(planned).passed_over(self.now())
        if planned is None or passed is None:
            return None
        row, run = passed
        self._note(SCHEDULE_SKIPPED, planned.row, scheduled_at=run.scheduled_at)
        await self._become(planned, row, [run])
        return run.scheduled_at

    async def run_now(self, reference: Reference) -> bool:
        """Whether there is such a schedule: then a run of it begins, whether it is paused or another goes on.

        For an operator: never part of an atomic block. Raises schedule.too_many_runs, actor.paused,
        schedule.invalid_schedule_row, actor.action_not_found.
        """
        agenda = await self._book.writable()
        planned = _pending(agenda, reference)
        if planned is not None:
            await asyncio.shield(self.due.run_now(agenda, planned))
        return planned is not None

    async def backfill(self, reference: Reference, since: int, until: int) -> int:
        """Run its times of a range that have passed, in order; how many there are.

        Raises schedule.not_recurring, schedule.invalid_time for a range that is too long or ends before it
        begins, schedule.backfill_too_large, schedule.invalid_schedule_row.
        """
        if not 0 <= until - since <= LONGEST_RANGE:
            raise error("schedule.invalid_time", reason="a range ends behind its beginning, 366 days at most")
        agenda = await self._book.writable()
        planned = _pending(agenda, reference)
        cadence = None if planned is None else _readable(planned).rules.cadence
        if planned is None or cadence is None:
            raise error("schedule.not_recurring", schedule=str(reference))
        waiting, now = agenda.waiting(), self.now()
        room = MOST_WAITING - waiting
        times = [] if since > now else cadence.first(room + 1, since, min(until, now))
        if len(times) > room:
            raise error("schedule.backfill_too_large", maximum=MOST_WAITING, waiting=waiting)
        if times:
            row, runs = planned.ordered(times, now)
            self._note(SCHEDULE_BACKFILLED, planned.row, count=len(times))
            await self._become(planned, row, runs)
        return len(times)

    async def _become(self, planned: Planned, row: StoredSchedule, runs: Sequence[StoredRun] = ()) -> None:
        """What it is from now on, with these runs beside those that are open, which go on."""
        planned.become(row)
        planned.open |= {run.number: run for run in runs if run.ended_at is None}
        await self._book.store([planned], runs)

    def _note(self, event: LogEvent, row: StoredSchedule, **more: Any) -> None:
        if event.wanted(logger):
            fields = {"schedule_id": row.schedule_id, "action": row.action}
            event.say(logger, self._identity.fields(**fields, **more))

    # -- the life of the actor -----------------------------------------------------------------------
    async def at_rest(self) -> None:
        """Return when no write is under way."""
        await self._book.at_rest()

    def close(self) -> None:
        """The generation is over."""
        self._book.close()
        self.due.close()


def _pending(agenda: Agenda, reference: Reference) -> Planned | None:
    """None if there is none, or if it was a one-shot that has fired."""
    planned = agenda.find(reference)
    return None if planned is None or planned.finished else planned


def _readable(planned: Planned) -> Planned:
    """Raises schedule.invalid_schedule_row: nobody knows its times."""
    if planned.unreadable is not None:
        raise planned.unreadable
    return planned


def _kind(rules: Rules) -> str:
    return "cron" if "expression" in rules.as_json() else "every"


def _same_cadence(old: Any, new: Any) -> bool:
    """Where an interval is counted from does not matter."""
    return all(old.get(word) == new.get(word) for word in ("expression", "timezone", "interval"))
