"""Agenda: the schedules of one awake actor, in memory. Used by the scheduler alone; stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from actors.runtime.planned import Planned
from actors.storage.schedules import ScheduleContents, StoredRun

MOST_RUNS: Final = 10_000
"""Runs that an actor keeps of its recurring schedules, over all of them."""
FINISHED_KEPT: Final = 100
"""One-shots that have fired and are kept for their history."""

Trims = Sequence[tuple[int, int]]
"""Ids of schedules, and the numbers up to which their ended runs are forgotten."""
Reference = int | str
"""The id of a schedule, or the name of a recurring one."""


class Agenda:
    """`last_id` is the last id given. Pending are all schedules that are to fire or are running."""

    __slots__ = ("_by_id", "_by_name", "last_id")

    def __init__(self, last_id: int, all_planned: Iterable[Planned]) -> None:
        self.last_id = last_id
        self._by_id: dict[int, Planned] = {}
        self._by_name: dict[str, Planned] = {}
        for planned in all_planned:
            self.add(planned)

    @classmethod
    def of(cls, contents: ScheduleContents, patience: int) -> Agenda:
        runs: dict[int, list[StoredRun]] = {}
        for run in contents.runs:
            runs.setdefault(run.schedule_id, []).append(run)
        rows = contents.schedules
        return cls(contents.last_id, [Planned(row, runs.get(row.schedule_id, ()), patience) for row in rows])

    def fork(self) -> Agenda:
        """Another one with the same schedules. What becomes of either is nothing to the other."""
        return Agenda(self.last_id, [planned.fork() for planned in self])

    def __iter__(self) -> Iterator[Planned]:
        return iter(tuple(self._by_id.values()))

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add(self, planned: Planned) -> None:
        self._by_id[planned.row.schedule_id] = planned
        if planned.row.name is not None:
            self._by_name[planned.row.name] = planned

    def remove(self, planned: Planned) -> None:
        self._by_id.pop(planned.row.schedule_id, None)
        if planned.row.name is not None:
            self._by_name.pop(planned.row.name, None)

    def find(self, reference: Reference) -> Planned | None:
        if isinstance(reference, str):
            return self._by_name.get(reference)
        return self._by_id.get(reference)

    def pending(self) -> list[Planned]:
        return [planned for planned in self._by_id.values() if not planned.finished]

    def waiting(self) -> int:
        """Runs that were ordered and have not begun."""
        return sum(planned.waiting for planned in self._by_id.values())

    # -- writing -------------------------------------------------------------------------------------
    def changes(
        self, touched: Iterable[Planned], runs: Iterable[StoredRun], drops: Iterable[Planned], trims: Trims
    ) -> dict[str, Any]:
        """Those of a `ScheduleWrite`: nothing is put of what is dropped, and each run makes an old one go."""
        dropped = {planned.row.schedule_id for planned in drops}
        kept = {p.row.schedule_id: p for p in touched if p.row.schedule_id not in dropped}
        runs = [run for run in runs if run.schedule_id in kept]
        surplus = [(run.schedule_id, run.number - self.kept(kept[run.schedule_id])) for run in runs]
        return {
            "puts": [planned.row for planned in kept.values()],
            "runs": runs,
            "drops": sorted(dropped),
            "trims": [*trims, *(trim for trim in surplus if trim[1] > 0)],
        }

    # -- time ----------------------------------------------------------------------------------------
    def next_fire(self) -> int | None:
        """When there is something to do, while the actor is awake."""
        return min((time for p in self._by_id.values() if (time := p.next_fire()) is not None), default=None)

    def alarm(self) -> int | None:
        """When the actor must be awake, whatever becomes of this generation."""
        return min((time for p in self._by_id.values() if (time := p.alarm()) is not None), default=None)

    def due(self, now: int) -> list[Planned]:
        """Those with something to do, the longest due first, of the same time the oldest."""
        found = [(time, p.row.schedule_id, p) for p in self if (time := p.next_fire()) is not None]
        return [planned for time, _, planned in sorted(found, key=lambda item: item[:2]) if time <= now]

    # -- history -------------------------------------------------------------------------------------
    def share(self) -> int:
        """Runs that each recurring schedule may keep at most, so that all together keep MOST_RUNS."""
        return MOST_RUNS // max(1, len(self._by_name))

    def kept(self, planned: Planned) -> int:
        """How many runs of it are kept: at least one, for that may be open."""
        limit = self.share() if planned.recurring else MOST_RUNS
        return max(1, min(planned.rules.max_history, limit))

    def surplus_runs(self, changed: Iterable[Planned]) -> Trims:
        """Runs that recurring schedules may not keep any more after those changes: the ids, and the numbers
        to forget to.
        """
        if not any(planned.recurring for planned in changed):
            return []
        surplus = [(p.row.schedule_id, p.row.runs - self.kept(p)) for p in self._by_name.values()]
        return [(schedule_id, number) for schedule_id, number in surplus if number > 0]

    def finished_surplus(self) -> list[Planned]:
        """One-shots that have fired and need not be kept any more, the oldest of too many among them."""
        finished = [planned for planned in self._by_id.values() if planned.finished]
        unwanted = [planned for planned in finished if not planned.rules.max_history]
        wanted = [planned for planned in finished if planned.rules.max_history]
        return unwanted + wanted[: max(0, len(wanted) - FINISHED_KEPT)]
