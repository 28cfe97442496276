"""The floor of an ASGI server: a POST is read and answered, nothing else. Run by the harness on Daphne."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]

HEAD: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"12")],
}
BODY: Message = {"type": "http.response.body", "body": b'{"output":1}'}


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer every HTTP request with the same small JSON body, once its own body has arrived."""
    while (await receive()).get("more_body"):
        pass
    await send(HEAD)
    await send(BODY)
