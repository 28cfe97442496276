"""QueueRows: the way of one generation to its queue in the store. Used by the mailbox alone.

It sees to it that a generation which lost its actor, or cannot know what it wrote, ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import cast

from actors.runtime.identity import Identity
from actors.runtime.owned import heed, taken_over
from actors.runtime.queue_alarm import QueueAlarm
from actors.runtime.queue_stage import QueueStage
from actors.runtime.stream import Owner, Stream
from actors.storage.alarms import AlarmChange
from actors.storage.queue import (
    Bodies,
    MessageMark,
    MessagePut,
    QueueContents,
    QueueStore,
    QueueWrite,
)
from actors.storage.queue_writer import QueueWriter


class QueueRows:
    """See the module docstring. `alarm`, which goes with the writes, is made by the mailbox."""

    __slots__ = ("_owner", "_putting", "_store", "_stream", "_writer", "alarm", "identity")

    alarm: QueueAlarm

    def __init__(
        self, identity: Identity, store: QueueStore, writer: QueueWriter, owner: Owner, stream: Stream
    ) -> None:
        self._stream = stream
        self.identity = identity
        self._store = store
        self._writer = writer
        self._owner = owner
        self._putting: set[asyncio.Future[Bodies]] = set()

    async def open(self) -> QueueContents:
        """Take the queue over. Raises storage.unavailable, actor.fenced."""
        opening = self._store.open(self.identity.actor_id, self.identity.generation)
        return await taken_over(opening, self.identity, self._owner)

    def submit(
        self,
        puts: Sequence[MessagePut] = (),
        marks: Sequence[MessageMark] = (),
        drops: Sequence[int] = (),
        alarm: AlarmChange | None = None,
    ) -> asyncio.Future[Bodies]:
        """Write, whoever waits for it; the bodies of what was marked. Fails as `GroupWriter.submit` says.

        In an atomic block new and completed messages are written at its end, or atomic.rolled_back.
        """
        stage = self._stage() if puts or drops else None
        if stage is not None:
            return stage.add(puts, drops, alarm)
        identity = self.identity
        write = QueueWrite(identity.actor_id, identity.generation, puts, marks, drops, alarm)
        written = self._writer.submit(write)
        written.add_done_callback(partial(heed, owner=self._owner))
        if puts:
            self._putting.add(written)
            written.add_done_callback(self._putting.discard)
        return written

    def tell(self, alarm: AlarmChange) -> None:
        """Write when the actor must be awake, and nothing else."""
        self.submit(alarm=alarm)

    async def at_rest(self) -> None:
        """Return when no new message is on its way: one with a higher id would overtake it."""
        while self._putting:
            await asyncio.wait(self._putting)

    @property
    def staging(self) -> bool:
        """Whether the running code is in an atomic block: who waits for a write there waits for itself."""
        return self._stream.block is not None and self._stream.block.mine

    async def passage(self) -> None:
        """See `Stream.passage`."""
        if self._stream.block is not None:
            await self._stream.passage("queue")

    def _stage(self) -> QueueStage | None:
        block = self._stream.block
        if block is None or not block.mine:
            return None
        return cast(QueueStage, block.staged.setdefault("queue", QueueStage(self.identity, self.at_rest)))

    async def bodies(self, message_ids: Sequence[int]) -> Bodies:
        """Raises storage.unavailable."""
        return await self._store.read(self.identity.actor_id, message_ids)


def failed(written: asyncio.Future[Bodies]) -> bool:
    """Whether a write that is over has changed nothing, or nobody knows."""
    return written.cancelled() or written.exception() is not None
