"""Visit: one HTTP request to one actor, and what every framework route reads of it and answers with.

Used by the routes of `framework.py` and `queue.py`. Knows none of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar, cast

from django.http import HttpResponse

from actors.conf import NodeConfig
from actors.errors import ActorError, error
from actors.gateway.auth import Headers, text_header
from actors.gateway.identity import person_of
from actors.gateway.internal import Seal
from actors.gateway.rays import ray_of
from actors.gateway.responses import may_retry
from actors.gateway.routes import Route
from actors.protocol.codec import Codec, codec_for_body
from actors.protocol.handshake import parse_conn_params
from actors.protocol.messages import ActorSpecifier, Encoding
from actors.runtime.conn import ConnectRequest

_ENCODINGS: Final = frozenset({"json", "cbor", "bare"})

StatusAndBody: TypeAlias = tuple[int, bytes]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """One HTTP request to one actor. `body` is cut one byte behind its limit; `seal` is another node's."""

    config: NodeConfig
    scope: MutableMapping[str, Any]
    headers: Headers
    method: str
    route: Route
    body: bytes
    seal: Seal | None = None


def codec_of(visit: Visit) -> Codec:
    """What the answer is written in."""
    return codec_for_body(encoding_of(visit.headers), visit.body)


def encoding_of(headers: Headers) -> Encoding:
    """The encoding that errors, and the framework's answers, are to have."""
    asked = text_header(headers, b"x-rivet-encoding")
    return cast(Encoding, asked) if asked in _ENCODINGS else "json"


def check_body(visit: Visit, config: NodeConfig) -> None:
    """Raises message.incoming_too_long. `config` is that of the class."""
    if len(visit.body) > config.max_incoming_message:
        raise error("message.incoming_too_long")


def read_as(read: Callable[[bytes], T], given: bytes) -> T:
    """What a body or a header says. If it cannot be read, RivetKit's answer: core.internal_error with 400.

    There it is masked; here it says why, for the fault is the client's. Raises queue.invalid_request for
    members of a body that RivetKit does not have.
    """
    try:
        return read(given)
    except ActorError as exc:
        if exc.name == "queue.invalid_request":
            raise
        err = ActorError("core", "internal_error", exc.message, exc.metadata, public=True)
        err.status = 400  # where the code alone means 500
        raise err from exc


def params_of(config: NodeConfig, headers: Headers) -> Any:
    """Connection params of an HTTP request. Raises message.incoming_too_long, core.internal_error (400)."""
    header = headers.get(b"x-rivet-conn-params")
    if header is None:
        return None
    if len(header) > config.max_params:
        raise error("message.incoming_too_long")
    return read_as(parse_conn_params, header)


async def connect_request(visit: Visit, config: NodeConfig) -> ConnectRequest:
    """Who asks, as the hooks of a connection see it. Raises as `params_of` does."""
    params = params_of(config, visit.headers)
    person = await person_of(visit.scope, visit.headers, vouched=visit.seal is not None)
    return ConnectRequest(params, person.user, person.session, visit.scope, ray=ray_of(visit.scope))


class HttpReply:
    """Waits for the one answer of an HTTP request: `actors.runtime.calls.Reply`. `write` makes its body."""

    __slots__ = ("_actor", "_codec", "_config", "_here", "_write")

    def __init__(
        self, codec: Codec, actor: ActorSpecifier, config: NodeConfig, write: Callable[[Any], bytes]
    ) -> None:
        self._here: asyncio.Future[StatusAndBody] = asyncio.get_running_loop().create_future()
        self._codec = codec
        self._actor = actor
        self._config = config
        self._write = write

    def encode(self, output: Any) -> StatusAndBody:
        body = self._write(output)
        if len(body) > self._config.max_outgoing_message:
            raise error("message.outgoing_too_long")
        return 200, body

    def encode_error(self, err: ActorError) -> StatusAndBody:
        return err.status, self._codec.http_error(err, self._actor)

    def deliver(self, frame: StatusAndBody) -> None:
        if not self._here.done():  # cancelled when the client has gone
            self._here.set_result(frame)

    async def response(self) -> HttpResponse:
        """The answer, durable."""
        status, body = await self._here
        return may_retry(HttpResponse(body, status=status, content_type=self._codec.content_type))
