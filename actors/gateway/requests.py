"""SlimRequest: Django's request over an ASGI scope, made cheaply and before its body has been read.

The slim handler makes it; `entry.read_body` reads bodies of it and of Django's own requests alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from functools import cached_property
from io import BytesIO
from typing import Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest

from actors.gateway.pipe import Receive


def scope_of(request: ASGIRequest) -> MutableMapping[str, Any]:
    """The request's ASGI scope, where a door keeps what it has found out; Django's types forbid to write."""
    return cast("MutableMapping[str, Any]", request.scope)


class SlimRequest(ASGIRequest):
    """ASGIRequest with META made when somebody looks: the doors read the scope. `read()` finds no body."""

    def __init__(self, scope: dict[str, Any], receive: Receive) -> None:
        self.scope = scope
        self.path = self.path_info = scope["path"]
        self.script_name = ""
        self.method = scope["method"]
        self.resolver_match = None
        self._receive = receive
        self._stream = BytesIO()
        self._read_started = False
        self._post_parse_error = False
        self._body_read = False
        self._read_waiter: asyncio.Event | None = None

    async def receive_body(self, limit: int) -> bytes:
        """The body, cut one byte behind `limit`. Raises RequestAborted when the client goes away first."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._body_read = True
            whole: bytes = message.get("body", b"")
            return whole[: limit + 1]
        body = bytearray()
        while message["type"] == "http.request":
            body += message.get("body", b"")
            self._body_read = not message.get("more_body", False)
            if len(body) > limit or self._body_read:
                return bytes(body[: limit + 1])
            message = await self._receive()
        raise RequestAborted("the client went away while it sent the body")

    async def receive_chunks(self) -> AsyncIterator[bytes]:
        """The body part by part, each taken from the server when it is asked for.

        Raises ConnectionResetError when the client goes away first.
        """
        while self.has_body and not self._body_read:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ConnectionResetError("the client went away while it sent the body")
            if not message.get("more_body", False):
                self._note_read()
            if message.get("body"):
                yield message["body"]

    async def gone(self) -> None:
        """Return when the client has gone away. Notices nothing before the body has been read."""
        if self.has_body and not self._body_read:
            self._read_waiter = asyncio.Event()
            await self._read_waiter.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    @property
    def has_body(self) -> bool:
        """Whether the head announces a body; HTTP/2 need not."""
        if not self.scope.get("http_version", "1.1").startswith("1"):
            return True
        return any(name in (b"content-length", b"transfer-encoding") for name, _ in self.scope["headers"])

    def _note_read(self) -> None:
        self._body_read = True
        if self._read_waiter is not None:
            self._read_waiter.set()

    @cached_property
    def _whole(self) -> ASGIRequest:
        return ASGIRequest(self.scope, self._stream)

    def __getattr__(self, name: str) -> Any:
        """What `ASGIRequest.__init__` would have set: META, content_type, content_params."""
        if name in ("META", "content_type", "content_params", "encoding", "_encoding"):
            return getattr(self._whole, name)
        raise AttributeError(name)
