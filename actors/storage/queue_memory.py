"""The queue of one actor in memory: what a `MemoryDatabase` keeps for it. See `storage/queue.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from actors.storage.queue import Bodies, QueueContents, QueueWrite, StoredMessage


@dataclass(slots=True)
class MemoryQueue:
    """Written by `generation` alone. `rows` are the messages with their bodies, by id."""

    generation: int
    last_id: int = 0
    rows: dict[int, tuple[StoredMessage, bytes]] = field(default_factory=dict)

    def contents(self) -> QueueContents:
        """What an owner finds."""
        return QueueContents(self.last_id, [message for message, _ in self.rows.values()])

    def apply(self, write: QueueWrite) -> Bodies:
        """A write of the owner, which may be a repetition. Returns the bodies of what it marked."""
        known = self.last_id
        for put in write.puts:
            message_id = put.message.message_id
            if message_id > known:
                self.rows[message_id] = (put.message, put.body)
                self.last_id = max(self.last_id, message_id)
        for mark in write.marks:
            row = self.rows.get(mark.message_id)
            if row is not None:
                marked = replace(
                    row[0],
                    attempts=mark.attempts,
                    available_at=mark.available_at,
                    died_at=mark.died_at,
                    error=mark.error,
                )
                self.rows[mark.message_id] = (marked, row[1])
        for message_id in write.drops:
            self.rows.pop(message_id, None)
        return self.bodies([mark.message_id for mark in write.marks])

    def bodies(self, message_ids: Sequence[int]) -> Bodies:
        """Unknown ids are left out."""
        return {number: self.rows[number][1] for number in message_ids if number in self.rows}
