"""ScheduleBook: the schedules of one actor in memory, and on their way to the store.

Read at their first use. A write that did not arrive makes what is in memory worthless: it is read anew.
Used by the scheduler and by what sees to due runs; neither stores anything by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from actors.clock import Clock
from actors.errors import error
from actors.runtime.agenda import Agenda
from actors.runtime.planned import Planned
from actors.runtime.schedule_rows import ScheduleRows
from actors.runtime.watch import Aspect, Watch
from actors.storage.schedules import StoredRun

Trims = Sequence[tuple[int, int]]


class ScheduleBook:
    """`agenda` is None until it has been read. `loaded` is called with it, before anybody else sees it;
    `changed` whenever something else may be due next, or nobody knows what. `used` once it was asked for.
    """

    __slots__ = (
        "_changed",
        "_clock",
        "_ended",
        "_loaded",
        "_opening",
        "_patience",
        "_rows",
        "_watch",
        "agenda",
        "used",
    )

    def __init__(self, rows: ScheduleRows, clock: Clock, patience: int, watch: Watch) -> None:
        self._rows = rows
        self._clock = clock
        self._watch = watch
        self._patience = patience
        self._loaded: Callable[[Agenda], None]
        self._changed: Callable[[], None]
        self._opening: asyncio.Task[None] | None = None
        self._ended = False
        self.agenda: Agenda | None = None
        self.used = False

    def watch(self, loaded: Callable[[Agenda], None], changed: Callable[[], None]) -> None:
        self._loaded = loaded
        self._changed = changed

    # -- reading -------------------------------------------------------------------------------------
    async def opened(self) -> Agenda:
        """Raises actor.stopping after the end, actor.fenced, storage.unavailable."""
        while True:
            if self._ended:
                raise error("actor.stopping")
            if self.agenda is not None:
                return self.agenda
            self.used = True
            if self._opening is None:
                self._opening = self._clock.spawn(self._load(), name="schedules opening")
                self._opening.add_done_callback(_retrieved)
            await asyncio.shield(self._opening)

    async def _load(self) -> None:
        try:
            agenda = Agenda(await self._rows.open(), self._patience)
        finally:
            self._opening = None
        if not self._ended:
            self.agenda = agenda
            self._loaded(agenda)
            self._changed()

    async def history(self, planned: Planned, limit: int) -> Sequence[StoredRun]:
        """The last run first. Raises storage.unavailable."""
        return await self._rows.history(planned.row.schedule_id, limit)

    # -- writing -------------------------------------------------------------------------------------
    def add(self, planned: Planned) -> asyncio.Future[None]:
        """A new one: nothing comes of it before it is durable."""
        agenda = self._current()
        planned.coming = True
        agenda.add(planned)
        trims = agenda.surplus_runs() if planned.recurring else ()
        written = self.write([planned], trims=trims)
        written.add_done_callback(lambda _: self._come(planned))
        return written

    def _come(self, planned: Planned) -> None:
        planned.coming = False
        self._changed()

    def write(
        self,
        touched: Sequence[Planned] = (),
        runs: Sequence[StoredRun] = (),
        *,
        drops: Iterable[Planned] = (),
        trims: Trims = (),
    ) -> asyncio.Future[None]:
        """Store schedules as they are now, and runs; forget others. Fails as the writer says.

        Each write tells the store when the actor has to be awake next.
        """
        agenda = self._current()
        dropped = {planned.row.schedule_id for planned in drops}
        kept = {p.row.schedule_id: p for p in touched if p.row.schedule_id not in dropped}
        runs = [run for run in runs if run.schedule_id in kept]
        surplus = [(run.schedule_id, run.number - agenda.kept(kept[run.schedule_id])) for run in runs]
        written = self._rows.submit(
            agenda.last_id,
            agenda.alarm(),
            puts=[planned.row for planned in kept.values()],
            runs=runs,
            drops=sorted(dropped),
            trims=[*trims, *(trim for trim in surplus if trim[1] > 0)],
        )
        written.add_done_callback(partial(self._written, agenda))
        self._changed()
        return written

    def correct(self) -> None:
        """Nothing was due although the store thought so: tell it better."""
        if self._rows.due_at != self._current().alarm():
            self.write()

    def _written(self, agenda: Agenda, written: asyncio.Future[None]) -> None:
        failed = written.cancelled() or written.exception() is not None
        if not failed and self._watch.watchers:
            self._watch.note(Aspect.SCHEDULES)
        if not failed and self._watch.followers:
            self._watch.tell("schedule", "stored")
        if failed and self.agenda is agenda:
            self.agenda = None
            self._changed()

    def _current(self) -> Agenda:
        if self.agenda is None:
            raise error("storage.unavailable")
        return self.agenda

    # -- the life of the actor -----------------------------------------------------------------------
    async def at_rest(self) -> None:
        """Return when no write is under way."""
        await self._rows.at_rest()

    def close(self) -> None:
        """The generation is over."""
        self._ended = True


def _retrieved(task: asyncio.Task[None]) -> None:
    """Whoever waited for it may have gone: that is no error of its own."""
    if not task.cancelled():
        task.exception()
