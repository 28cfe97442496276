"""The slim handler: a request as Django's views know it, bodies cut at their limit, clients that go away."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest

from actors.gateway.platform import Platform
from actors.gateway.requests import SlimRequest
from actors.gateway.slim import SlimHandler

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "path": "/gateway/x",
    "raw_path": b"/gateway/x",
    "query_string": b"a=1&b=%C3%BC",
    "headers": [(b"host", b"testserver"), (b"content-type", b"application/json"), (b"x-rivet-token", b"t")],
    "client": ("127.0.0.1", 9),
    "server": ("testserver", 80),
}


async def test_a_slim_request_is_djangos_when_looked_at() -> None:
    async def receive() -> dict[str, Any]:
        return part(b"body", False)

    slim, whole = SlimRequest(SCOPE, receive), ASGIRequest(SCOPE, BytesIO())
    assert slim.META == whole.META
    assert slim.GET == whole.GET
    assert slim.headers == whole.headers
    assert (slim.content_type, slim.method, slim.path) == ("application/json", "POST", "/gateway/x")
    assert slim.get_host() == "testserver"
    assert (slim.read(), await slim.receive_body(9)) == (b"", b"body")
    assert await slim.receive_body(2) == b"bod", "one byte more than the limit shows that there is more"
    with pytest.raises(AttributeError):
        _ = slim.nothing


POST_ACTORS = {"path": "/actors", "raw_path": b"/actors", "query_string": b"namespace=default"}


async def serve(messages: list[dict[str, Any]], host: str = "localhost") -> list[dict[str, Any]]:
    """What the handler sends for these messages of one client. Reading more of them would be an error."""
    waiting, sent = iter(messages), []

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(message: Any) -> None:
        sent.append(message)

    async def django(*_: Any) -> None:
        raise AssertionError("not for Django")

    await SlimHandler(django)(
        {**SCOPE, **POST_ACTORS, "headers": [*SCOPE["headers"], (b"host", host.encode())]}, receive, send
    )
    return sent


def part(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "messages", [[GONE], [part(b"{", True), GONE], [part(b"", True), part(b"{", True), GONE]]
)
async def test_a_client_that_goes_away_while_sending_is_not_served(
    platform: Platform, messages: list[dict[str, Any]]
) -> None:
    assert await serve(messages) == []


async def test_a_body_is_read_no_further_than_its_limit(platform: Platform) -> None:
    endless = [part(b"x" * 1_000_000, True) for _ in range(6)]
    start, body = await serve(endless)
    assert start["status"] == 400 and b"input_too_large" in body["body"]


async def test_who_may_not_call_sends_its_body_for_nothing(platform: Platform) -> None:
    start, body = await serve([], host="rebound.example")
    assert start["status"] == 403 and b"forbidden" in body["body"]


async def test_a_body_in_parts_is_read_whole(platform: Platform) -> None:
    start, body = await serve([part(b'{"na', True), part(b"", True), part(b'me": 1}', False)])
    assert start["status"] == 400 and b"Expected `str`, got `int`" in body["body"]
