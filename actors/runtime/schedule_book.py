"""ScheduleBook: the schedules of one actor in memory, and on their way to the store.

Read at their first use. A write that did not arrive makes what is in memory worthless: it is read anew.
While an atomic block changes them it has an agenda of its own, and nothing else is written.
Used by the scheduler and by what sees to due runs; neither stores anything by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from actors.clock import Clock
from actors.errors import error
from actors.runtime.agenda import Agenda, Trims
from actors.runtime.core import Core
from actors.runtime.planned import Planned
from actors.runtime.schedule_rows import ScheduleRows
from actors.runtime.schedule_stage import ScheduleStage
from actors.runtime.tether import untied
from actors.runtime.watch import Aspect
from actors.storage.schedules import StoredRun


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
        "_stage",
        "_stream",
        "_watch",
        "agenda",
        "used",
    )

    def __init__(self, rows: ScheduleRows, clock: Clock, patience: int, core: Core) -> None:
        self._rows = rows
        self._clock = clock
        self._watch = core.watch
        self._stream = core.stream
        self._stage: ScheduleStage | None = None
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

    async def readable(self) -> Agenda:
        """To be looked at: inside an atomic block as it is going to be. Raises as `opened`."""
        agenda, stage = await self.opened(), self._staged()
        return agenda if stage is None else stage.agenda

    async def _load(self) -> None:
        try:
            agenda = Agenda.of(await self._rows.open(), self._patience)
        finally:
            self._opening = None
        if not self._ended:
            self.agenda = agenda
            self._loaded(agenda)
            self._changed()

    async def history(self, planned: Planned, limit: int) -> Sequence[StoredRun]:
        """The last run first; inside an atomic block with its own. Raises storage.unavailable."""
        stored, stage = await self._rows.history(planned.row.schedule_id, limit), self._staged()
        return stored if stage is None else stage.history(planned, stored)[:limit]

    def _staged(self) -> ScheduleStage | None:
        """What the block has changed that the running code is in."""
        block = self._stream.block
        return self._stage if block is not None and block.mine else None

    # -- changing ------------------------------------------------------------------------------------
    async def writable(self) -> Agenda:
        """To be changed and stored without waiting in between: inside an atomic block, the block's own.

        Waits for the end of a block of others. Raises as `opened`, and actor.deadlock.
        """
        while True:
            await self._stream.passage("schedule")
            agenda, block = await self.opened(), self._stream.block
            if block is None:
                return agenda
            if self._stage is None:
                await self._rows.at_rest()  # what is being written comes before the block
            if block.mine and self.agenda is agenda:
                if self._stage is None:
                    self._stage = block.staged["schedules"] = ScheduleStage(self, self._rows, agenda)
                return self._stage.agenda

    async def store(
        self,
        touched: Sequence[Planned] = (),
        runs: Sequence[StoredRun] = (),
        *,
        drops: Sequence[Planned] = (),
    ) -> None:
        """What has been done to the agenda that was `writable`; inside an atomic block, at its end.

        Nothing comes of what has been touched before it is durable.
        """
        if self._stage is not None:
            self._stage.note(touched, runs, drops)
            return
        for planned in touched:
            planned.coming = True
        written = self.write(touched, runs, drops=drops, trims=self._current().surplus_runs(touched))
        written.add_done_callback(partial(self._arrived, touched))
        await asyncio.shield(written)

    def _arrived(self, touched: Sequence[Planned], _: object) -> None:
        for planned in touched:
            planned.coming = False
        self._changed()

    def defer(self, work: Callable[[], object]) -> bool:
        """Whether a block is changing the schedules: then `work` is called once it has ended."""
        if self._stage is not None:
            self._stage.later.append(work)
        return self._stage is not None

    def settle(self, stage: ScheduleStage, *, durable: bool) -> None:
        """The block has ended. Undone, everything is as if it had never been."""
        self._stage = None
        if durable:
            self.agenda = stage.agenda
            self._rows.due_at = stage.agenda.alarm()
            self._tell()
        self._changed()
        for work in stage.later:
            work()

    # -- writing -------------------------------------------------------------------------------------
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
        changes = agenda.changes(touched, runs, drops, trims)
        written = self._rows.submit(agenda.last_id, agenda.alarm(), **changes)
        written.add_done_callback(partial(self._written, agenda))
        self._changed()
        return written

    def correct(self) -> None:
        """Nothing was due although the store thought so: tell it better."""
        if self._rows.due_at != self._current().alarm():
            self.write()

    def _written(self, agenda: Agenda, written: asyncio.Future[None]) -> None:
        failed = written.cancelled() or written.exception() is not None
        if not failed:
            self._tell()
        elif self.agenda is agenda:
            self.agenda = None
            self._changed()

    def _tell(self) -> None:
        if self._watch.watchers:
            self._watch.note(Aspect.SCHEDULES)
        if self._watch.followers:
            self._watch.tell("schedule", "stored")

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
        self.watch(untied, untied)


def _retrieved(task: asyncio.Task[None]) -> None:
    """Whoever waited for it may have gone: that is no error of its own."""
    if not task.cancelled():
        task.exception()
