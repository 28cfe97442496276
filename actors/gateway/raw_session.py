"""RawSession: one raw websocket of an actor, without I/O: what the client says, and what the handler does.

Opened by `opening.py`, fed by the consumer; for the runtime it is the port of its connection, to which events
mean nothing, and the end of its `RawWebSocket`. Never looks into a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.conf import NodeConfig
from actors.gateway.backlog import Backlog, frame_size
from actors.gateway.client_socket import MAX_RUNS, ClientSocket
from actors.gateway.outlet import Outlet
from actors.gateway.pipe import server_frame_limit
from actors.gateway.session import INTERNAL_ERROR
from actors.protocol.messages import Frame
from actors.runtime.conn import Conn, ConnectRequest, Traffic
from actors.runtime.parking import Parking
from actors.runtime.task import ActorTask
from actors.runtime.websocket import Close, RawWebSocket

TOO_BIG: Final = 1009


class _Heard:
    """One message, from its arrival until the handler asks for the next. `runs`: how often it got it."""

    __slots__ = ("_backlog", "frame", "index", "runs", "waits")

    def __init__(self, backlog: Backlog[_Heard], frame: Frame) -> None:
        self._backlog = backlog
        self.frame = frame
        self.index = backlog.next_index()
        self.runs = 0
        self.waits = frame_size(frame)

    def deliver(self, frame: Any) -> None:
        self._backlog.let_go(self)


class RawSession(ClientSocket[_Heard]):
    """Between one websocket and the handler of its actor. `target` is path and query as authors see them."""

    __slots__ = ("_actor_id", "_headers", "_largest", "_left", "_outlet", "_target", "_websocket", "codec")

    def __init__(
        self,
        outlet: Outlet,
        request: ConnectRequest,
        target: tuple[str, str],
        headers: Mapping[str, str],
        parking: Parking,
        config: NodeConfig,
    ) -> None:
        super().__init__(self, request, parking)
        self.codec = outlet.codec
        self._outlet = outlet
        self._target = target
        self._headers = headers
        self._largest = server_frame_limit(config.max_incoming_message)
        # None before the first generation, and while the actor sleeps.
        self._websocket: RawWebSocket | None = None
        self._actor_id: str | None = None
        self._left: Close | None = None
        outlet.ended = self._ended

    # -- the client's side ---------------------------------------------------------------------------
    def receive(self, frame: Frame) -> None:
        if frame_size(frame) > self._largest:
            self.close(TOO_BIG, "message.incoming_too_long")
            return
        heard = _Heard(self.backlog, frame)
        self.backlog.keep(heard)
        if self._websocket is not None:
            self._websocket.feed(heard)
        elif self._actor_id is not None:
            self._parking.knock(self._actor_id)

    def end(self, code: int, reason: str) -> None:
        self._left = Close(code, reason)
        if self._websocket is not None:
            self._websocket.end(self._left)
        elif self._actor_id is not None and self.gone:
            self._parking.leave(self._actor_id, self)

    @property
    def gone(self) -> bool:
        """Whether the client has left and nothing is left of what it said."""
        return self._left is not None and not self.backlog.held

    @property
    def waiting(self) -> bool:
        return self._websocket is None and bool(self.backlog.held)

    # -- the actor's side ----------------------------------------------------------------------------
    def attach(self, task: ActorTask, conn: Conn[Any]) -> None:
        """A handler begins, with what waits, unless a hook has sent the client away."""
        resumed, self._actor_id = self._actor_id is not None, task.actor_id
        if not conn.open:
            return
        self._websocket = RawWebSocket(self._target, self._headers, conn, self)
        self._websocket.resumed = resumed
        task.websocket(self._websocket)
        waiting = tuple(self.backlog.held)
        if any(heard.runs >= MAX_RUNS for heard in waiting):
            self.close(INTERNAL_ERROR, "actor.outcome_unknown")
        for heard in waiting:
            self._websocket.feed(heard)
        if self._left is not None:
            self._websocket.end(self._left)

    def detach(self) -> None:
        self._websocket = None

    @property
    def traffic(self) -> Traffic:
        return self._outlet.traffic

    @property
    def round_trip(self) -> float | None:
        return self._outlet.round_trip

    def write(self, frame: Frame) -> None:
        """An event: no raw websocket hears any."""
        self.traffic.dropped += 1

    def send(self, data: Frame) -> None:
        self._outlet.write(data)

    async def room(self) -> None:
        await self._outlet.room()

    def close(self, code: int, reason: str) -> None:
        self._outlet.close(code, reason)

    def _ended(self, close: Close | None) -> None:
        """A close is on its way to the client, or the client is found to be gone: `end` follows."""
        self.backlog.lift()
        if close is not None:
            self.backlog.clear()
            if self._websocket is not None:
                self._websocket.end(close)
