"""The slim handler: Django's request, URL resolver, async view and response; no middleware, signals, threads.

Serves the framework routes when `ACTORS["SLIM_HANDLER"]` is on; anything else goes on to Django. Ten times
the requests of the full handler; authentication is what the views do themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from django.core.exceptions import RequestAborted
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from actors.errors import error
from actors.gateway.pipe import Message, Receive, Send
from actors.gateway.rays import RAY_ID, ray_of
from actors.gateway.requests import SlimRequest
from actors.gateway.responses import gateway_error
from actors.gateway.routes import mount_prefix
from actors.gateway.streaming import send_streamed, wire_headers
from actors.logs import DOOR_FAILED, named

Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

logger = logging.getLogger("actors.gateway")


class SlimHandler:
    """An ASGI application for HTTP. `django` gets what the doors' URLs do not match."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._gateway: ResolverMatch | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        match = self._match(scope["path"].removeprefix(scope.get("root_path") or ""))
        if match is None:
            await self._django(scope, receive, send)
            return
        request = SlimRequest(scope, receive)
        request.resolver_match = match
        try:
            response = await match.func(request, *match.args, **match.kwargs)
        except RequestAborted:
            return
        except Exception as failure:
            # Not the path: keys and tokens stand in it.
            told = {"method": scope["method"], "error": named(failure), "ray_id": ray_of(scope)}
            DOOR_FAILED.say(logger, told, failure)
            response = gateway_error(error("core.internal_error"))
            response[RAY_ID] = told["ray_id"]
        if isinstance(response, StreamingHttpResponse):
            await send_streamed(request, response, send)
        else:
            await _send_response(response, send)

    def _match(self, path: str) -> ResolverMatch | None:
        """The door behind `path`. Resolving is the dearest step here: below `/gateway/` once is enough."""
        prefix = f"{mount_prefix()}gateway/"
        if self._gateway is not None and path.startswith(prefix) and len(path) > len(prefix):
            return self._gateway
        try:
            match = resolve(path)
        except Resolver404:
            return None
        if "actors" not in match.app_names:
            return None
        if match.url_name == "gateway":
            self._gateway = match
        return match


async def _send_response(response: HttpResponse, send: Send) -> None:
    content = response.content
    headers = wire_headers(response)
    if response.status_code not in (204, 304):
        headers.append((b"content-length", str(len(content)).encode()))
    start: Message = {"type": "http.response.start", "status": response.status_code, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": content})
