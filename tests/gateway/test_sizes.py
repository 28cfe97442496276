"""Where each size ends exactly, and before which question it is asked; the same ones for handles."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.api.binding import bind_transport
from actors.errors import ActorError
from actors.gateway.asgi import ActorsApplication
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport
from tests.gateway.actors import Probe
from tests.gateway.sockets import Socket

Query = Callable[..., str]

CHUNK = b"x" * 65_536
SLIM = pytest.mark.parametrize("handler", ["slim"])  # Django's handler reads all bodies before it asks a view


class Upload:
    """A body of `size` chunks that counts how many the server has taken."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.size):
            self.taken += 1
            yield CHUNK


@SLIM
async def test_a_body_is_read_after_the_token(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    platform.config = replace(platform.config, token="t")
    for rest in ("/request/upload", "/action/echo", "/queue/jobs"):
        upload = Upload(50)
        response = await http.post(query("probe", "u", rest), content=upload)
        assert (response.status_code, upload.taken) == (403, 0)
    upload = Upload(50)
    response = await http.post("/actors?namespace=default", content=upload)
    assert (response.status_code, upload.taken) == (403, 0)


@SLIM
async def test_a_forged_seal_opens_no_larger_body(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    platform.config = replace(platform.config, token="t")
    upload = Upload(50)
    forged = {"x-actors-internal": f"1.{platform.clock.now_ms()}.{'0' * 64}.{'0' * 64}"}
    response = await http.post(query("probe", "u", "/request/upload"), content=upload, headers=forged)
    assert (response.status_code, upload.taken) == (403, 0)


@SLIM
@pytest.mark.parametrize("rest", ["/action/request_refund", "/action/request", "/requests", "/x/request/y"])
async def test_only_raw_requests_have_the_larger_limit(
    http: httpx.AsyncClient, query: Query, rest: str
) -> None:
    upload = Upload(50)
    await http.post(query("probe", "u", rest), content=upload)
    assert upload.taken == 2
    upload = Upload(50)
    await http.post(query("probe", "u", "/request/y"), content=upload)
    assert upload.taken == 50


def params_of(size: int) -> str:
    """JSON of `size` bytes."""
    return json.dumps("p" * (size - 2))


@pytest.mark.parametrize(("size", "fits"), [(4096, True), (4097, False)])
async def test_params_of_a_call_have_a_limit(
    http: httpx.AsyncClient, query: Query, size: int, fits: bool
) -> None:
    response = await http.post(
        query("probe", "p", "/action/connInfo"), json={}, headers={"x-rivet-conn-params": params_of(size)}
    )
    body = response.json()
    if fits:
        assert body["output"]["params"] == "p" * (size - 2)
    else:
        assert (response.status_code, body["group"], body["code"]) == (400, "message", "incoming_too_long")


@pytest.mark.parametrize(("size", "fits"), [(4096, True), (4097, False)])
async def test_params_of_a_websocket_have_a_limit(
    platform: Platform, query: Query, size: int, fits: bool
) -> None:
    offered = ("rivet", "rivet_encoding.json", f"rivet_conn_params.%22{'p' * (size - 2)}%22")
    socket = Socket(ActorsApplication(ASGIHandler()), query("probe", "p", "/connect"), offered)
    await socket.open()
    if fits:
        assert (await socket.body())["tag"] == "Init"
        await socket.leave()
        return
    code, reason = await socket.expect_close()
    assert (code, reason.partition("#")[0]) == (1011, "guard.websocket_closed_before_open")
    assert platform.node is not None and platform.node.stats().awake == 0


@pytest.fixture
async def bound(platform: Platform) -> None:
    bind_transport(PlatformTransport(platform))


@pytest.mark.usefixtures("bound")
async def test_params_of_a_handle_have_the_same_limit() -> None:
    fitting: Any = Probe.actors.get_or_create("h", params="p" * 4094)
    assert (await fitting.conn_info())["params"] == "p" * 4094
    with pytest.raises(ActorError) as caught:
        await Probe.actors.get_or_create("h", params="p" * 4095).conn_info()
    assert caught.value.name == "message.incoming_too_long"
    with pytest.raises(ActorError) as caught:
        async with Probe.actors.connect("h", params="p" * 4095):
            pass
    assert caught.value.name == "message.incoming_too_long"


@pytest.mark.usefixtures("bound")
async def test_params_of_a_handle_arrive_as_json_and_not_as_the_callers_own_object() -> None:
    given = {"tag": ["$x", 1], "ü": (1, 2)}
    handle: Any = Probe.actors.get_or_create("copy", params=given)
    assert (await handle.conn_info())["params"] == {"tag": ["$x", 1], "ü": [1, 2]}


@pytest.mark.usefixtures("bound")
async def test_arguments_of_a_handle_have_the_limit_of_a_message() -> None:
    handle: Any = Probe.actors.get_or_create("a")
    assert await handle.echo("x" * 65_000) == ["x" * 65_000]
    with pytest.raises(ActorError) as caught:
        await handle.echo("x" * 65_536)
    assert caught.value.name == "message.incoming_too_long"
    async with Probe.actors.connect("a") as conn:
        assert await conn.echo("x" * 65_000) == ["x" * 65_000]
        with pytest.raises(ActorError) as caught:
            await conn.echo("x" * 65_536)
        assert caught.value.name == "message.incoming_too_long"
        assert await conn.echo("still open") == ["still open"]
