"""The ASGI application of a project with actors: `application = ActorsApplication(get_asgi_application())`.

Sends each request through its door: framework routes to the slim handler, actor websockets to their consumer,
the rest to Django or to the project's own websocket application. Starts and drains the node with the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from actors.errors import ActorError
from actors.gateway.auth import headers_of
from actors.gateway.consumers import ActorConsumer
from actors.gateway.pipe import Receive, Send
from actors.gateway.platform import Platform, current
from actors.gateway.routes import mount_prefix
from actors.gateway.slim import Application, SlimHandler

TARGETED = b"rivet_target."


class ActorsApplication:
    """`websocket` is the project's own application for websockets that are not for actors, if it has one."""

    def __init__(self, django: Application, websocket: Application | None = None) -> None:
        self._platform = current()
        self._http: Application = SlimHandler(django) if self._platform.config.slim_handler else django
        self._actors = cast(Application, ActorConsumer.as_asgi())
        self._websocket = websocket

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            self._platform.note_server(scope)
            await self._http(scope, receive, send)
        elif kind == "websocket":
            self._platform.note_server(scope)
            await self._route_websocket(scope, receive, send)
        elif kind == "lifespan":
            await _Lifespan(self._platform).run(receive, send)
        else:
            raise ValueError(f"ActorsApplication serves http, websocket and lifespan, not {kind!r}")

    async def _route_websocket(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if _is_for_actor(scope):
            await self._actors(scope, receive, send)
        elif self._websocket is not None:
            await self._websocket(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})


def _is_for_actor(scope: Mapping[str, Any]) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path") or "")
    return path.startswith(f"{mount_prefix()}gateway/") or TARGETED in headers_of(scope).get(
        b"sec-websocket-protocol", b""
    )


class _Lifespan:
    """Start-up and shutdown of servers that tell (uvicorn, hypercorn; not Daphne)."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def run(self, receive: Receive, send: Send) -> None:
        await receive()
        if self._platform.address is not None:
            try:
                await self._platform.ready()
            except ActorError:
                pass  # said in the log; the first request tries again, and /health is 503 until then
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._platform.drain()
        await send({"type": "lifespan.shutdown.complete"})
