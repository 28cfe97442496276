"""Actors behind the raw doors under test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from actors import (
    Actor,
    Conn,
    ConnectRequest,
    Options,
    RawWebSocket,
    Request,
    Response,
    UserError,
    action,
)

ended: list[str] = []
"""What streams have said at their end, and whom handlers have met."""


class Site(Actor, name="raw_site"):
    """Answers by its path. Counts its requests."""

    state: int
    options = Options(on_request_timeout=5.0, sleep_timeout=3600)

    async def on_before_connect(self, request: ConnectRequest) -> None:
        if request.params == "no":
            raise UserError("no entry", code="rejected")

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        ended.append(f"met {websocket.path}")
        if websocket.path == "/who":
            websocket.send(websocket.conn.user.get_username())
        elif websocket.path == "/too-long":
            websocket.send("x" * 1_048_577)
        async for _ in websocket:
            pass

    async def on_connect(self, conn: Conn[Any]) -> None:
        if conn.params == "leave":
            conn.disconnect("full")
        conn.state = "let in"

    async def on_disconnect(self, conn: Conn[Any]) -> None:
        ended.append("left")

    @action(readonly=True)
    def count(self) -> int:
        return self.state

    async def on_request(self, request: Request) -> Any:
        self.state += 1
        page = PAGES.get(request.path)
        if page is None:
            return Response("Not Found", status=404)
        result = page(self, request)
        return await result if asyncio.iscoroutine(result) else result


class Hasty(Site, name="raw_hasty"):
    """Has little time for a request."""

    state: int
    options = Options(on_request_timeout=0.05)


class Silent(Actor, name="raw_silent"):
    """Has no on_request."""

    @action
    def hello(self) -> str:
        return "hello"


class Sleeper(Actor, name="raw_sleeper"):
    """Its websockets hibernate, but for those at `/awake`. Writes down what happens."""

    state: list[str]
    conn: Conn[int]
    options = Options(
        can_hibernate_websocket=lambda request: not request.scope["path"].endswith("/awake"),
        sleep_timeout=60.0,
        sleep_grace_period=5.0,
    )

    def on_connect(self, conn: Conn[int]) -> None:
        conn.state = 0

    def on_disconnect(self, conn: Conn[int]) -> None:
        if conn.params is not None:  # HTTP calls have connections too
            self.state.append(f"left {conn.params} {conn.state}")

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        self.state.append("resumed" if websocket.resumed else "opened")
        async for message in websocket:
            if message == "hang" or (message == "hang once" and not websocket.resumed):
                await asyncio.Event().wait()
            if message == "nap":
                self.sleep()
            elif message == "bye":
                websocket.close(4001, "bye")
            elif message == "fail":
                raise UserError("no", code="no")
            websocket.conn.state += 1
            self.state.append(str(message))
            websocket.send(f"{message} {websocket.conn.state}")
        if websocket.closed is not None:
            self.state.append(f"closed {websocket.closed.code}")

    @action
    def tell(self, text: str) -> None:
        for conn in self.conns.values():
            if conn.websocket is not None:
                conn.websocket.send(text)

    @action(readonly=True)
    def report(self) -> list[str]:
        return self.state


async def told(self: Site, request: Request) -> Response:
    return Response.json(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "params": request.query_params,
            "headers": dict(request.headers),
            "text": await request.text(),
            "again": len(await request.body()),
            "conn": [self.conn.state, self.conn.params, self.conn is request.conn],
            "user": str(self.conn.user),
            "django": request.django.path,
            "scope": request.scope["type"],
        }
    )


async def size(self: Site, request: Request) -> dict[str, int]:
    sizes = [len(chunk) async for chunk in request.stream()]
    return {"bytes": sum(sizes), "chunks": len(sizes)}


def echo(self: Site, request: Request) -> Response:
    return Response(request.stream(), headers=request.headers)


async def numbers() -> AsyncIterator[str]:
    try:
        for number in range(3):
            yield f"{number}\n"
            await asyncio.sleep(0)
    finally:
        ended.append("numbers")


async def endless() -> AsyncIterator[bytes]:
    try:
        while True:
            yield b"x" * 8192
    finally:
        ended.append("endless")


async def waiting() -> AsyncIterator[bytes]:
    try:
        yield b"first"
        await asyncio.Event().wait()
    finally:
        ended.append("waiting")


async def breaking() -> AsyncIterator[bytes]:
    yield b"first"
    raise ValueError("secret")


def cookies(self: Site, request: Request) -> HttpResponse:
    response = HttpResponse("<p>hi</p>", status=202, headers={"x-mine": "1", "connection": "close"})
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2")
    return response


async def forever(self: Site, request: Request) -> None:
    await asyncio.Event().wait()


def fail(self: Site, request: Request) -> None:
    raise UserError("closed", code="closed", metadata={"opens": 9})


def none(self: Site, request: Request) -> None:
    return None


PAGES: dict[str, Any] = {
    "/": lambda self, request: "root",
    "/told": told,
    "/size": size,
    "/echo": echo,
    "/state": lambda self, request: {"count": self.state},
    "/bytes": lambda self, request: b"\x00\x01",
    "/numbers": lambda self, request: numbers(),
    "/endless": lambda self, request: endless(),
    "/waiting": lambda self, request: waiting(),
    "/breaking": lambda self, request: breaking(),
    "/cookies": cookies,
    "/django": lambda self, request: StreamingHttpResponse(numbers(), content_type="text/plain"),
    "/django-sync": lambda self, request: StreamingHttpResponse(iter([b"a", b"b"]), status=201),
    "/two-cookies": lambda self, request: Response(
        "x", headers=[("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2")]
    ),
    "/bad-header": lambda self, request: Response("x", headers={"x-a": "1\r\nx-b: 2"}),
    "/bad-status": lambda self, request: Response("x", status=1000),
    "/empty": lambda self, request: Response(status=204),
    "/forever": forever,
    "/fail": fail,
    "/none": none,
    "/number": lambda self, request: 5,
}
