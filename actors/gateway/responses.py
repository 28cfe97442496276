"""The HTTP answers of the doors: bodies, statuses and the headers that RivetKit's server sends along.

Gateway errors (before an actor is reached) are JSON with `x-rivet-error`; errors of an actor use the
request's encoding and name the actor. Knows no routes and no runtime.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from actors.errors import ActorError, api_status, sanitize
from actors.gateway.guessing import PAUSE
from actors.protocol.codec import Codec
from actors.protocol.messages import ActorSpecifier

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
RETRY_AFTER: Final = "1"
"""Seconds that a client should wait after a 503: overload, a restart, a store that is away."""

Response = TypeVar("Response", bound=HttpResponseBase)


def json_response(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=JSON)


def text_response(text: str, content_type: str = TEXT) -> HttpResponse:
    return HttpResponse(text.encode(), content_type=content_type)


def gateway_error(err: ActorError) -> HttpResponse:
    """An error of the door itself: always JSON, whatever the encoding of the request."""
    response = may_retry(json_response(err.payload(), err.status))
    response["x-rivet-error"] = err.name
    return response


def api_error(err: ActorError) -> HttpResponse:
    """An error of the management API, which has its own statuses."""
    return may_retry(json_response(err.payload(), api_status(err)))


def actor_error(err: ActorError, codec: Codec, actor: ActorSpecifier | None, expose: bool) -> HttpResponse:
    """An error that an actor answers with, or would: masked unless public, its status as it was raised."""
    body = codec.http_error(sanitize(err, expose), actor)
    return may_retry(HttpResponse(body, status=err.status, content_type=codec.content_type))


def unmade_error(err: ActorError, codec: Codec, expose: bool) -> HttpResponse:
    """As the actor would have put it, if the request had made it."""
    response = actor_error(err, codec, None, expose)
    response["x-rivet-error"] = err.name
    return response


def may_retry(response: HttpResponse) -> HttpResponse:
    """Say when to ask again, where an error of the platform is one that passes."""
    if response.status_code == 503:
        response["retry-after"] = RETRY_AFTER
    elif response.status_code == 429:
        response["retry-after"] = str(PAUSE)
    return response


def mark_actor(response: Response, actor: ActorSpecifier) -> Response:
    """Say which actor answered. The key is left out when it could break the header."""
    response["x-rivet-actor"] = actor.actor_id
    response["x-rivet-actor-generation"] = str(actor.generation)
    key = actor.key or ""
    if key.isascii() and key.isprintable():
        response["x-rivet-actor-key"] = key
    return response
