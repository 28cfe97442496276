"""The server's end of one streamed HTTP answer: a `send` that waits for a slow client, a way to break off.

The HTTP counterpart of `pipe.py`: servers other than Daphne suspend `send` by themselves.
"""

from __future__ import annotations

import functools
from typing import Any, Protocol

from actors.gateway.pipe import Message, PushProducer, Send, is_daphne


class Flow(Protocol):
    """What streaming needs of a server."""

    async def send(self, message: Message) -> None: ...

    def finish(self) -> None:
        """Only the last message follows."""

    def abort(self) -> None:
        """Drop the connection, so that the client sees that the answer is not whole."""


class ServerFlow:
    """A server with backpressure of its own."""

    __slots__ = ("_server", "send")

    def __init__(self, send: Send) -> None:
        self.send: Any = send
        self._server = getattr(send, "__self__", None)

    def finish(self) -> None: ...

    def abort(self) -> None:
        transport = getattr(self._server, "transport", None)
        if transport is not None:
            transport.close()


class DaphneFlow(PushProducer):
    """Daphne's HTTP request, with this object as the push producer of its transport: as in `DaphnePipe`."""

    __slots__ = ("_request", "_send")

    def __init__(self, send: Send, request: Any) -> None:
        super().__init__()
        self._send = send
        self._request = request
        if request.channel is not None:
            request.registerProducer(self, True)

    async def send(self, message: Message) -> None:
        await self.writable.wait()
        await self._send(message)

    def finish(self) -> None:
        self.writable.set()
        if self._request.channel is not None:
            self._request.unregisterProducer()

    def abort(self) -> None:
        if self._request.channel is not None:
            self._request.channel.abortConnection()


def open_flow(send: Send) -> Flow:
    """The flow behind an ASGI `send`, before the first message of an answer."""
    if isinstance(send, functools.partial) and is_daphne(getattr(send.func, "__self__", None)):
        return DaphneFlow(send, send.args[0])
    return ServerFlow(send)
