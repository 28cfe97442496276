"""Channel: the body of an HTTP answer on its way from whoever makes it to the client, bounded on the way.

The maker asks for room before each part, so a client that reads slowly slows it down; the server iterates.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

HELD: Final = 64 * 1024
"""Bytes that may wait for the client; a single larger part may wait alone."""


class Channel:
    """`source` is the task that makes the body: it is cancelled when the client leaves before the end."""

    __slots__ = ("_ended", "_held", "_loop", "_moved", "_parts", "source")

    def __init__(self) -> None:
        self.source: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._parts: deque[bytes | BaseException] = deque()
        self._held = 0
        self._moved: asyncio.Event = asyncio.Event()
        self._ended = False

    # -- the maker's side ----------------------------------------------------------------------------
    async def room(self, size: int) -> None:
        """Return when `size` bytes more may be held, and count them."""
        while self._held and self._held + size > HELD:
            self._moved.clear()
            await self._moved.wait()
        self._held += size

    def chunk(self, data: bytes) -> None:
        """Send a part there is room for; an empty one is the end."""
        self._put(data)

    def cut(self) -> None:
        """The body will not be completed: break the connection behind what has been sent."""
        self._put(ConnectionAbortedError("the answer broke off"))

    def _put(self, part: bytes | BaseException) -> None:
        if not self._ended:
            self._parts.append(part)
            self._moved.set()

    # -- the server's side ---------------------------------------------------------------------------
    def __aiter__(self) -> Channel:
        return self

    async def __anext__(self) -> bytes:
        """The next part. Raises ConnectionAbortedError where the maker failed."""
        while not self._parts:
            if self._ended:
                raise StopAsyncIteration
            self._moved.clear()
            await self._moved.wait()
        part = self._parts.popleft()
        if isinstance(part, bytes) and part:
            self._held -= len(part)
            self._moved.set()
            return part
        self._ended = True
        if isinstance(part, bytes):
            raise StopAsyncIteration
        raise part

    def close(self) -> None:
        """The client takes no more. From any thread: Django closes its responses in another one."""
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        if not self._ended:
            self._ended = True
            self._parts.clear()
            self._moved.set()
            if self.source is not None:
                self.source.cancel()
