"""The KV part of the Store in Postgres. Used by `PostgresStore`; its statements are in queries.sql."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.storage.connect import Row
from actors.storage.kv import KvEntry, KvRange, KvWrite
from actors.storage.pool import Pool


class PostgresKv:
    """See `KvStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, actor_id: str, keys: Sequence[bytes], now: int) -> Sequence[KvEntry]:
        return _entries(await self._pool.read("kv_get", {"id": actor_id, "keys": list(keys), "now": now}))

    async def list(
        self, actor_id: str, span: KvRange, now: int, *, reverse: bool = False, limit: int
    ) -> Sequence[KvEntry]:
        params = {"id": actor_id, "start": span.start, "end": span.end, "now": now, "limit": limit}
        return _entries(await self._pool.read("kv_list_reverse" if reverse else "kv_list", params))

    async def write(self, writes: Sequence[KvWrite]) -> Sequence[bool]:
        owned = {n for (n,) in await self._pool.write("kv_write", parameters(writes))}
        return [n in owned for n in range(1, len(writes) + 1)]

    async def sweep(self, before: int, limit: int) -> int:
        return len(await self._pool.write("kv_sweep", {"before": before, "limit": limit}))


def _entries(rows: Sequence[Row]) -> list[KvEntry]:
    return [KvEntry(*row) for row in rows]


def parameters(writes: Sequence[KvWrite]) -> dict[str, Any]:
    """Of `kv_write`: one array for each column, of the generations, of what is removed and what is put."""
    removed = [(n, span) for n, write in enumerate(writes, 1) for span in write.removed]
    put = [(n, entry) for n, write in enumerate(writes, 1) for entry in write.put]
    return {
        "ids": [write.actor_id for write in writes],
        "generations": [write.generation for write in writes],
        "removing": [n for n, _ in removed],
        "starts": [span.start for _, span in removed],
        "ends": [span.end for _, span in removed],
        "putting": [n for n, _ in put],
        "keys": [entry.key for _, entry in put],
        "values": [entry.value for _, entry in put],
        "expiries": [entry.expires_at for _, entry in put],
    }
