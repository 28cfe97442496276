"""Requeue: messages can be had at once, by the hand of whoever looks after the platform; their attempts stay.

Asked for by `Inspection`. What is put off waits no longer. What a consumer has in hand is taken from it as if
its lease had run out: it may be worked on twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from actors.runtime.backlog import Entry
from actors.runtime.block import refuse_inside
from actors.runtime.definition import QueueDefinition
from actors.runtime.queue_rows import failed
from actors.runtime.queue_tools import QueueTools
from actors.storage.queue import Bodies, MessageMark

TAKEN_BACK: Final = "An operator has taken it back."


class Requeue(QueueTools):
    """See the module docstring."""

    __slots__ = ()

    async def of(self, queue: QueueDefinition, message_ids: Collection[int] | None) -> int:
        """Messages of a queue, None: all that are put off and none in hand. Returns how many, durably.

        One in hand at its last attempt becomes a dead letter. Raises storage.unavailable: then what was not
        requeued is as it was.
        """
        refuse_inside("requeueing messages")
        held = [] if message_ids is None else [self.backlog.find(message_id) for message_id in message_ids]
        in_hand = [entry for entry in held if entry is not None and entry.name == queue.name]
        hurried = self._hurry(queue, message_ids)
        taken = await asyncio.gather(hurried, *(self._take(entry) for entry in in_hand))
        return sum(taken)

    async def _hurry(self, queue: QueueDefinition, message_ids: Collection[int] | None) -> int:
        now = self.clock.now_ms()
        waiting = self.backlog.withdraw(queue.name, message_ids)
        entries = [entry for entry in waiting if entry.available_at > now]
        self.put_back(entry for entry in waiting if entry.available_at <= now)
        if not entries:
            return 0
        marks = [MessageMark(entry.message_id, entry.attempts, now, None, entry.error) for entry in entries]
        written = self.rows.submit(marks=marks, alarm=self.rows.alarm.by(now))
        written.add_done_callback(lambda done: self._hurried(entries, now, done))
        await asyncio.shield(written)
        return len(entries)

    def _hurried(self, entries: Sequence[Entry], now: int, written: asyncio.Future[Bodies]) -> None:
        if failed(written):
            self.rows.alarm.doubt()
        else:
            for entry in entries:
                entry.available_at = now
        self.put_back(entries)

    async def _take(self, entry: Entry) -> int:
        if entry not in self.leases:
            return 0
        await self.give_back(entry, entry.attempts, 0.0, TAKEN_BACK)
        return 1
