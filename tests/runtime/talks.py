"""A raw websocket without a gateway: a client that says something, and notes what it is told."""

from __future__ import annotations

from typing import Any

from actors.protocol.codec import codec_for
from actors.protocol.messages import Frame
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.task import ActorTask
from actors.runtime.websocket import Close, RawWebSocket
from tests.runtime.support import World


class Said:
    """One message of the client."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.runs = 0
        self.handled = False

    def deliver(self, frame: Any) -> None:
        self.handled = True


class Talk:
    """Both the door's port and the client behind it. `told` is what arrives there."""

    def __init__(self) -> None:
        self.codec = codec_for("json")
        self.traffic = None
        self.round_trip = None
        self.told: list[Frame] = []
        self.events: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self.websocket: RawWebSocket
        self.conn: Conn[Any]

    def write(self, frame: Frame) -> None:
        self.events.append(frame)

    def send(self, data: Frame) -> None:
        assert self.closed is None, "a message after the close"
        self.told.append(data)

    async def room(self) -> None:
        """There always is."""

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)
            self.websocket.end(Close(code, reason))

    # -- the client ----------------------------------------------------------------------------------
    def say(self, frame: Frame) -> Said:
        said = Said(frame)
        self.websocket.feed(said)
        return said

    def leave(self, code: int = 1000, reason: str = "") -> None:
        self.websocket.end(Close(code, reason))


async def talk(
    world: World, task: ActorTask, path: str = "/", query: str = "", params: Any = None, settle: bool = True
) -> Talk:
    """A raw websocket that has been let in, its handler begun."""
    client = Talk()
    client.conn = await task.connect(ConnectRequest(params), client)
    client.websocket = RawWebSocket((path, query), {"x-own": "1"}, client.conn, client)
    task.websocket(client.websocket)
    if settle:
        await world.clock.settle()
    return client
