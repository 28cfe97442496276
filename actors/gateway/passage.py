"""The answer of another node, passed on to the client: whole, or as it comes where it streams."""

from __future__ import annotations

import logging
from typing import Final

import httpx
from django.http import HttpResponse, StreamingHttpResponse

from actors.clock import Clock
from actors.gateway.channel import Channel
from actors.gateway.exchange import HOP_BY_HOP
from actors.gateway.forward import Answer
from actors.logs import PASSED_ON_BROKE, named

_OWN: Final = frozenset({"date", "server", "x-rivet-ray-id", "content-type", "set-cookie"})
"""Headers that this node's server or door sets itself, or that need a way of their own."""

_WHOLE: Final = (
    "content-type",
    "referrer-policy",
    "retry-after",
    "x-rivet-actor",
    "x-rivet-actor-generation",
    "x-rivet-actor-key",
    "x-rivet-error",
)
"""Headers of an answer that was read whole."""

logger = logging.getLogger("actors.gateway")


def brought_back_whole(answer: Answer) -> HttpResponse:
    """The response to send, of an answer whose body has been read."""
    response = HttpResponse(answer.body, status=answer.status)
    for name in _WHOLE:
        if name in answer.headers:
            response[name] = answer.headers[name]
    return response


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
