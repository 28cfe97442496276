"""The queue part of the Store in memory. Used by `MemoryStore`; no awaits, so each call is atomic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from actors.storage.alarms_memory import Alarms
from actors.storage.archive import ArchivedMessage
from actors.storage.queue import Bodies, MessageMark, QueueContents, QueueWrite


@dataclass(slots=True)
class Messages:
    """The queue of one actor, written by `generation` alone. `rows`: messages as they are kept."""

    generation: int
    last_id: int = 0
    rows: dict[int, ArchivedMessage] = field(default_factory=dict)

    def contents(self, due_at: int | None) -> QueueContents:
        """What an owner finds."""
        return QueueContents(self.last_id, [row.message for row in self.rows.values()], due_at)

    def apply(self, write: QueueWrite) -> Bodies:
        """A write of the owner, which may be a repetition. Returns the bodies of what it marked."""
        known = self.last_id
        for put in write.puts:
            message_id = put.message.message_id
            if message_id > known:
                self.rows[message_id] = ArchivedMessage(put.message, put.body)
                self.last_id = max(self.last_id, message_id)
        for mark in write.marks:
            row = self.rows.get(mark.message_id)
            if row is not None:
                self.rows[mark.message_id] = _marked(row, mark)
        for message_id in write.drops:
            self.rows.pop(message_id, None)
        return self.bodies([mark.message_id for mark in write.marks])

    def bodies(self, message_ids: Sequence[int]) -> Bodies:
        """Unknown ids are left out."""
        return {number: self.rows[number].body for number in message_ids if number in self.rows}


def _marked(row: ArchivedMessage, mark: MessageMark) -> ArchivedMessage:
    message = replace(
        row.message,
        attempts=mark.attempts,
        available_at=mark.available_at,
        died_at=mark.died_at,
        error=mark.error,
        priority=row.message.priority if mark.priority is None else mark.priority,
    )
    return ArchivedMessage(message, row.body if mark.body is None else mark.body, mark.trace)


class Server(Protocol):
    """The part of `MemoryDatabase` that is needed here."""

    queues: dict[str, Messages]
    alarms: Alarms

    def owns(self, actor_id: str, generation: int) -> bool: ...


class MemoryQueues:
    """See `QueueStore`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def open(self, actor_id: str, generation: int) -> QueueContents | None:
        if not self._server.owns(actor_id, generation):
            return None
        queue = self._server.queues.setdefault(actor_id, Messages(generation))
        return queue.contents(self._server.alarms.due_at(actor_id, "queue"))

    async def write(self, writes: Sequence[QueueWrite]) -> dict[str, Bodies]:
        bodies: dict[str, Bodies] = {}
        for write in writes:
            queue = self._server.queues.get(write.actor_id)
            if queue is not None and queue.generation == write.generation:
                bodies[write.actor_id] = queue.apply(write)
                self._server.alarms.keep(write.actor_id, "queue", write.alarm)
        return bodies

    async def read(self, actor_id: str, message_ids: Sequence[int]) -> Bodies:
        queue = self._server.queues.get(actor_id)
        return {} if queue is None else queue.bodies(message_ids)
