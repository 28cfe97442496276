"""Amendment: an operator moves a message that waits to the front of its queue, or gives it another body.

Asked for by `Inspection`. What somebody has in hand, or has dealt with meanwhile, is left alone.
"""

from __future__ import annotations

import asyncio

from actors.runtime.backlog import Entry
from actors.runtime.block import refuse_inside
from actors.runtime.definition import QueueDefinition
from actors.runtime.queue_rows import failed
from actors.runtime.queue_tools import QueueTools
from actors.storage.queue import Bodies, MessageMark


class Amendment(QueueTools):
    """False of its methods: the message does not wait. They raise storage.unavailable: it is as it was."""

    __slots__ = ()

    async def front(self, queue: QueueDefinition, message_id: int) -> bool:
        """Let it be had at once, and before all that waits in its queue."""
        refuse_inside("moving messages")
        entry = self._take(queue, message_id)
        if entry is None:
            return False
        priority, at = self._first(entry), min(entry.available_at, self.clock.now_ms())
        if (priority, at) == (entry.priority, entry.available_at):
            self.put_back([entry])
            return True
        mark = MessageMark(message_id, entry.attempts, at, None, entry.error, priority=priority)
        written = self.rows.submit(marks=[mark], alarm=self.rows.alarm.by(at))
        written.add_done_callback(lambda done: self._moved(entry, priority, at, done))
        await asyncio.shield(written)
        return True

    async def edit(self, queue: QueueDefinition, message_id: int, expected: bytes, body: bytes) -> bool:
        """Put `body` in the place of what is `expected`; False also where something else is stored."""
        refuse_inside("editing messages")
        entry = self._take(queue, message_id)
        if entry is None:
            return False
        try:
            stored = await self.rows.bodies([message_id])
            unchanged = stored.get(message_id) == expected
            mark = MessageMark(message_id, entry.attempts, entry.available_at, None, entry.error, body=body)
            written = self.rows.submit(marks=[mark]) if unchanged else None
        except BaseException:
            self.put_back([entry])
            raise
        if written is None:
            self.put_back([entry])
            return False
        written.add_done_callback(lambda _: self.put_back([entry]))
        await asyncio.shield(written)
        return True

    def _take(self, queue: QueueDefinition, message_id: int) -> Entry | None:
        """The message, for nobody else until it is put back."""
        taken = self.backlog.withdraw(queue.name, [message_id])
        return taken[0] if taken else None

    def _first(self, entry: Entry) -> int:
        """The priority with which it is before all others that wait: its own if it is already."""
        own = (-entry.priority, entry.message_id)
        ahead = (
            one.priority
            for one in self.backlog
            if one.name == entry.name
            and one.place in ("ready", "later")
            and (-one.priority, one.message_id) < own
        )
        return max(ahead, default=entry.priority - 1) + 1

    def _moved(self, entry: Entry, priority: int, at: int, written: asyncio.Future[Bodies]) -> None:
        if failed(written):
            self.rows.alarm.doubt()
        else:
            entry.priority, entry.available_at = priority, at
        self.put_back([entry])
