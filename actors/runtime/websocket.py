"""RawWebSocket: what `on_websocket` gets: one client's websocket, and nothing of RivetKit's protocol on it.

Doors make it and feed it; `websockets.py` runs its handler and is its `Owner`. Knows neither of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self
from urllib.parse import parse_qsl

from actors.protocol.messages import Frame
from actors.runtime.conn import Conn

_CODES: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})


@dataclass(frozen=True, slots=True)
class Close:
    """How a websocket came to its end. 1005: the client gave no code; 1006: the line broke."""

    code: int
    reason: str = ""


class Message(Protocol):
    """One message on its way to the handler."""

    frame: Frame
    runs: int
    """How often a handler has been given it."""

    def deliver(self, frame: Any) -> None:
        """It has been handled, and what was changed by it is durable."""
        ...


class RawPort(Protocol):
    """The gateway's end."""

    def send(self, data: Frame) -> None:
        """Never blocks and never raises: the gateway bounds what is unsent."""
        ...

    async def room(self) -> None:
        """Return when the client has taken what was written, or has gone."""
        ...


class Owner(Protocol):
    """Who runs the handler."""

    def send(self, data: Frame) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    async def drain(self) -> None: ...

    def take(self, message: Message | None) -> None:
        """The handler has been given `message`; None: it waits for the next."""
        ...

    def handled(self, message: Message) -> None:
        """The handler has come back for the next one."""
        ...

    def ended(self) -> None:
        """Nothing more comes but what is there."""
        ...


class RawWebSocket:
    """A client's websocket. `async for message in websocket` yields what it says, until it or the actor ends.

    `path` is what follows `/websocket`, percent-encoded, never empty; `query` the query string without the
    gateway's own parameters; `headers` have lower-case names. `closed` says how it ended; `resumed` that it
    has been open since before the actor slept.
    """

    __slots__ = (
        "_arrived",
        "_messages",
        "_owner",
        "_stopped",
        "_taken",
        "closed",
        "conn",
        "headers",
        "path",
        "port",
        "query",
        "resumed",
    )

    def __init__(
        self, target: tuple[str, str], headers: Mapping[str, str], conn: Conn[Any], port: RawPort
    ) -> None:
        self.path, self.query = target
        self.headers = headers
        self.conn = conn
        self.port = port
        self.closed: Close | None = None
        self.resumed = False
        self._messages: deque[Message] = deque()
        self._taken: Message | None = None
        self._arrived = asyncio.Event()
        self._stopped = False
        self._owner: Owner

    @property
    def query_params(self) -> dict[str, str]:
        """The query, decoded; of repeated parameters the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def scope(self) -> Mapping[str, Any]:
        """The ASGI scope of the request that opened it."""
        scope: Mapping[str, Any] = self.conn.request.scope
        return scope

    # -- the author's side ---------------------------------------------------------------------------
    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        """The next message: text as str, binary as bytes. Asking for it says that the last one is handled."""
        taken, self._taken = self._taken, None
        if taken is not None:
            self._owner.handled(taken)
        if not self._messages:
            await self._wait()
        if not self._messages:
            raise StopAsyncIteration
        message = self._taken = self._messages.popleft()
        self._owner.take(message)
        return message.frame

    def send(self, data: Frame) -> None:
        """Send a message, in order with all that the actor sends, once what was changed before is stored.

        Never waits, and after the end does nothing. A client that does not read is closed with 1008
        message.slow_consumer: whoever sends much waits for it in `drain`. Raises TypeError unless `data` is
        str or bytes.
        """
        if not isinstance(data, str | bytes):
            raise TypeError(f"a websocket sends str or bytes, not {type(data).__name__}")
        if self.closed is None:
            self._owner.send(data)

    async def drain(self) -> None:
        """Return when the client has taken what was sent, or has gone."""
        if self.closed is None:
            await self._owner.drain()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close after everything sent before. Only the first close counts.

        Raises ValueError for a code that no close may carry. A reason is cut at 123 bytes.
        """
        if code not in _CODES:
            raise ValueError(f"a websocket closes with 1000 or 3000 to 4999, not {code}")
        if self.closed is None:
            self._messages.clear()
            self._owner.close(code, reason)
            self.end(Close(code, reason))

    async def _wait(self) -> None:
        self._owner.take(None)
        while not (self._messages or self._stopped):
            self._arrived.clear()
            await self._arrived.wait()

    # -- the runtime's side --------------------------------------------------------------------------
    def serve(self, owner: Owner) -> None:
        """Before anything else is called."""
        self._owner = owner

    def feed(self, message: Message) -> None:
        """The client has said this."""
        if not self._stopped:
            self._messages.append(message)
            self._arrived.set()

    def stop(self) -> None:
        """The actor comes to its end: the handler gets what is there, and no more."""
        self._stopped = True
        self._arrived.set()

    def end(self, close: Close) -> None:
        """The websocket is closed, or its client has gone. Only the first end counts."""
        if self.closed is None:
            self.closed = close
            self.stop()
            self._owner.ended()
