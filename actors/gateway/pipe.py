"""The server's end of one websocket: a `send` that waits for a slow client, and a way to stop reading or cut.

Every ASGI server but Daphne suspends `send` while the client does not read, and reads nothing while nobody
receives. For Daphne, which does neither, `open_pipe` reaches the Twisted transport behind `send` and supplies
both.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol, TypeAlias

from actors.gateway.round_trip import round_trip

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Receive: TypeAlias = Callable[[], Awaitable[Message]]

MAX_FRAME: Final = 1024 * 1024
NO_CODE: Final = 1005


def server_frame_limit(max_incoming: int) -> int:
    """Bytes of a websocket frame above which the server itself refuses it, with close 1009.

    Between `ACTORS["MAX_INCOMING_MESSAGE"]` and this the session does: close 1011 message.incoming_too_long.
    """
    return max(MAX_FRAME, 2 * max_incoming)


class Pipe(Protocol):
    """What the outlet and the consumer need of a server."""

    async def send(self, message: Message) -> None:
        """Returns without suspending while the client reads; suspends while it does not."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...

    @property
    def round_trip(self) -> float | None:
        """See `round_trip.py`; None where the server does not show its socket."""
        ...

    def abort(self) -> None:
        """Drop the connection now, with whatever the server still holds for it."""

    def farewell(self, message: Message) -> tuple[int, str]:
        """The code and the reason of a `websocket.disconnect`."""
        ...


class ServerPipe:
    """A server with backpressure of its own (uvicorn, hypercorn, granian)."""

    __slots__ = ("_server", "send")

    def __init__(self, send: Send) -> None:
        self.send: Any = send
        self._server = getattr(send, "__self__", None)

    def pause_reading(self) -> None:
        """Nothing to do: such a server reads only while somebody receives."""

    def resume_reading(self) -> None: ...

    @property
    def round_trip(self) -> float | None:
        transport = getattr(self._server, "transport", None)
        # The number of a socket that is closed may be another's by now.
        if transport is None or not hasattr(transport, "get_extra_info") or transport.is_closing():
            return None
        return round_trip(transport.get_extra_info("socket"))

    def abort(self) -> None:
        transport = getattr(self._server, "transport", None)
        if transport is not None and hasattr(transport, "abort"):
            transport.abort()

    def farewell(self, message: Message) -> tuple[int, str]:
        return message.get("code") or NO_CODE, message.get("reason") or ""


class PushProducer:
    """What Twisted tells: `writable` is clear from 64 KiB in its write buffer until that has drained."""

    __slots__ = ("writable",)

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()

    def pauseProducing(self) -> None:
        self.writable.clear()

    def resumeProducing(self) -> None:
        self.writable.set()

    def stopProducing(self) -> None:
        self.writable.set()


class DaphnePipe(PushProducer):
    """Daphne's websocket protocol, with this object as the push producer of its transport."""

    __slots__ = ("_protocol", "_send")

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__()
        self._send = send
        self._protocol = protocol
        transport = protocol.transport
        transport.unregisterProducer()  # the HTTP channel that was there before the upgrade
        transport.registerProducer(self, True)

    async def send(self, message: Message) -> None:
        if not self.writable.is_set():
            await self.writable.wait()
        if message["type"] == "websocket.close":
            self._close(message)
        elif message["type"] == "websocket.send" and not (message.get("text") or message.get("bytes")):
            self._protocol.sendMessage(b"", isBinary=message.get("text") is None)
        else:
            await self._send(message)

    def pause_reading(self) -> None:
        self._protocol.transport.pauseProducing()

    def resume_reading(self) -> None:
        if self._protocol.transport.connected:
            self._protocol.transport.resumeProducing()

    @property
    def round_trip(self) -> float | None:
        """Twisted takes its socket away when it closes."""
        return round_trip(getattr(self._protocol.transport, "socket", None))

    def abort(self) -> None:
        self._protocol.transport.abortConnection()

    def farewell(self, message: Message) -> tuple[int, str]:
        """Daphne tells the code alone."""
        return message.get("code") or NO_CODE, self._protocol.remoteCloseReason or ""

    def _close(self, message: Message) -> None:
        """Daphne drops the reason of a close; clients need it, so the frame is sent past Daphne."""
        protocol = self._protocol
        if protocol.state == protocol.STATE_OPEN:
            protocol.sendCloseFrame(
                code=message.get("code", 1000), reasonUtf8=message.get("reason", "").encode()
            )


def open_pipe(send: Send) -> Pipe:
    """The pipe behind an ASGI `send`. Call it once per websocket, before the first message."""
    if isinstance(send, functools.partial) and is_daphne(getattr(send.func, "__self__", None)):
        return DaphnePipe(send, send.args[0])
    return ServerPipe(send)


def is_daphne(server: object) -> bool:
    module = sys.modules.get("daphne.server")
    return module is not None and isinstance(server, module.Server)
