"""Planned: one schedule of an awake actor, with its open runs. Decides what a time that has come leads to.

Used by the agenda and the scheduler. Pure but for chance in the pauses of retries: it is told the time, and
it neither stores nor runs anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final

from actors.errors import ActorError, error
from actors.protocol import cbor
from actors.runtime.cadence import Cron, Every
from actors.runtime.rules import Misfire, Overlap, Retry, Rules, readable
from actors.storage.schedules import StoredRun, StoredSchedule

RUNNING: Final = "running"
RETRYING: Final = "retrying"
WAITING: Final = "waiting"
OK: Final = "ok"
ERROR: Final = "error"
SKIPPED: Final = "skipped"

ON_TIME: Final = 5_000
"""Milliseconds by which a run may be late and not count as missed."""
AT_ONCE: Final = 10
"""Runs of a schedule that may overlap, from which on others that wait are not begun."""
LOOK_AGAIN: Final = 3_600_000
"""Milliseconds after which it is looked whether the action of an orphaned schedule is back."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as its author sees it. Times are Unix milliseconds; `interval` is in seconds.

    `kind` is "at" for a one-shot, "cron" or "every". `next_at` is None while a one-shot is running.
    `orphaned_at` says since when its action is missing, `paused_at` since when nothing of it begins.
    """

    id: int
    kind: str
    name: str | None
    action: str
    args: tuple[Any, ...]
    created_at: int
    next_at: int | None
    last_run_at: int | None
    orphaned_at: int | None
    paused_at: int | None
    expression: str | None
    timezone: str | None
    interval: float | None
    retry: Retry
    misfire: Misfire
    overlap: Overlap
    max_history: int


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """What became of one time of a schedule. `number` counts from 1; times are Unix milliseconds.

    `result` is "waiting", "running", "retrying", "ok", "error" or "skipped"; `error` has group, code and
    message.
    """

    number: int
    scheduled_at: int
    fired_at: int
    ended_at: int | None
    attempts: int
    result: str
    error: Mapping[str, Any] | None

    @classmethod
    def of(cls, run: StoredRun) -> ScheduledRun:
        return cls(
            run.number, run.scheduled_at, run.started_at, run.ended_at, run.attempts, run.result, run.error
        )


class Planned:
    """`row` and `open`, its open runs by number, are what is or will be stored. `patience` in milliseconds is
    how long a run may take: after that, nobody knows of it any more.

    `coming` until its first row is durable. Times up to `catch_up_to` have been missed and are made good;
    nothing happens before `held_until`.
    """

    __slots__ = ("catch_up_to", "coming", "held_until", "open", "patience", "row", "rules", "unreadable")

    def __init__(self, row: StoredSchedule, runs: Iterable[StoredRun], patience: int) -> None:
        self.open = {run.number: run for run in runs}
        self.patience = patience
        self.coming = False
        self.become(row)

    def become(self, row: StoredSchedule) -> None:
        """What it is from now on. Runs that are open go on."""
        rules = readable(row.rules)
        self.row = row
        self.unreadable: ActorError | None = None
        if isinstance(rules, ActorError):
            why = error("schedule.invalid_schedule_row", schedule_id=row.schedule_id, reason=rules.message)
            self.unreadable, rules = why, Rules()
        self.rules = rules
        self.catch_up_to = 0
        self.held_until = 0

    def fork(self) -> Planned:
        """Another one that is as this one is now."""
        forked = copy(self)
        forked.open = dict(self.open)
        return forked

    # -- looking -------------------------------------------------------------------------------------
    @property
    def finished(self) -> bool:
        """A one-shot that is there for its history alone."""
        return self.row.due_at is None and not self.open

    @property
    def recurring(self) -> bool:
        return self.row.name is not None

    def next_fire(self) -> int | None:
        """When there is something to do, while the actor is awake."""
        if self.coming or self.row.paused_at is not None:
            return None
        times = [run.again_at for run in self._ready() if run.again_at is not None]
        if self.row.due_at is not None and not self._waits():
            times.append(self.row.due_at)
        return max(min(times), self.held_until) if times else None

    def alarm(self) -> int | None:
        """When the actor must be awake, whatever becomes of this generation."""
        if self.row.paused_at is not None:
            return None
        times = [run.again_at for run in self.open.values() if run.again_at is not None]
        if self.row.due_at is not None:
            times.append(self.row.due_at)
        return max(min(times), self.held_until) if times else None

    def view(self) -> Schedule:
        row, rules = self.row, self.rules
        is_cron, is_every = isinstance(rules.cadence, Cron), isinstance(rules.cadence, Every)
        return Schedule(
            id=row.schedule_id,
            kind=row.kind,
            name=row.name,
            action=row.action,
            args=tuple(cbor.decode(row.args)),
            created_at=row.created_at,
            next_at=row.due_at,
            last_run_at=row.last_run_at,
            orphaned_at=row.orphaned_at,
            paused_at=row.paused_at,
            expression=row.rules.get("expression") if is_cron else None,
            timezone=row.rules.get("timezone") if is_cron else None,
            interval=row.rules["interval"] / 1000 if is_every else None,
            retry=rules.retry,
            misfire=rules.misfire,
            overlap=rules.overlap,
            max_history=rules.max_history,
        )

    @property
    def waiting(self) -> int:
        """Runs that were ordered and have not begun."""
        return sum(run.result == WAITING for run in self.open.values())

    @property
    def under_way(self) -> int:
        """Runs that have begun and not ended, those that are to be tried again among them."""
        return len(self.open) - self.waiting

    def _ready(self) -> list[StoredRun]:
        """Runs that are to be tried again at their time, and of those that wait as many as may begin."""
        waiting = [run for run in self.open.values() if run.result == WAITING]
        most = 1 if self.rules.overlap == "skip" else AT_ONCE
        room = max(0, most - self.under_way)
        return [run for run in self.open.values() if run.result == RETRYING] + waiting[:room]

    def _waits(self) -> bool:
        """What was missed is made good one by one."""
        missed = self.row.due_at is not None and self.row.due_at <= self.catch_up_to
        return missed and bool(self.open) and self.rules.overlap == "skip"

    # -- its time has come ---------------------------------------------------------------------------
    def take(self, now: int) -> list[StoredRun]:
        """The runs that are to begin now, and those that are passed over, which have ended already."""
        ready = [run for run in self._ready() if run.again_at is not None and run.again_at <= now]
        taken = [self._again(run, now) for run in ready]
        while self.row.due_at is not None and self.row.due_at <= now:
            due = self._look_back(self.row.due_at, now)
            if self._waits():
                break
            taken.append(self._trigger(due, now))
        return taken

    def hold(self, now: int) -> None:
        """Its action is missing, or its rules cannot be read: look again in a while."""
        self.held_until = now + LOOK_AGAIN
        if self.row.orphaned_at is None:
            self.row = replace(self.row, orphaned_at=now)

    def _look_back(self, due: int, now: int) -> int:
        """The first of the missed times that are to be made good; otherwise `due`."""
        cadence, misfire = self.rules.cadence, self.rules.misfire
        if misfire.policy == "all" and cadence is not None and self._missed(due, now):
            self.catch_up_to = now
            due = cadence.last(misfire.max, due, now)[0]
            self.row = replace(self.row, due_at=due)
        return due

    def _missed(self, due: int, now: int) -> bool:
        return now - due > ON_TIME and due > self.catch_up_to

    def _trigger(self, due: int, now: int) -> StoredRun:
        rules, cadence = self.rules, self.rules.cadence
        catching_up = due <= self.catch_up_to
        overlaps = bool(self.open) and rules.overlap == "skip" and not catching_up
        skipped = overlaps or (rules.misfire.policy == "skip" and self._missed(due, now))
        following = None if cadence is None else cadence.after(due if catching_up else now)
        number = self.row.runs + 1
        fired = self.row.last_run_at if skipped else now
        self.row = replace(self.row, due_at=following, runs=number, last_run_at=fired, orphaned_at=None)
        if skipped:
            return StoredRun(self.row.schedule_id, number, due, now, 0, SKIPPED, ended_at=now)
        return self._begun(number, due, now)

    def _begun(self, number: int, scheduled_at: int, now: int) -> StoredRun:
        patience = self._patience_of(1, now)
        run = StoredRun(self.row.schedule_id, number, scheduled_at, now, 1, RUNNING, patience)
        self.open[number] = run
        return run

    def _again(self, run: StoredRun, now: int) -> StoredRun:
        attempts = run.attempts + 1
        patience = self._patience_of(attempts, now)
        run = replace(run, started_at=now, attempts=attempts, result=RUNNING, again_at=patience)
        self.open[run.number] = run
        self.row = replace(self.row, last_run_at=now, orphaned_at=None)
        return run

    def _patience_of(self, attempts: int, now: int) -> int | None:
        """When an attempt of which nothing was heard counts as interrupted; None if it is not repeated."""
        return now + self.patience if attempts <= self.rules.retry.max else None

    # -- an operator decides -------------------------------------------------------------------------
    def run_now(self, now: int) -> StoredRun:
        """A run beside its times, which begins now: also of one that is paused, or while another goes on."""
        number, self.held_until = self.row.runs + 1, 0
        self.row = replace(self.row, runs=number, last_run_at=now, orphaned_at=None)
        return self._begun(number, now, now)

    def passed_over(self, now: int) -> tuple[StoredSchedule, StoredRun] | None:
        """Itself without its next time, and all that were missed up to now; None if it has none."""
        due, cadence, number = self.row.due_at, self.rules.cadence, self.row.runs + 1
        if due is None:
            return None
        following = None if cadence is None else cadence.after(max(due, now))
        skipped = StoredRun(self.row.schedule_id, number, due, now, 0, SKIPPED, ended_at=now)
        # What never runs again needs no action.
        orphaned_at = None if following is None else self.row.orphaned_at
        return replace(self.row, due_at=following, runs=number, orphaned_at=orphaned_at), skipped

    def ordered(self, times: Sequence[int], now: int) -> tuple[StoredSchedule, list[StoredRun]]:
        """Itself with a run for each of these times, which have passed. They wait for their turn."""
        first = self.row.runs + 1
        runs = [
            StoredRun(self.row.schedule_id, number, time, now, 0, WAITING, again_at=now)
            for number, time in enumerate(times, first)
        ]
        return replace(self.row, runs=self.row.runs + len(runs)), runs

    # -- a run has ended -----------------------------------------------------------------------------
    def end_run(self, number: int, now: int, failure: Mapping[str, Any] | None) -> StoredRun:
        """The attempt is over: with `failure` it is tried again, or that was all."""
        run = self.open.pop(number)
        if failure is not None and run.attempts <= self.rules.retry.max:
            again_at = now + self.rules.retry.pause(run.attempts)
            run = replace(run, result=RETRYING, again_at=again_at, error=failure)
            self.open[number] = run
            return run
        result = OK if failure is None else ERROR
        return replace(run, result=result, again_at=None, ended_at=now, error=failure)
