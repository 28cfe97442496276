"""Hold: what an operator has paused of one actor: all that comes in, or its queues alone. It waits then.

One per generation. The mark is the directory's: a generation begins with what its claim says, and reads it
again when an operator has changed it. Who lets something begin asks here, and hears of every change; what has
begun goes on. It never refuses anybody and keeps nothing that waits: that is up to those who ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actors.errors import error
from actors.storage.store import ActorRecord


class Hold:
    """`calls`: actions, requests and schedules are not to begin. `queues`: no message is handed out.

    `ended`: the generation comes to its end, and nothing that waits begins in it.
    """

    __slots__ = ("_changed", "_hearers", "_looking", "calls", "ended", "queues")

    def __init__(self, record: ActorRecord) -> None:
        self._hearers: list[Callable[[], None]] = []
        self._looking: asyncio.Lock | None = None
        self._changed: asyncio.Future[None] | None = None
        self.ended = False
        self._set(record)

    def on_change(self, heard: Callable[[], None]) -> None:
        """`heard` is called whenever something may begin again, or may no longer."""
        self._hearers.append(heard)

    async def look(self, read: Callable[[], Awaitable[ActorRecord | None]]) -> None:
        """The mark has been changed. One look at a time, so the last of them sees the last change."""
        if self._looking is None:
            self._looking = asyncio.Lock()
        async with self._looking:
            record = await read()
        if record is not None:
            self._set(record)
            self._wake()
            for heard in self._hearers:
                heard()

    def _set(self, record: ActorRecord) -> None:
        self.calls = record.paused_at is not None
        self.queues = self.calls or record.queues_paused_at is not None

    def _wake(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set_result(None)

    async def passage(self) -> None:
        """Return when something may begin. Raises actor.stopping if the generation ends first."""
        while self.calls:
            if self.ended:
                raise error("actor.stopping")
            if self._changed is None:
                self._changed = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._changed)

    def end(self) -> None:
        """The generation comes to its end: what waits is for the next one, and nobody hears of changes."""
        self.ended = True
        self._hearers.clear()
        self._wake()
