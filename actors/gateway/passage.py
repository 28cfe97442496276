"""The answer of another node to a raw request, passed on to the client as it comes."""

from __future__ import annotations

import logging
from typing import Final

import httpx
from django.http import StreamingHttpResponse

from actors.clock import Clock
from actors.gateway.channel import Channel
from actors.gateway.exchange import HOP_BY_HOP
from actors.gateway.forward import Answer
from actors.logs import PASSED_ON_BROKE, named

_OWN: Final = frozenset({"date", "server", "x-rivet-ray-id", "content-type", "set-cookie"})
"""Headers that this node's server or door sets itself, or that need a way of their own."""

logger = logging.getLogger("actors.gateway")


def brought_back(clock: Clock, answer: Answer) -> StreamingHttpResponse:
    """The response to send; its body is read from the owner only as fast as the client reads."""
    channel = Channel()
    response = StreamingHttpResponse(channel, status=answer.status)
    del response["content-type"]
    if "content-type" in answer.headers:
        response["content-type"] = answer.headers["content-type"]
    for name, value in answer.headers.multi_items():
        if name == "set-cookie":
            response.cookies.load(value)
        elif name not in HOP_BY_HOP and name not in _OWN and not name.startswith("access-control-"):
            response[name] = value
    if answer.rest is not None:
        channel.source = clock.spawn(_pass_on(answer.rest, channel), name="actors-passage")
    return response


async def _pass_on(answer: httpx.Response, channel: Channel) -> None:
    try:
        async for part in answer.aiter_raw():
            await channel.room(len(part))
            channel.chunk(part)
    except httpx.HTTPError as failure:
        PASSED_ON_BROKE.say(logger, {"error": named(failure)})
        channel.cut()
    else:
        channel.chunk(b"")
    finally:
        await answer.aclose()
