"""The raw HTTP door, `/request/...`: the actor's `on_request` answers, here or at the node that hosts it.

Bodies flow as they come, except on the way to another node: that way a request's body is read whole first,
because its seal covers it; the answer streams there too.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from actors.errors import ActorError, error
from actors.gateway.auth import Headers
from actors.gateway.chains import passed_on
from actors.gateway.elsewhere import check_hops, passed_headers, through_owner
from actors.gateway.entry import body_chunks, read_body, too_long
from actors.gateway.exchange import HOP_BY_HOP, HttpExchange
from actors.gateway.forward import Answer, Call
from actors.gateway.identity import introduce, person_of
from actors.gateway.internal import CLIENT_HEADERS, Seal
from actors.gateway.passage import brought_back
from actors.gateway.platform import Platform
from actors.gateway.rays import ray_of
from actors.gateway.requests import scope_of
from actors.gateway.resolve import Unmade, find
from actors.gateway.responses import actor_error, mark_actor, unmade_error
from actors.gateway.routes import RAW_BODY, Route, url_of
from actors.gateway.visit import encoding_of, params_of
from actors.protocol import cbor
from actors.protocol.codec import Codec, codec_for
from actors.protocol.keys import display_key
from actors.protocol.messages import ActorSpecifier
from actors.protocol.urls import DirectTarget
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.http import Request
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest, HeldElsewhere

_PREFIX: Final = "/request"


@dataclass(frozen=True, slots=True)
class Knock:
    """One raw request, let in by its token or by the `seal` of another node."""

    platform: Platform
    request: ASGIRequest
    headers: Headers
    route: Route
    seal: Seal | None


async def serve_request(knock: Knock) -> HttpResponseBase:
    """The actor's answer. Raises guard.invalid_request_body for a body announced as too long."""
    length = knock.headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > RAW_BODY:
        raise too_long()
    with passed_on(knock.seal, knock.headers):
        try:
            found = await find(knock.platform, knock.route, partial(_check, knock))
        except Unmade as unmade:
            return _unmade(knock, unmade.error)
        if isinstance(found, HeldElsewhere):
            return await _at_owner(knock, found)
        if knock.seal is None:
            return await _here(knock, found, body_chunks(knock.request, RAW_BODY))
        return await _here(knock, found, _one(await read_body(knock.request, RAW_BODY, knock.seal)))


def _check(knock: Knock) -> None:
    """Raises what is wrong with a request that would make its actor."""
    if not _would_answer(knock):
        raise error("actor.not_found")
    _params(knock)


def _unmade(knock: Knock, err: ActorError) -> HttpResponse:
    if not _would_answer(knock):
        return HttpResponse(status=404)
    codec = codec_for(encoding_of(knock.headers), 3)
    return unmade_error(err, codec, knock.platform.config.expose_errors)


def _would_answer(knock: Knock) -> bool:
    target = knock.route.target
    if isinstance(target, DirectTarget):
        return True  # the actor is there, and says so itself
    return knock.platform.registry.get(target.name).hooks.on_request is not None


# -- here ------------------------------------------------------------------------------------------------
async def _here(knock: Knock, task: ActorTask, chunks: AsyncIterator[bytes]) -> HttpResponseBase:
    actor = ActorSpecifier(task.actor_id, task.generation, display_key(task.key))
    if task.definition.hooks.on_request is None:
        return mark_actor(HttpResponse(status=404), actor)
    codec = codec_for(encoding_of(knock.headers), 3)
    try:
        response = await _ask(knock, task, codec, chunks)
    except ActorError as err:
        response = actor_error(err, codec, actor, knock.platform.config.expose_errors)
    return mark_actor(response, actor)


async def _ask(knock: Knock, task: ActorTask, codec: Codec, chunks: AsyncIterator[bytes]) -> HttpResponseBase:
    params = _params(knock)
    scope = scope_of(knock.request)
    person = await person_of(scope, knock.headers, vouched=knock.seal is not None)
    introduce(knock.request, person)
    conn: Conn[None] = Conn(ConnectRequest(params, person.user, person.session, scope, ray=ray_of(scope)))
    request = Request(
        knock.request.method or "", _target(knock.route), _seen_headers(knock), conn, chunks, knock.request
    )
    exchange = HttpExchange(codec, ActorSpecifier(task.actor_id, task.generation, display_key(task.key)))
    exchange.work(task.request(request, exchange))
    return await exchange.head


def _params(knock: Knock) -> Any:
    return params_of(knock.platform.config, knock.headers)


def _target(route: Route) -> tuple[str, str]:
    return route.path.removeprefix(_PREFIX) or "/", route.query


def _seen_headers(knock: Knock) -> Mapping[str, str]:
    """The client's headers as the author sees them; of repeated ones the last."""
    packed = None if knock.seal is None else knock.headers.get(CLIENT_HEADERS)
    if packed is None:
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in knock.headers.items()}
    headers: Mapping[str, str] = cbor.decode(b64decode(packed))
    return headers


async def _one(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


# -- elsewhere -------------------------------------------------------------------------------------------
async def _at_owner(knock: Knock, held: HeldElsewhere) -> HttpResponseBase:
    check_hops(knock.seal, held)
    body = await read_body(knock.request, RAW_BODY, knock.seal)
    if len(body) > RAW_BODY:
        raise too_long()
    again = partial(
        find, knock.platform, knock.route, partial(_check, knock), ClaimRequest(actor_id=held.actor_id)
    )
    result = await through_owner(knock.platform, held, _call(knock, held, body), again)
    if isinstance(result, Answer):
        return brought_back(knock.platform.clock, result)
    return await _here(knock, result, _one(body))


def _call(knock: Knock, held: HeldElsewhere, body: bytes) -> Call:
    """The same request for the actor's id. The client's own headers travel packed, under the seal."""
    url = url_of(f"/gateway/{held.actor_id}{knock.route.path}", knock.route.query)
    seen = {name: value for name, value in _seen_headers(knock).items() if name not in HOP_BY_HOP}
    headers = passed_headers(scope_of(knock.request), knock.headers)
    headers[CLIENT_HEADERS] = b64encode(cbor.encode(seen))
    return Call(knock.request.method or "", url, headers, body, streamed=True)
