"""A websocket client of the consumer under test, in-process: frames in, frames out, the close at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from channels.testing import WebsocketCommunicator

from actors.protocol.messages import Frame


class Socket:
    """One conversation. `close` is (code, reason) once the server has closed."""

    def __init__(self, application: Any, path: str, subprotocols: Iterable[str]) -> None:
        self._communicator = WebsocketCommunicator(application, path, subprotocols=list(subprotocols))
        self._communicator.scope["client"] = ["127.0.0.1", 9]
        self._communicator.scope["headers"].append((b"host", b"localhost"))
        self.close: tuple[int, str] | None = None

    async def open(self, headers: dict[str, str] | None = None) -> str | None:
        """The accepted subprotocol."""
        extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self._communicator.scope["headers"].extend(extra)
        accepted, subprotocol = await self._communicator.connect(timeout=30)
        assert accepted
        return subprotocol if isinstance(subprotocol, str) else None

    async def send(self, frame: Frame) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        await self._communicator.send_input({"type": "websocket.receive", kind: frame})

    async def receive(self) -> Frame | None:
        """The next frame; None when the server has closed."""
        message = await self._communicator.receive_output(timeout=30)
        if message["type"] == "websocket.close":
            self.close = (message["code"], message.get("reason", ""))
            return None
        text = message.get("text")
        frame: Frame = message["bytes"] if text is None else text
        return frame

    async def body(self) -> dict[str, Any]:
        """The next message of a json conversation."""
        frame = await self.receive()
        assert frame is not None, f"closed: {self.close}"
        body: dict[str, Any] = json.loads(frame)["body"]
        return body

    async def act(self, action_id: int, name: str, *args: Any) -> None:
        val = {"id": action_id, "name": name, "args": list(args)}
        await self.send(json.dumps({"body": {"tag": "ActionRequest", "val": val}}))

    async def subscribe(self, event: str, wanted: bool = True) -> None:
        val = {"eventName": event, "subscribe": wanted}
        await self.send(json.dumps({"body": {"tag": "SubscriptionRequest", "val": val}}))

    async def expect_close(self) -> tuple[int, str]:
        """Read to the end."""
        while await self.receive() is not None:
            pass
        assert self.close is not None
        return self.close

    async def leave(self, code: int = 1000) -> None:
        await self._communicator.disconnect(code=code, timeout=30)
