"""HttpExchange: the door's end of one raw request, `actors.runtime.requests.Exchange` in Django's terms.

What `on_request` returns becomes Django's response here; nothing of it is trusted before it is one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from actors.errors import ActorError
from actors.gateway.channel import Channel
from actors.gateway.responses import may_retry
from actors.logs import ANSWER_BROKE
from actors.protocol.codec import Codec
from actors.protocol.messages import ActorSpecifier
from actors.runtime.http import Response

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection: those of the client's are the server's business."""

logger = logging.getLogger("actors.gateway")


class Answered:
    """A frame: `response` as the server sends it; `body` is what its streamed content is made of."""

    __slots__ = ("body", "response")

    def __init__(self, response: HttpResponseBase, body: AsyncIterator[Any] | None = None) -> None:
        self.response = response
        self.body = body


class HttpExchange:
    """`head` is the answer; a streamed one takes its content from the channel."""

    __slots__ = ("_actor", "_channel", "_codec", "head")

    def __init__(self, codec: Codec, actor: ActorSpecifier) -> None:
        self.head: asyncio.Future[HttpResponseBase] = asyncio.get_running_loop().create_future()
        self._codec = codec
        self._actor = actor
        self._channel = Channel()

    def work(self, task: asyncio.Task[None]) -> None:
        """The task behind the request, to be cancelled when a streamed answer has lost its reader."""
        self._channel.source = task

    # -- the runtime's side --------------------------------------------------------------------------
    def encode(self, output: Any) -> Answered:
        """Raises TypeError and ValueError for what is no response."""
        if isinstance(output, HttpResponseBase):
            return self._of_django(output)
        response = Response.of(output)
        plain = "text/plain; charset=utf-8" if isinstance(response.body, str) else None
        if response.body is None or isinstance(response.body, str | bytes):
            whole = HttpResponse(response.body or b"", status=response.status)
            _set_headers(whole, response.headers, plain)
            del whole["content-length"]
            return Answered(whole)
        streamed = StreamingHttpResponse(self._channel, status=response.status)
        _set_headers(streamed, response.headers, plain)
        return Answered(streamed, response.body)

    def _of_django(self, response: HttpResponseBase) -> Answered:
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        for name in HOP_BY_HOP:
            del response[name]
        if not isinstance(response, StreamingHttpResponse):
            return Answered(response)
        content: Any = response.streaming_content
        body = content if response.is_async else _awaited(content)
        response.streaming_content = self._channel
        return Answered(response, body)

    def encode_error(self, err: ActorError) -> Answered:
        content = self._codec.http_error(err, self._actor)
        response = HttpResponse(content, status=err.status, content_type=self._codec.content_type)
        return Answered(may_retry(response))

    def deliver(self, frame: Answered) -> None:
        if not self.head.done():
            self.head.set_result(frame.response)
        elif self.head.cancelled():
            self._channel.close()
        else:
            ANSWER_BROKE.say(logger, {"actor_id": self._actor.actor_id})
            self._channel.cut()

    async def room(self, size: int) -> None:
        await self._channel.room(size)

    def chunk(self, data: bytes) -> None:
        self._channel.chunk(data)


def _set_headers(
    response: HttpResponseBase, headers: Mapping[str, str] | Iterable[tuple[str, str]], plain: str | None
) -> None:
    """The author's headers in place of Django's defaults. Raises BadHeaderError, a ValueError."""
    del response["content-type"]
    if plain is not None:
        response["content-type"] = plain
    pairs = cast("Iterable[tuple[str, str]]", headers.items() if isinstance(headers, Mapping) else headers)
    for name, value in pairs:
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        elif name.lower() not in HOP_BY_HOP:
            response[name] = value


async def _awaited(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    """A sync body of Django's, read on the loop: it should be short."""
    for part in content:
        yield part
