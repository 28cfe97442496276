"""Actors that reach their limits soon."""

from __future__ import annotations

import asyncio
from typing import Any

from actors import (
    Actor,
    Conn,
    ConnectRequest,
    Event,
    Options,
    Queue,
    RawWebSocket,
    Request,
    Response,
    action,
)
from actors.errors import error

begun: list[str] = []
"""The keys of actors whose `stall` has begun."""
stalling: set[str] = set()
"""Hooks of the start that wait for `go_on`."""
go_on = asyncio.Event()
PART = 16_384


class Narrow(Actor, name="narrow"):
    """Has room for two actions."""

    state: list[str]
    options = Options(max_pending_actions=2, max_state_size=1000)
    heard = Event[str]()
    parcels = Queue(str)

    async def on_before_connect(self, request: ConnectRequest) -> None:
        if request.params == "stall":
            await asyncio.Event().wait()

    async def can_subscribe(self, conn: Conn[Any], event: str) -> bool:
        if conn.params == "wait for me":
            await asyncio.Event().wait()
        return True

    async def can_publish(self, conn: Conn[Any], queue: str) -> bool:
        if conn.params == "wait for me":
            await asyncio.Event().wait()
        return True

    async def on_connect(self, conn: Conn[Any]) -> None:
        if conn.params == "long goodbye":
            conn.disconnect("x" * 200)

    async def on_request(self, request: Request) -> Response:
        if request.path == "/stream":
            return Response(self._parts())
        return Response(str(len(await request.body())))

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        async for message in websocket:
            websocket.send("x" * int(message))

    async def _parts(self) -> Any:
        while True:
            begun.append("part")
            yield b"x" * PART

    @action
    async def echo(self, value: Any = None) -> Any:
        return value

    @action
    async def big(self, size: int) -> str:
        return "x" * size

    @action
    async def shout(self, size: int, times: int = 1) -> None:
        for _ in range(times):
            self.heard.broadcast("x" * size)

    @action
    async def keep(self, text: str) -> None:
        self.state.append(text)

    @action
    async def stall(self) -> None:
        begun.append(self.key[0])
        await asyncio.Event().wait()

    @action
    async def unlucky(self) -> None:
        raise error("storage.unavailable")

    @action
    async def chain(self, left: int) -> int:
        """Ask the next actor, which asks the next one."""
        if not left:
            return 0
        return 1 + await Narrow.actors.get_or_create(f"chain-{left}").chain(left - 1)


class Little(Narrow, name="little"):
    """Takes and gives less than the platform does."""

    state: list[str]
    options = Options(max_incoming_message_size=500, max_outgoing_message_size=400)


class Hopeful(Narrow, name="hopeful"):
    """Would take and give more."""

    state: list[str]
    options = Options(max_incoming_message_size=2**30, max_outgoing_message_size=2**30)


class Letterbox(Actor, name="letterbox"):
    """Has room for one short letter, and reads none."""

    letters = Queue(str)
    options = Options(max_queue_size=1, max_queue_message_size=100)


class Wide(Actor, name="wide"):
    """Has room enough, and may be slow to start."""

    options = Options(on_wake_timeout=600)

    async def on_create(self) -> None:
        if "on_create" in stalling:
            await go_on.wait()

    async def on_wake(self) -> None:
        if "on_wake" in stalling:
            await go_on.wait()

    @action
    async def echo(self, value: Any = None) -> Any:
        return value

    @action
    async def stall(self) -> None:
        await asyncio.Event().wait()
