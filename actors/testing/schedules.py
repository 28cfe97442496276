"""WatchedSchedules: the schedule part of a WatchedStore. Its calls pass the same faults and holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from actors.storage.schedules import ScheduleContents, ScheduleStore, ScheduleWrite, StoredRun
from actors.testing.kv import Pass


class WatchedSchedules:
    """See `ScheduleStore`."""

    def __init__(self, real: ScheduleStore, let_pass: Pass) -> None:
        self._real = real
        self._pass = let_pass

    async def open(self, actor_id: str, generation: int) -> ScheduleContents | None:
        return await self._pass("schedule_open", partial(self._real.open, actor_id, generation))

    async def write(self, writes: Sequence[ScheduleWrite]) -> frozenset[str]:
        return await self._pass("schedule_write", partial(self._real.write, writes))

    async def history(self, actor_id: str, schedule_id: int, limit: int) -> Sequence[StoredRun]:
        call = partial(self._real.history, actor_id, schedule_id, limit)
        return await self._pass("schedule_history", call)
