"""ScheduleRows: the way of one generation to its schedules in the store. Used by the scheduler alone.

It numbers the writes, and sees to it that a generation which lost its actor, or cannot know what it wrote,
ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from actors.runtime.identity import Identity
from actors.runtime.owned import heed, taken_over
from actors.runtime.stream import Owner
from actors.storage.schedule_writer import ScheduleWriter
from actors.storage.schedules import ScheduleContents, ScheduleStore, ScheduleWrite, StoredRun


class ScheduleRows:
    """`due_at` is what the store knows, or will, of the actor's next time."""

    __slots__ = ("_owner", "_rest", "_revision", "_store", "_under_way", "_writer", "due_at", "identity")

    def __init__(
        self, identity: Identity, store: ScheduleStore, writer: ScheduleWriter, owner: Owner
    ) -> None:
        self.identity = identity
        self._store = store
        self._writer = writer
        self._owner = owner
        self._revision = 0
        self._under_way = 0
        self._rest: asyncio.Future[None] | None = None
        self.due_at: int | None = None

    async def open(self) -> ScheduleContents:
        """Take the schedules over, once no write is under way. Raises storage.unavailable, actor.fenced."""
        await self.at_rest()
        opening = self._store.open(self.identity.actor_id, self.identity.generation)
        contents = await taken_over(opening, self.identity, self._owner)
        self._revision, self.due_at = contents.revision, contents.due_at
        return contents

    def submit(self, last_id: int, due_at: int | None, **changes: Any) -> asyncio.Future[None]:
        """Write, whoever waits for it. `changes` are those of a `ScheduleWrite`. Fails as the writer says."""
        write = self.next_write(last_id, due_at, **changes)
        self.due_at = due_at
        self._under_way += 1
        written = self._writer.submit(write)
        written.add_done_callback(self._watch)
        return written

    def next_write(self, last_id: int, due_at: int | None, **changes: Any) -> ScheduleWrite:
        """For whoever writes it by another way than `submit`."""
        identity = self.identity
        self._revision += 1
        return ScheduleWrite(
            identity.actor_id, identity.generation, self._revision, last_id, due_at, **changes
        )

    async def history(self, schedule_id: int, limit: int) -> Sequence[StoredRun]:
        """The last run first. Raises storage.unavailable."""
        await self.at_rest()
        return await self._store.history(self.identity.actor_id, schedule_id, limit)

    async def at_rest(self) -> None:
        """Return when no write is under way."""
        while self._under_way:
            if self._rest is None:
                self._rest = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._rest)

    def _watch(self, written: asyncio.Future[None]) -> None:
        self._under_way -= 1
        if not self._under_way and self._rest is not None:
            rest, self._rest = self._rest, None
            rest.set_result(None)
        heed(written, self._owner)
