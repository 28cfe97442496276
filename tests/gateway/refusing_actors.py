"""An actor that writes down whoever gets through to it."""

from __future__ import annotations

from typing import Any

from actors import (
    Actor,
    Conn,
    ConnectRequest,
    Options,
    Queue,
    RawWebSocket,
    Request,
    UserError,
    action,
)


class Tome(Actor, name="tome"):
    """Its state tells every visit that was not refused."""

    state: list[str]
    options = Options(max_queue_message_size=64)
    lines = Queue(str)

    def on_before_connect(self, request: ConnectRequest) -> None:
        if request.params == "refuse me":
            raise UserError("Members only.", code="members_only", metadata={"ask": "the owner"})

    def can_publish(self, conn: Conn[Any], queue: str) -> bool:
        return conn.params != "read only"

    @action
    async def write(self, text: str) -> int:
        self.state.append(text)
        return len(self.state)

    async def on_request(self, request: Request) -> str:
        self.state.append(request.path)
        return "written"

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        async for message in websocket:
            self.state.append(str(message))
            websocket.send("written")
