"""Cork: what uvicorn writes to a connection within one turn of the loop goes to the kernel in one piece.

uvicorn writes head and body of an answer apart, and each websocket frame by itself: a batch of answers that
one commit releases would be as many system calls. `servers.serve` puts it in; other servers work without.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

FLUSH_SIZE: Final = 65_536
"""Bytes that are written at once, without waiting for the turn to end: there backpressure must begin."""


class Cork:
    """A transport around the real one. Everything but writing and closing passes through."""

    __slots__ = ("_held", "_loop", "_size", "_transport", "is_closing", "pause_reading", "resume_reading")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._size = 0
        # Called per message, hence no way through __getattr__.
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size >= FLUSH_SIZE:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held and not self.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))


class CorkedHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol behind a cork; a websocket that it upgrades to keeps it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Cork(transport))  # type: ignore[arg-type]  # a transport in all but name
