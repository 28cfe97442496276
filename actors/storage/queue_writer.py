"""What the group writer has to know of queues. One `QueueWriter` per node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.storage.group_writer import GroupWriter
from actors.storage.queue import Bodies, QueueStore, QueueWrite

QueueWriter: TypeAlias = GroupWriter[QueueWrite, Bodies]
"""It answers a write with the bodies of what was marked."""


def queue_writer(store: QueueStore, clock: Clock) -> QueueWriter:
    """The queues of all actors of a node, on their way to the store."""
    return GroupWriter(_Queues(store), clock)


class _Queues:
    """See `Part`."""

    name = "queue"

    def __init__(self, store: QueueStore) -> None:
        self._store = store

    async def write(self, writes: Sequence[QueueWrite]) -> Mapping[str, Bodies]:
        return await self._store.write(writes)

    def join(self, writes: Sequence[QueueWrite]) -> QueueWrite:
        """The last word on each message counts, and on the alarm."""
        if len(writes) == 1:
            return writes[0]
        drops = {message_id for write in writes for message_id in write.drops}
        marks = {mark.message_id: mark for write in writes for mark in write.marks}
        return QueueWrite(
            writes[0].actor_id,
            writes[0].generation,
            [put for write in writes for put in write.puts],
            [mark for message_id, mark in marks.items() if message_id not in drops],
            sorted(drops),
            next((write.alarm for write in reversed(writes) if write.alarm is not None), None),
        )

    def weigh(self, write: QueueWrite) -> int:
        new = sum(len(put.body) for put in write.puts)
        return new + sum(len(mark.body) for mark in write.marks if mark.body is not None)

    def refusal(self, reason: str) -> ActorError:
        return error("queue.message_invalid", reason=reason)
