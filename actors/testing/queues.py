"""WatchedQueues: the queue part of a WatchedStore. Its calls pass the same faults and holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from actors.storage.queue import Bodies, QueueContents, QueueStore, QueueWrite
from actors.testing.kv import Pass


class WatchedQueues:
    """See `QueueStore`."""

    def __init__(self, real: QueueStore, let_pass: Pass) -> None:
        self._real = real
        self._pass = let_pass

    async def open(self, actor_id: str, generation: int) -> QueueContents | None:
        return await self._pass("queue_open", partial(self._real.open, actor_id, generation))

    async def write(self, writes: Sequence[QueueWrite]) -> Mapping[str, Bodies]:
        return await self._pass("queue_write", partial(self._real.write, writes))

    async def read(self, actor_id: str, message_ids: Sequence[int]) -> Bodies:
        return await self._pass("queue_read", partial(self._real.read, actor_id, message_ids))
