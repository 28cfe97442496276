"""ScheduleStage: the schedules that an atomic block has changed and not stored yet. For `ScheduleBook` only.

The block works on an agenda of its own: nothing of it falls due, and nobody else sees it, before its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from actors.runtime.agenda import Agenda
from actors.runtime.planned import Planned
from actors.runtime.schedule_rows import ScheduleRows
from actors.storage.schedules import ScheduleWrite, StoredRun


class Desk(Protocol):
    """`ScheduleBook`, as its stage needs it."""

    def settle(self, stage: ScheduleStage, *, durable: bool) -> None: ...


class ScheduleStage:
    """See `block.Staged`. `later` is what others had to put off until the block has ended."""

    __slots__ = ("_desk", "_drops", "_rows", "_runs", "_touched", "agenda", "later")

    def __init__(self, desk: Desk, rows: ScheduleRows, agenda: Agenda) -> None:
        self._desk = desk
        self._rows = rows
        self._touched: dict[int, Planned] = {}
        self._runs: dict[tuple[int, int], StoredRun] = {}
        self._drops: list[Planned] = []
        self.agenda = agenda.fork()
        self.later: list[Callable[[], object]] = []

    def note(self, touched: Iterable[Planned], runs: Iterable[StoredRun], drops: Iterable[Planned]) -> None:
        """These are to be written as they are at the end of the block, with these runs; those forgotten."""
        self._touched |= {planned.row.schedule_id: planned for planned in touched}
        self._runs |= {(run.schedule_id, run.number): run for run in runs}
        for planned in drops:
            self._touched.pop(planned.row.schedule_id, None)
            self._drops.append(planned)

    def history(self, planned: Planned, stored: Iterable[StoredRun]) -> list[StoredRun]:
        """The last run first."""
        mine = [run for run in self._runs.values() if run.schedule_id == planned.row.schedule_id]
        runs = {run.number: run for run in (*stored, *mine)}
        return [runs[number] for number in sorted(runs, reverse=True)]

    @property
    def size(self) -> int:
        return sum(len(planned.row.args) for planned in self._touched.values())

    async def at_rest(self) -> None:
        """The book has seen to it: since the stage is there, nothing else is written."""

    def write(self) -> ScheduleWrite:
        agenda, touched = self.agenda, self._touched.values()
        changes = agenda.changes(touched, self._runs.values(), self._drops, agenda.surplus_runs(touched))
        return self._rows.next_write(agenda.last_id, agenda.alarm(), **changes)

    def settle(self, *, durable: bool) -> None:
        self._desk.settle(self, durable=durable)
