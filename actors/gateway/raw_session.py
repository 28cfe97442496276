"""RawSession: one raw websocket of an actor, without I/O: what the client says, and what the handler does.

Opened by `opening.py`, fed by the consumer; for the runtime it is the port of its connection, to which events
mean nothing, and the end of its `RawWebSocket`. Never looks into a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from actors.conf import NodeConfig
from actors.gateway.backlog import Backlog, frame_size
from actors.gateway.outlet import Outlet
from actors.gateway.pipe import server_frame_limit
from actors.protocol.messages import Frame
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.task import ActorTask
from actors.runtime.websocket import Close, RawWebSocket

TOO_BIG: Final = 1009


class RawSession:
    """Between one websocket and the handler of its actor. `target`: path and query as authors see them."""

    __slots__ = ("_headers", "_largest", "_outlet", "_target", "_websocket", "backlog", "codec", "request")

    def __init__(
        self,
        outlet: Outlet,
        request: ConnectRequest,
        target: tuple[str, str],
        headers: Mapping[str, str],
        config: NodeConfig,
    ) -> None:
        self.backlog: Backlog[_Heard] = Backlog()
        self.codec = outlet.codec
        self.request = request
        self._outlet = outlet
        self._target = target
        self._headers = headers
        self._largest = server_frame_limit(config.max_incoming_message)
        self._websocket: RawWebSocket | None = None
        outlet.ended = self._ended

    # -- the client's side ---------------------------------------------------------------------------
    @property
    def port(self) -> Self:
        return self

    def receive(self, frame: Frame) -> None:
        if frame_size(frame) > self._largest:
            self.close(TOO_BIG, "message.incoming_too_long")
        elif self._websocket is not None:
            heard = _Heard(self.backlog, frame)
            self.backlog.keep(heard)
            self._websocket.feed(heard)

    def end(self, code: int, reason: str) -> None:
        if self._websocket is not None:
            self._websocket.end(Close(code, reason))

    # -- the actor's side ----------------------------------------------------------------------------
    def attach(self, task: ActorTask, conn: Conn[Any]) -> None:
        """The client has been let in: the handler begins, unless a hook has sent it away again."""
        if conn.open:
            self._websocket = RawWebSocket(self._target, self._headers, conn, self)
            task.websocket(self._websocket)

    def write(self, frame: Frame) -> None:
        """An event: no raw websocket hears any."""

    def send(self, data: Frame) -> None:
        self._outlet.write(data)

    async def room(self) -> None:
        await self._outlet.room()

    def close(self, code: int, reason: str) -> None:
        self._outlet.close(code, reason)

    def _ended(self, close: Close | None) -> None:
        self.backlog.clear()
        if close is not None:
            self.end(close.code, close.reason)


class _Heard:
    """One message, from its arrival until the handler asks for the next."""

    __slots__ = ("_backlog", "frame", "index", "waits")

    def __init__(self, backlog: Backlog[_Heard], frame: Frame) -> None:
        self._backlog = backlog
        self.frame = frame
        self.index = backlog.next_index()
        self.waits = frame_size(frame)

    def deliver(self, frame: Any) -> None:
        self._backlog.let_go(self)
