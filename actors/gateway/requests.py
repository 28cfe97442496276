"""SlimRequest: Django's request over an ASGI scope, made cheaply and before its body has been read.

The slim handler makes it; `entry.read_body` reads bodies of it and of Django's own requests alike.
"""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest

from actors.gateway.pipe import Receive


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

    async def receive_body(self, limit: int) -> bytes:
        """The body, cut one byte behind `limit`. Raises RequestAborted when the client goes away first."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            whole: bytes = message.get("body", b"")
            return whole[: limit + 1]
        body = bytearray()
        while message["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > limit or not message.get("more_body", False):
                return bytes(body[: limit + 1])
            message = await self._receive()
        raise RequestAborted("the client went away while it sent the body")

    @cached_property
    def _whole(self) -> ASGIRequest:
        return ASGIRequest(self.scope, self._stream)

    def __getattr__(self, name: str) -> Any:
        """What `ASGIRequest.__init__` would have set: META, content_type, content_params."""
        if name in ("META", "content_type", "content_params", "encoding", "_encoding"):
            return getattr(self._whole, name)
        raise AttributeError(name)
