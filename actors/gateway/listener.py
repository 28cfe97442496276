"""A lasting connection inside the node's process: actions over it, events from it, no socket.

Frames pass as CBOR like on any other connection, and as on any other a listener that falls behind is closed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from actors.conf import NodeConfig
from actors.errors import ActorError, error
from actors.gateway.wire import Arguments, copy_of
from actors.protocol import cbor
from actors.protocol.codec import Codec, codec_for
from actors.protocol.handshake import parse_close_reason
from actors.protocol.messages import Frame
from actors.runtime.connections import Conn, ConnectRequest
from actors.runtime.task import ActorTask

_CBOR: Final[Codec] = codec_for("cbor")


class ValueReply:
    """Waits for one call of a handle: `actors.runtime.calls.Reply`. Frames are CBOR, or an error's copy.

    An answer has the limit that it would have over HTTP, and is the same body.
    """

    __slots__ = ("_config", "answer")

    def __init__(self, config: NodeConfig) -> None:
        self.answer: asyncio.Future[bytes | ActorError] = asyncio.get_running_loop().create_future()
        self._config = config

    def encode(self, output: Any) -> bytes:
        return self.fitting(_CBOR.http_action_response(output))

    def fitting(self, body: bytes) -> bytes:
        """Raises message.outgoing_too_long."""
        if len(body) > self._config.max_outgoing_message:
            raise error("message.outgoing_too_long")
        return body

    def encode_error(self, err: ActorError) -> ActorError:
        return copy_of(err)

    def deliver(self, frame: bytes | ActorError) -> None:
        if not self.answer.done():  # cancelled with its caller
            self.answer.set_result(frame)


def value_of(frame: bytes | ActorError) -> Any:
    """The result in a frame of `ValueReply`. Raises the actor's error."""
    if isinstance(frame, ActorError):
        raise copy_of(frame)  # with a traceback it would hold on to the reply, and the reply holds it
    return cbor.decode(frame)["output"]


class EventPort:
    """The listener's end of its connection, a `Port` of the runtime: bounded as a websocket is."""

    def __init__(self, config: NodeConfig) -> None:
        self.codec = _CBOR
        self.traffic = None
        self.round_trip = None
        self._limit = config.max_unsent
        self._largest = config.max_outgoing_message
        self._unread = 0
        self._frames: deque[Frame] = deque()
        self._closed: ActorError | None = None
        self._arrived = asyncio.Event()

    def write(self, frame: Frame) -> None:
        if self._closed is not None:
            return
        if len(frame) > self._largest:
            self.close(1011, "message.outgoing_too_long")
            return
        self._frames.append(frame)
        self._unread += len(frame)
        self._arrived.set()
        if self._unread > self._limit:
            self._frames.clear()
            self.close(1008, "message.slow_consumer")

    def close(self, code: int, reason: str) -> None:
        group, name, _ = parse_close_reason(reason) or ("ws", "connection_closed", None)
        if self._closed is None:
            self._closed = ActorError(group, name, reason or "The actor closed the connection.", public=True)
            self._arrived.set()

    async def next_event(self) -> tuple[str, list[Any]]:
        while not self._frames:
            if self._closed is not None:
                raise self._closed
            self._arrived.clear()
            await self._arrived.wait()
        frame = self._frames.popleft()
        self._unread -= len(frame)
        event = cbor.decode(frame if isinstance(frame, bytes) else frame.encode())["body"]["val"]
        return event["name"], event["args"]


class Listener:
    """`actors.api.transport.EventStream`."""

    def __init__(self, task: ActorTask, conn: Conn[Any], port: EventPort, config: NodeConfig) -> None:
        self._task = task
        self._conn = conn
        self._port = port
        self._config = config

    @classmethod
    async def open(cls, task: ActorTask, request: ConnectRequest, config: NodeConfig) -> Listener:
        port = EventPort(config)
        conn = await task.connect(request, port)
        return cls(task, conn, port, config)

    async def call(self, action: str, args: Sequence[Any]) -> Any:
        reply = ValueReply(self._config)
        values = Arguments(args, self._config.max_incoming_message).values()
        if not self._conn.open:
            raise error("ws.connection_closed")
        self._task.dispatch(action, values, reply, self._conn)
        return value_of(await reply.answer)

    async def subscribe(self, event: str) -> None:
        """Returns when the actor has allowed it, or has closed the connection."""
        asking = self._task.subscribe(self._conn, event)
        if asking is not None:
            await asyncio.wait([asking])

    async def next_event(self) -> tuple[str, list[Any]]:
        return await self._port.next_event()

    async def close(self) -> None:
        self._task.close_connection(self._conn)
        self._port.close(1000, "")
