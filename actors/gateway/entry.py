"""Who is let in, and with what body: calls that the platform itself has sealed, others by leave of `auth`.

Every HTTP door asks here before it reads a body, so whoever may not call fills no memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from django.core.handlers.asgi import ASGIRequest

from actors.errors import ActorError, error
from actors.gateway.access import authorize_caller, may_operate
from actors.gateway.auth import Headers, may_pass
from actors.gateway.guessing import heard
from actors.gateway.internal import HEADER, Head, Seal, read_seal
from actors.gateway.platform import Platform
from actors.gateway.rays import take_over
from actors.gateway.requests import SlimRequest, scope_of
from actors.gateway.routes import raw_path, url_of

_CHUNK: Final = 64 * 1024


async def admit_operator(
    platform: Platform, request: ASGIRequest, headers: Headers, permission: str
) -> Seal | None:
    """The seal of a call from within the platform, None for one from outside.

    For the management API: staff with that permission of Django pass with their login. Raises api.forbidden,
    inspector.read_only and api.too_many_attempts.
    """
    seal = sealed(platform, request, headers)
    if seal is not None:
        return seal
    scope = scope_of(request)
    with heard(platform, scope, headers):
        if may_pass(platform.config, scope, headers):
            return None
        if await may_operate(platform.config, scope, headers, permission) is None:
            raise error("api.forbidden")
    return None


async def admit_caller(
    platform: Platform, request: ASGIRequest, headers: Headers, url_token: str | None
) -> Seal | None:
    """As `admit`, for the doors of an actor: where the project allows it, a login opens them too."""
    seal = sealed(platform, request, headers)
    if seal is None:
        scope = scope_of(request)
        with heard(platform, scope, headers, url_token):
            await authorize_caller(platform.config, scope, headers, url_token)
    return seal


def sealed(platform: Platform, request: ASGIRequest, headers: Headers) -> Seal | None:
    """The seal of a call from within the platform, None for one that has none or not ours."""
    value = headers.get(HEADER)
    if value is None:
        return None
    url = url_of(raw_path(request.scope), request.scope["query_string"].decode("latin-1"))
    head = Head(request.method or "", url, headers)
    seal = read_seal(platform.config.internal_secret, head, value, platform.clock.now_ms())
    if seal is not None:
        take_over(scope_of(request), headers)
    return seal


async def body_chunks(request: ASGIRequest, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises guard.invalid_request_body behind `limit`, ConnectionResetError.

    Django's own request has been read whole by its handler, into a file where it is large.
    """
    chunks = request.receive_chunks() if isinstance(request, SlimRequest) else _read_chunks(request)
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise too_long()
        yield chunk


def too_long() -> ActorError:
    """What a raw body behind its limit is answered with."""
    return error("guard.invalid_request_body", reason="length limit exceeded")


async def _read_chunks(request: ASGIRequest) -> AsyncIterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk


async def read_body(request: ASGIRequest, limit: int, seal: Seal | None) -> bytes:
    """The body, cut one byte behind `limit`: refusing one that is too long is up to the caller.

    Raises api.forbidden for one that is not the sealed one, RequestAborted when the client goes away first.
    """
    if isinstance(request, SlimRequest):
        body = await request.receive_body(limit)
    else:
        body = request.read(limit + 1)
    if seal is not None and len(body) <= limit and not seal.covers(body):
        raise error("api.forbidden")
    return body
