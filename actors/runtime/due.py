"""Due: claims the runs that fall due, begins them once the claim is durable, and notes what came of them.

Part of the scheduler. Keeps the one timer of an actor's schedules, and only while the actor serves: what
falls due while it ends is left to its next generation.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.logs import SCHEDULE_FIRED, SCHEDULE_ORPHANED, SCHEDULES_UNREADABLE, named
from actors.runtime.agenda import Agenda
from actors.runtime.calls import current
from actors.runtime.crash import report
from actors.runtime.definition import ActorDefinition
from actors.runtime.dispatch import Dispatcher
from actors.runtime.firing import Firings, Key
from actors.runtime.identity import Identity
from actors.runtime.kinds import Kind
from actors.runtime.planned import AT_ONCE, RUNNING, Planned
from actors.runtime.schedule_book import ScheduleBook
from actors.runtime.wakeup import Wakeup
from actors.runtime.work import Work
from actors.storage.schedules import StoredRun

TRY_AGAIN: Final = 1_000
"""Milliseconds after which the store is asked again that could not be reached."""

logger = logging.getLogger(__name__)


class Due:
    """See the module docstring."""

    __slots__ = (
        "_book",
        "_clock",
        "_definition",
        "_ended",
        "_firings",
        "_identity",
        "_serving",
        "_wakeup",
        "_work",
    )

    def __init__(
        self,
        identity: Identity,
        definition: ActorDefinition,
        book: ScheduleBook,
        clock: Clock,
        work: Work,
        dispatcher: Dispatcher,
    ) -> None:
        self._identity = identity
        self._definition = definition
        self._book = book
        self._clock = clock
        self._work = work
        self._firings = Firings(identity, definition, dispatcher, clock, work, self._run_over)
        self._wakeup = Wakeup(clock, self._ring)
        self._serving = False
        self._ended = False
        book.watch(self._loaded, self._arm)

    # -- the life of the actor -----------------------------------------------------------------------
    def start(self, due_at: int | None) -> None:
        """The actor serves. `due_at` is what its claim said of the next time."""
        self._serving = True
        if self._book.used:
            self._arm()
        else:
            self._wakeup.set(due_at)

    def suspend(self) -> None:
        """The actor is ending."""
        self._serving = False
        self._wakeup.set(None)

    def close(self) -> None:
        """The generation is over."""
        self.suspend()
        self._ended = True
        self._wakeup.close()
        self._firings.close()

    def _arm(self) -> None:
        if self._serving:
            agenda = self._book.agenda
            again = self._clock.now_ms() + TRY_AGAIN
            self._wakeup.set(again if agenda is None else agenda.next_fire())

    def _ring(self) -> None:
        if self._serving:
            self._work.spawn(Kind.SCHEDULED, self._fire())

    # -- the time has come ---------------------------------------------------------------------------
    async def _fire(self) -> None:
        current.set(None)  # a timer is set in the middle of anybody's code
        try:
            agenda = await self._book.opened()
        except ActorError as failure:
            SCHEDULES_UNREADABLE.say(logger, self._identity.fields(error=named(failure)))
            self._arm()
            return
        if not self._serving or self._book.defer(self._ring):
            return
        due = agenda.due(self._clock.now_ms())
        if not due:
            self._book.correct()
            self._arm()
            return
        runs = [run for planned in due for run in self._take(planned)]
        # First the claim: whatever happens from here on, no time is claimed twice.
        await self._begin_claimed(agenda, runs, self._book.write(due, runs))

    async def _begin_claimed(
        self, agenda: Agenda, runs: Sequence[StoredRun], written: asyncio.Future[None]
    ) -> None:
        await asyncio.wait([written])
        if written.exception() is None:
            begun = [run for run in runs if run.result == RUNNING]
            for run in sorted(begun, key=lambda run: (run.scheduled_at, run.schedule_id, run.number)):
                self._begin(agenda, run)

    def run_now(self, agenda: Agenda, planned: Planned) -> asyncio.Future[None]:
        """Claim a run beside its times, which begins as soon as that is durable. For who holds the agenda.

        Raises actor.stopping, schedule.too_many_runs, and as its time that has come would be refused.
        """
        if not self._serving:
            raise error("actor.stopping")
        if planned.under_way >= AT_ONCE:
            raise error("schedule.too_many_runs", maximum=AT_ONCE)
        why = self._obstacle(planned)
        if why is not None:
            raise why
        run = planned.run_now(self._clock.now_ms())
        written = self._book.write([planned], [run])
        self._work.spawn(Kind.SCHEDULED, self._begin_claimed(agenda, [run], written))
        return written

    def _obstacle(self, planned: Planned) -> ActorError | None:
        """Why it cannot run."""
        known = planned.row.action in self._definition.actions
        missing = None if known else error("actor.action_not_found", action=planned.row.action)
        return planned.unreadable or missing

    def _take(self, planned: Planned) -> Sequence[StoredRun]:
        now, why = self._clock.now_ms(), self._obstacle(planned)
        if why is None:
            return planned.take(now)
        planned.hold(now)
        row = planned.row
        fields = {"schedule_id": row.schedule_id, "action": row.action, "error": named(why)}
        SCHEDULE_ORPHANED.say(logger, self._identity.fields(**fields))
        return ()

    def _begin(self, agenda: Agenda, run: StoredRun) -> None:
        planned = agenda.find(run.schedule_id)
        if planned is None or self._ended:  # cancelled meanwhile
            return
        if SCHEDULE_FIRED.wanted(logger):
            fields = {"schedule_id": run.schedule_id, "action": planned.row.action, "attempt": run.attempts}
            late = run.started_at - run.scheduled_at
            SCHEDULE_FIRED.say(logger, self._identity.fields(**fields, delay_ms=late))
        self._firings.begin(planned.row, run)

    # -- a run has ended -----------------------------------------------------------------------------
    def _run_over(self, key: Key) -> None:
        if self._book.defer(partial(self._run_over, key)):  # it could not even begin
            return
        agenda = self._book.agenda
        if self._ended or agenda is None:  # what is read next finds that it is over
            return
        run = self._end_run(agenda, key)
        if run is None:
            self._firings.forget(key)
            return
        planned = agenda.find(key[0])
        drops = agenda.finished_surplus()
        for old in drops:
            agenda.remove(old)
        self._note(key, self._book.write([planned] if planned is not None else [], [run], drops=drops))

    def _end_run(self, agenda: Agenda, key: Key) -> StoredRun | None:
        """None if the schedule was cancelled meanwhile."""
        planned, live = agenda.find(key[0]), self._firings.live[key]
        if planned is None or key[1] not in planned.open:
            return None
        return planned.end_run(key[1], self._clock.now_ms(), live.failure)

    def _note(self, key: Key, written: asyncio.Future[None]) -> None:
        """The attempt may be forgotten once its end is durable."""
        written.add_done_callback(partial(self._noted, key, self._firings.live[key]))

    def _noted(self, key: Key, live: object, written: asyncio.Future[None]) -> None:
        if not written.cancelled() and written.exception() is None and self._firings.live.get(key) is live:
            self._firings.forget(key)

    def _loaded(self, agenda: Agenda) -> None:
        """Note the runs that have ended while nobody could: with their actor, or while the store was away."""
        touched: list[Planned] = []
        ended: list[StoredRun] = []
        over: list[Key] = []
        for planned in agenda:
            for run in [run for run in planned.open.values() if run.result == RUNNING]:
                key = run.schedule_id, run.number
                live = self._firings.live.get(key)
                if live is None or live.over:
                    failure = report(error("schedule.interrupted")) if live is None else live.failure
                    ended.append(planned.end_run(run.number, self._clock.now_ms(), failure))
                    touched.append(planned)
                    over += [] if live is None else [key]
        if touched:
            written = self._book.write(touched, ended)
            for key in over:
                self._note(key, written)
