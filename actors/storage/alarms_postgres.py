"""The alarm part of the Store in Postgres. Used by `PostgresStore`; its statements are in queries.sql."""

from __future__ import annotations

from collections.abc import Sequence

from actors.storage.alarms import BEAT, WAKE_LEASE, DueAlarm
from actors.storage.pool import Pool


class PostgresAlarms:
    """See `AlarmStore`. `lease_duration` in seconds: how old a node's heartbeat may be."""

    def __init__(self, pool: Pool, lease_duration: float) -> None:
        self._pool = pool
        self._lease = lease_duration

    async def next(self) -> int | None:
        rows = await self._pool.read("alarm_next", {})
        return rows[0][0] if rows else None

    async def claim(self, now: int, *, late: int = 0, limit: int) -> Sequence[DueAlarm]:
        params = {"before": now - late, "until": now + WAKE_LEASE, "limit": limit, "lease": self._lease}
        found: dict[str, DueAlarm] = {}
        for actor_id, due_at, address in await self._pool.write("alarm_claim", params):
            first = min(due_at, found[actor_id].due_at) if actor_id in found else due_at
            found[actor_id] = DueAlarm(actor_id, first, address)
        return list(found.values())

    async def beats(self) -> int:
        rows = await self._pool.read("alarm_beats", {"name": BEAT})
        return int(rows[0][0])
