"""Removal: messages that nobody has in hand go for good, by the hand of whoever looks after the platform.

Asked for by `Inspection`. What a consumer holds is its own business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from actors.errors import error
from actors.runtime.backlog import Entry
from actors.runtime.block import refuse_inside
from actors.runtime.definition import QueueDefinition
from actors.runtime.queue_rows import failed
from actors.runtime.queue_tools import QueueTools
from actors.storage.queue import Bodies


class Removal(QueueTools):
    """See the module docstring."""

    __slots__ = ()

    async def of(self, queue: QueueDefinition, message_ids: Collection[int] | None) -> int:
        """Remove messages of a queue, None: all that wait. Returns how many, durably.

        Whoever waits for one hears queue.dead_letter. Raises storage.unavailable: then nothing has changed.
        """
        refuse_inside("removing messages")
        entries = self.backlog.withdraw(queue.name, message_ids)
        written = self.rows.submit(drops=[entry.message_id for entry in entries])
        written.add_done_callback(lambda done: self._over(entries, done))
        await asyncio.shield(written)
        return len(entries)

    def _over(self, entries: Sequence[Entry], written: asyncio.Future[Bodies]) -> None:
        if failed(written):
            self.put_back(entries)
            return
        for entry in entries:
            self.backlog.forget(entry)
            self.completions.fail(entry.message_id, error("queue.dead_letter", attempts=entry.attempts))
        self.rows.alarm.look()
