"""Backlog: the frames of one websocket that its actor still has to deal with; when the client may go on.

Kept by a session, asked by the consumer before it reads on and by the drain. Never looks into a frame.
"""

from __future__ import annotations

import asyncio
from typing import Final, Generic, Protocol, TypeVar

from actors.protocol.messages import Frame

LAST_INDEX: Final = 0xFFFF
MAX_PENDING: Final = 256
"""Frames of one connection that may be unanswered: at this number the consumer stops reading."""
MAX_WAITING: Final = 1024 * 1024
"""Bytes of them that may wait to be looked at: the same."""


def frame_size(frame: Frame) -> int:
    """Bytes of a frame on the wire."""
    if isinstance(frame, str) and not frame.isascii():
        return len(frame.encode("utf-8", "surrogatepass"))
    return len(frame)


class Held(Protocol):
    """One frame. `waits` is the bytes that it counts for until it is let go."""

    index: int
    waits: int


H = TypeVar("H", bound=Held)


class Backlog(Generic[H]):
    """`held` are the frames, the oldest first."""

    __slots__ = ("_changed", "_index", "_lifted", "_waiting", "held")

    def __init__(self) -> None:
        self.held: dict[H, None] = {}
        self._waiting = 0
        # Of the last frame that came, among those of this socket. Wraps.
        self._index = 0
        self._changed: asyncio.Event | None = None
        self._lifted = False

    def next_index(self) -> int:
        """For the frame that has just come."""
        self._index = (self._index + 1) & LAST_INDEX
        return self._index

    @property
    def acknowledged(self) -> int:
        """Index of the last frame up to which nothing is held."""
        oldest = next(iter(self.held), None)
        return self._index if oldest is None else (oldest.index - 1) & LAST_INDEX

    def keep(self, held: H) -> None:
        self.held[held] = None
        self._waiting += held.waits

    def let_go(self, held: H) -> bool:
        """It has been dealt with. False if it is not kept any more: the socket was closed meanwhile."""
        if self.held.pop(held, held) is held:
            return False
        self._waiting -= held.waits
        self._tell()
        return True

    def clear(self) -> list[H]:
        """Keep nothing any more. Returns what was kept."""
        kept = list(self.held)
        self.held.clear()
        self._waiting = 0
        self._tell()
        return kept

    @property
    def full(self) -> bool:
        """Whether the client is to send nothing more for now."""
        return not self._lifted and (len(self.held) >= MAX_PENDING or self._waiting >= MAX_WAITING)

    def lift(self) -> None:
        """The client is gone and sends nothing more: there is nothing to wait for."""
        self._lifted = True
        self._tell()

    async def room(self) -> None:
        """Return when it may send again."""
        while self.full:
            await self._next_change()

    async def idle(self) -> None:
        """Return when nothing is left."""
        while self.held:
            await self._next_change()

    async def _next_change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.Event()
        self._changed.clear()
        await self._changed.wait()

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed.set()
