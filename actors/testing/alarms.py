"""WatchedAlarms: the alarm part of a WatchedStore. Its calls pass the same faults and holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from actors.storage.alarms import AlarmStore, DueAlarm
from actors.testing.kv import Pass


class WatchedAlarms:
    """See `AlarmStore`."""

    def __init__(self, real: AlarmStore, let_pass: Pass) -> None:
        self._real = real
        self._pass = let_pass

    async def next(self) -> int | None:
        return await self._pass("alarm_next", self._real.next)

    async def claim(self, now: int, *, late: int = 0, limit: int) -> Sequence[DueAlarm]:
        return await self._pass("alarm_claim", partial(self._real.claim, now, late=late, limit=limit))

    async def beats(self) -> int:
        return await self._pass("alarm_beats", self._real.beats)
