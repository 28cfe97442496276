"""What the group writer has to know of schedules. One `ScheduleWriter` per node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.storage.group_writer import GroupWriter
from actors.storage.schedules import ScheduleStore, ScheduleWrite

ScheduleWriter: TypeAlias = GroupWriter[ScheduleWrite, None]


def schedule_writer(store: ScheduleStore, clock: Clock) -> ScheduleWriter:
    """The schedules of all actors of a node, on their way to the store."""
    return GroupWriter(_Schedules(store), clock)


class _Schedules:
    """See `Part`."""

    name = "schedule"

    def __init__(self, store: ScheduleStore) -> None:
        self._store = store

    async def write(self, writes: Sequence[ScheduleWrite]) -> Mapping[str, None]:
        return dict.fromkeys(await self._store.write(writes))

    def join(self, writes: Sequence[ScheduleWrite]) -> ScheduleWrite:
        return joined(writes)

    def weigh(self, write: ScheduleWrite) -> int:
        return sum(len(row.args) for row in write.puts)

    def refusal(self, reason: str) -> ActorError:
        return error("actor.invalid_request", reason=reason)


def joined(writes: Sequence[ScheduleWrite]) -> ScheduleWrite:
    """The last word on each schedule and each run counts; ids are never used again."""
    if len(writes) == 1:
        return writes[0]
    last = writes[-1]
    drops = {schedule_id for write in writes for schedule_id in write.drops}
    puts = {row.schedule_id: row for write in writes for row in write.puts if row.schedule_id not in drops}
    runs = {
        (run.schedule_id, run.number): run
        for write in writes
        for run in write.runs
        if run.schedule_id not in drops
    }
    trims: dict[int, int] = {}
    for write in writes:
        for schedule_id, number in write.trims:
            trims[schedule_id] = max(number, trims.get(schedule_id, 0))
    return ScheduleWrite(
        last.actor_id,
        last.generation,
        last.revision,
        last.last_id,
        last.due_at,
        list(puts.values()),
        sorted(drops),
        list(runs.values()),
        list(trims.items()),
    )
