"""The actors behind the doors under test: they do what those of the recorded RivetKit server did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec

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
    UserError,
    action,
)
from actors.protocol.values import UNDEFINED


class Probe(Actor, name="probe"):
    """RivetKit's `probe` actor of the live recordings, as far as the capabilities are there."""

    state: int
    options = Options(action_timeout=1.0, max_queue_size=3, max_queue_message_size=200)
    tick = Event[Any]()
    jobs = Queue[Any, Any]()
    waity = Queue[Any, Any]()

    async def on_before_connect(self, request: ConnectRequest) -> None:
        wish = request.params if isinstance(request.params, dict) else {}
        if wish.get("reject"):
            raise UserError("no entry", code="rejected", metadata={"why": "params"})
        if wish.get("rejectGeneric"):
            raise ValueError("secret reason")
        if self.state < wish.get("naps", 0):
            self.state += 1
            self.sleep()
            await asyncio.sleep(0)  # it has begun to fall asleep

    async def on_connect(self, conn: Conn[Any]) -> None:
        conn.state = {"p": conn.params}

    async def on_request(self, request: Request) -> Response:
        if request.path == "/throw":
            raise ValueError("secret")
        if request.path == "/uerr":
            raise UserError("http user err", code="herr")
        query = f"?{request.query}" if request.query else ""
        told = {
            "url": f"http://127.0.0.1{request.path}{query}",
            "method": request.method,
            "headers": dict(request.headers),
            "body": await request.text(),
        }
        return Response.json(told, status=201, headers={"x-custom": "1"})

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        """Tells the address as the recorded server saw it, and gives back what it gets."""
        scope = websocket.scope
        address = scope.get("raw_path", scope["path"].encode()).decode()
        path = "/" + address.partition("/gateway/")[2].partition("/")[2]
        query = f"?{websocket.query}" if websocket.query else ""
        websocket.send(msgspec.json.encode({"hello": True, "url": f"http://127.0.0.1{path}{query}"}).decode())
        async for message in websocket:
            if message == "close":
                websocket.close(4001, "user.bye")
            elif message == "fail":
                raise UserError("no", code="no")
            else:
                websocket.send(message)

    @action
    def echo(self, *args: Any) -> list[Any]:
        return list(args)

    @action
    async def inc(self, amount: int = 1) -> int:
        self.state += amount
        self.tick.broadcast(self.state)
        return self.state

    @action(readonly=True)
    def get(self) -> int:
        return self.state

    @action(readonly=True)
    def given(self) -> Any:
        return self.input

    @action
    def nap(self) -> None:
        self.sleep()

    @action
    async def slow(self) -> None:
        await asyncio.Event().wait()

    @action(name="userErr")
    def user_err(self) -> None:
        raise UserError("Simple error message")

    @action(name="userErrMeta")
    def user_err_meta(self) -> None:
        raise UserError("Detailed", code="detailed_error", metadata={"n": 1, "reason": "test"})

    @action(name="userErrMetaNull")
    def user_err_meta_null(self) -> None:
        raise UserError("Detailed", code="mnull", metadata=None)

    @action
    def err(self) -> None:
        raise ValueError("secret")

    @action
    def bigret(self, size: int) -> str:
        return "x" * size

    @action(name="connInfo")
    def conn_info(self) -> dict[str, Any]:
        return {"id": self.conn.id, "params": self.conn.params, "state": self.conn.state}

    @action
    async def qsize(self) -> list[dict[str, Any]]:
        """What is in the queues, which are empty then."""
        messages = await (self.jobs | self.waity).next_batch(10, timeout=0)
        for message in messages:
            await message.complete()
        return [{"id": str(message.id), "name": message.queue, "body": message.body} for message in messages]

    @action(name="sendConn")
    def send_conn(self) -> str:
        self.conn.send("tick", "only-you", {"a": 1})
        return self.conn.id

    @action
    def bcast(self, event: str) -> bool:
        self.tick.broadcast(UNDEFINED)
        return event == "tick"

    @action(name="disconnectMe")
    def disconnect_me(self) -> bool:
        self.conn.disconnect("bye.now")
        return True

    @action(name="destroyMe")
    def destroy_me(self) -> bool:
        self.destroy()
        return True

    @action(name="key")
    def key_info(self) -> dict[str, Any]:
        return {"id": self.id, "key": list(self.key), "name": self.name, "region": ""}

    @action
    def ret(self, what: str) -> Any:
        return RETURNS[what]

    @action
    def flood(self, frames: int, size: int) -> int:
        for _ in range(frames):
            self.tick.broadcast("x" * size)
        return frames


RETURNS = {
    "undef": UNDEFINED,
    "nul": None,
    "num": 1,
    "float": 1.5,
    "big": 12345678901234567890,
    "negbig": -12345678901234567890,
    "bytes": b"\x01\x02\xff",
    "smallbig": 5,
    "set": {1, 2},
    "nested": {
        "a": [1, UNDEFINED, None, 2],
        "dollar": ["$BigInt", "5"],
        "dollar2": ["$x", 1],
        "d3": ["$$x", 1],
        "three": ["$a", 1, 2],
    },
    "date": datetime(1970, 1, 1, tzinfo=UTC),
    "big32": 2**32,
    "maxsafe": 2**53 - 1,
    "nan": float("nan"),
    "inf": float("inf"),
    "neg": -3,
}
