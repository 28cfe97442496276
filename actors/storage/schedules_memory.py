"""The schedule part of the Store in memory. Used by `MemoryStore`; no awaits, so each call is atomic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from actors.storage.alarms import AlarmChange
from actors.storage.alarms_memory import Alarms
from actors.storage.schedules import ScheduleContents, ScheduleWrite, StoredRun, StoredSchedule


@dataclass(slots=True)
class Schedules:
    """Those of one actor, written by `generation` alone. `runs` by schedule and number."""

    generation: int
    revision: int = 0
    last_id: int = 0
    due_at: int | None = None
    schedules: dict[int, StoredSchedule] = field(default_factory=dict)
    runs: dict[tuple[int, int], StoredRun] = field(default_factory=dict)

    def contents(self) -> ScheduleContents:
        """What an owner finds."""
        runs = [run for _, run in sorted(self.runs.items()) if run.ended_at is None]
        return ScheduleContents(
            self.revision, self.last_id, self.due_at, [row for _, row in sorted(self.schedules.items())], runs
        )

    def apply(self, write: ScheduleWrite) -> None:
        """A write of the owner, which may be a repetition."""
        if write.revision <= self.revision:
            return
        self.revision, self.last_id, self.due_at = write.revision, write.last_id, write.due_at
        self.schedules |= {row.schedule_id: row for row in write.puts}
        trims = dict(write.trims)
        self.runs = {
            (schedule_id, number): run
            for (schedule_id, number), run in self.runs.items()
            if schedule_id not in write.drops and (run.ended_at is None or number > trims.get(schedule_id, 0))
        }
        for schedule_id in write.drops:
            self.schedules.pop(schedule_id, None)
        self.runs |= {(run.schedule_id, run.number): run for run in write.runs}


class Server(Protocol):
    """The part of `MemoryDatabase` that is needed here."""

    schedules: dict[str, Schedules]
    alarms: Alarms

    def owns(self, actor_id: str, generation: int) -> bool: ...


class MemorySchedules:
    """See `ScheduleStore`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def open(self, actor_id: str, generation: int) -> ScheduleContents | None:
        if not self._server.owns(actor_id, generation):
            return None
        return self._server.schedules.setdefault(actor_id, Schedules(generation)).contents()

    async def write(self, writes: Sequence[ScheduleWrite]) -> frozenset[str]:
        held = set()
        for write in writes:
            schedules = self._server.schedules.get(write.actor_id)
            if schedules is not None and schedules.generation == write.generation:
                if schedules.due_at != write.due_at and write.revision > schedules.revision:
                    self._server.alarms.keep(write.actor_id, "schedule", AlarmChange(write.due_at))
                schedules.apply(write)
                held.add(write.actor_id)
        return frozenset(held)

    async def history(self, actor_id: str, schedule_id: int, limit: int) -> Sequence[StoredRun]:
        schedules = self._server.schedules.get(actor_id)
        runs = {} if schedules is None else schedules.runs
        return [run for (owner, _), run in sorted(runs.items(), reverse=True) if owner == schedule_id][:limit]
