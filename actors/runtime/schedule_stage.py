"""ScheduleStage: the schedules that an atomic block has changed and not stored yet. For `ScheduleBook` only.

The block works on an agenda of its own: nothing of it falls due, and nobody else sees it, before its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from actors.runtime.agenda import Agenda
from actors.runtime.planned import Planned
from actors.runtime.schedule_rows import ScheduleRows
from actors.storage.schedules import ScheduleWrite


class Desk(Protocol):
    """`ScheduleBook`, as its stage needs it."""

    def settle(self, stage: ScheduleStage, *, durable: bool) -> None: ...


class ScheduleStage:
    """See `block.Staged`. `later` is what others had to put off until the block has ended."""

    __slots__ = ("_desk", "_drops", "_puts", "_rows", "agenda", "later")

    def __init__(self, desk: Desk, rows: ScheduleRows, agenda: Agenda) -> None:
        self._desk = desk
        self._rows = rows
        self._puts: dict[int, Planned] = {}
        self._drops: set[int] = set()
        self.agenda = agenda.fork()
        self.later: list[Callable[[], object]] = []

    def note(self, touched: Iterable[Planned], drops: Iterable[Planned]) -> None:
        """These are to be written as they are at the end of the block; those are to be forgotten."""
        self._puts |= {planned.row.schedule_id: planned for planned in touched}
        for planned in drops:
            self._puts.pop(planned.row.schedule_id, None)
            self._drops.add(planned.row.schedule_id)

    @property
    def size(self) -> int:
        return sum(len(planned.row.args) for planned in self._puts.values())

    async def at_rest(self) -> None:
        """The book has seen to it: since the stage is there, nothing else is written."""

    def write(self) -> ScheduleWrite:
        return self._rows.next_write(
            self.agenda.last_id,
            self.agenda.alarm(),
            puts=[planned.row for planned in self._puts.values()],
            drops=sorted(self._drops),
            trims=self.agenda.surplus_runs(self._puts.values()),
        )

    def settle(self, *, durable: bool) -> None:
        self._desk.settle(self, durable=durable)
