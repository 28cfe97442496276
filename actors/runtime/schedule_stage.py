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
        self._puts: set[int] = set()
        self._drops: set[int] = set()
        self.agenda = agenda.fork()
        self.later: list[Callable[[], object]] = []

    def note(self, touched: Iterable[Planned], drops: Iterable[Planned]) -> None:
        """These are to be written as they are at the end of the block; those are to be forgotten."""
        for planned in touched:
            planned.coming = False
            self._puts.add(planned.row.schedule_id)
        self._drops |= {planned.row.schedule_id for planned in drops}
        self._puts -= self._drops

    @property
    def size(self) -> int:
        return sum(len(planned.row.args) for planned in self._touched())

    async def at_rest(self) -> None:
        await self._rows.at_rest()

    def write(self) -> ScheduleWrite:
        return self._rows.next_write(
            self.agenda.last_id,
            self.agenda.alarm(),
            puts=[planned.row for planned in self._touched()],
            drops=sorted(self._drops),
            trims=self.agenda.surplus_runs(),
        )

    def settle(self, *, durable: bool) -> None:
        self._desk.settle(self, durable=durable)

    def _touched(self) -> list[Planned]:
        return [planned for planned in self.agenda if planned.row.schedule_id in self._puts]
