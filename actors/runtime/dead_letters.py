"""DeadLetters: the messages of one actor that were given up, to be shown, to begin anew, or to go.

Part of the mailbox, which opens the queue and hands out what begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from actors.clock import Clock
from actors.errors import ActorError
from actors.protocol import cbor
from actors.runtime.backlog import Backlog, Entry
from actors.runtime.block import refuse_inside
from actors.runtime.definition import QueueDefinition
from actors.runtime.message import DeadLetter
from actors.runtime.queue_limits import check_count
from actors.runtime.queue_rows import QueueRows, failed
from actors.storage.queue import Bodies, MessageMark


class DeadLetters:
    """All methods raise storage.unavailable: then nothing has changed."""

    __slots__ = ("_backlog", "_clock", "_open", "_put_back", "_rows")

    def __init__(
        self,
        rows: QueueRows,
        clock: Clock,
        backlog: Backlog,
        open: Callable[[], Awaitable[None]],
        put_back: Callable[[Iterable[Entry]], None],
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._backlog = backlog
        self._open = open
        self._put_back = put_back

    async def find(self, queue: QueueDefinition, limit: int) -> list[DeadLetter[Any]]:
        """The oldest first. Raises queue.invalid_request."""
        check_count("limit", limit)
        await self._open()
        entries = list(self._backlog.dead(queue.name))[:limit]
        bodies = await self._rows.bodies([entry.message_id for entry in entries])
        return [
            DeadLetter(entry, _readable(queue, bodies[entry.message_id]))
            for entry in entries
            if entry.message_id in bodies
        ]

    async def replay(self, queue: QueueDefinition, message_ids: Iterable[int] | None) -> int:
        """Let them be handed out anew, None: all of the queue. Returns how many."""
        entries = await self._seize(queue, message_ids)
        now = self._clock.now_ms()
        marks = [MessageMark(entry.message_id, 0, now) for entry in entries]
        written = self._rows.submit(marks=marks, alarm=self._rows.alarm.by(now) if entries else None)
        written.add_done_callback(partial(self._replayed, entries, now))
        await asyncio.shield(written)
        return len(entries)

    async def discard(self, queue: QueueDefinition, message_ids: Iterable[int] | None) -> int:
        """Remove them, None: all of the queue. Returns how many."""
        entries = await self._seize(queue, message_ids)
        written = self._rows.submit(drops=[entry.message_id for entry in entries])
        written.add_done_callback(partial(self._discarded, entries))
        await asyncio.shield(written)
        return len(entries)

    async def _seize(self, queue: QueueDefinition, message_ids: Iterable[int] | None) -> list[Entry]:
        """Those that nobody else can name until it is known what has become of them."""
        refuse_inside("replaying or discarding dead letters")
        await self._open()
        dead = list(self._backlog.dead(queue.name))
        wanted = {entry.message_id for entry in dead} if message_ids is None else set(message_ids)
        seized = [entry for entry in dead if entry.message_id in wanted]
        for entry in seized:
            entry.place = "leaving"
        return seized

    def _replayed(self, entries: Sequence[Entry], now: int, written: asyncio.Future[Bodies]) -> None:
        for entry in entries:
            entry.place = "dead"
        if failed(written):
            self._rows.alarm.doubt()
        else:
            for entry in entries:
                self._backlog.revive(entry, now)
            self._put_back(entries)

    def _discarded(self, entries: Sequence[Entry], written: asyncio.Future[Bodies]) -> None:
        for entry in entries:
            entry.place = "dead"
            if not failed(written):
                self._backlog.forget(entry)


def _readable(queue: QueueDefinition, body: bytes) -> Any:
    try:
        return queue.decode(body)
    except ActorError:
        return cbor.decode(body)
