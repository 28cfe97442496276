"""Sending a streamed answer from the slim handler: as fast as the client reads, and while it is there."""

from __future__ import annotations

import logging

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from actors.gateway.flow import open_flow
from actors.gateway.pipe import Message, Send
from actors.gateway.platform import current
from actors.gateway.requests import SlimRequest
from actors.logs import BODY_BROKE, named

logger = logging.getLogger("actors.gateway")


def wire_headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """Headers and cookies of a response as ASGI has them."""
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [
        (b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()
    ]
    return headers


async def send_streamed(request: SlimRequest, response: StreamingHttpResponse, send: Send) -> None:
    """Send head and body, and close the response. A body that breaks off breaks the connection."""
    flow = open_flow(send)
    watching = current().clock.spawn(_close_when_gone(request, response), name="actors-http-watch")
    start: Message = {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": wire_headers(response),
    }
    try:
        await flow.send(start)
        if request.method != "HEAD":
            async for part in response:
                await flow.send({"type": "http.response.body", "body": part, "more_body": True})
        flow.finish()
        await flow.send({"type": "http.response.body", "body": b""})
    except Exception as failure:  # the status has been sent: all that is left is to break off
        BODY_BROKE.say(logger, {"method": request.method, "error": named(failure)}, failure)
        flow.abort()
    finally:
        watching.cancel()
        response.close()


async def _close_when_gone(request: SlimRequest, response: StreamingHttpResponse) -> None:
    await request.gone()
    response.close()
