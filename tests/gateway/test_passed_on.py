"""Calls that another node has passed on, met with a real seal: let in without token, and sent no further."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actors.api.binding import bind_transport
from actors.gateway.forward import Call
from actors.gateway.internal import Head, read_seal, seal
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport
from actors.protocol import cbor
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor, NodeRecord
from tests.gateway.actors import Probe

ID = "tpm899o4hpr4v5nz6us6k94knval00"
DELETE = f"/actors/{ID}?namespace=default"

Query = Callable[..., str]
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
async def other(database: MemoryDatabase, platform: Platform) -> MemoryStore:
    """Another node, which hosts the probe actor `k`. The doors here ask for a token."""
    platform.config = replace(platform.config, token="t")
    store = MemoryStore(database)
    await store.open()
    await store.join(NodeRecord("other", "http://127.0.0.1:9"), lambda: None)
    await store.claim("other", [ClaimRequest(name="probe", key="k", new=NewActor(ID, "probe", "k"))])
    return store


async def ask(
    http: httpx.AsyncClient,
    platform: Platform,
    call: Call,
    hops: int = 1,
    body: bytes | None = None,
    swapped: Mapping[bytes, bytes] | None = None,
) -> httpx.Response:
    """Send `call` sealed as a node would, with another `body` or `swapped` headers behind the same seal."""
    headers = {b"host": b"localhost", **call.headers}
    sealed = seal(
        "between-nodes", Head(call.method, call.url, headers), call.body, hops, platform.clock.now_ms()
    )
    headers |= {b"x-actors-internal": sealed, **(swapped or {})}
    content = call.body if body is None else body
    return await http.request(call.method, call.url, headers=headers, content=content)


def name_of(response: httpx.Response) -> str:
    body = response.json()
    return f"{body['group']}.{body['code']}"


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("call", [Call("DELETE", DELETE), Call("POST", f"/gateway/{ID}/action/get")])
async def test_a_call_that_has_made_its_hop_is_not_passed_on(
    http: httpx.AsyncClient, platform: Platform, call: Call
) -> None:
    response = await ask(http, platform, call)
    assert (response.status_code, name_of(response)) == (421, "guard.wrong_node")


async def test_a_sealed_call_needs_no_token(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    made = (await http.post(query("probe", "own", "/action/get"), json={})).headers["x-rivet-actor"]
    platform.config = replace(platform.config, token="t")
    url = f"/actors/{made}?namespace=default"
    assert (await http.delete(url)).status_code == 403
    response = await ask(http, platform, Call("DELETE", url))
    assert (response.status_code, response.json()) == (200, {})


async def test_a_body_under_the_seal_of_another_is_refused(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    platform.config = replace(platform.config, token="t")
    call = Call("POST", query("probe", "b", "/action/inc"), body=b'{"args":[1]}')
    response = await ask(http, platform, call, body=b'{"args":[9]}')
    assert (response.status_code, name_of(response)) == (403, "api.forbidden")
    assert (await ask(http, platform, call)).json() == {"output": 1}


async def test_a_sealed_body_over_the_limit_is_refused_for_its_length(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    platform.config = replace(platform.config, token="t")
    url, encoding = query("probe", "long", "/action/echo"), {b"x-rivet-encoding": b"cbor"}
    call = Call("POST", url, encoding, cbor.encode({"args": ["x" * 200_000]}))
    response = await ask(http, platform, call, hops=0)
    body = cbor.decode(response.content)
    assert (response.status_code, body["group"], body["code"]) == (400, "message", "incoming_too_long")


def owner_answers(platform: Platform, handler: Handler) -> None:
    """Let the forwarder speak to `handler` in place of the network."""
    platform.forwarder.client = httpx.AsyncClient(transport=httpx.MockTransport(handler))


@pytest.mark.usefixtures("other")
async def test_the_owner_is_asked_to_destroy_under_a_seal(
    http: httpx.AsyncClient, platform: Platform
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    owner_answers(platform, answer)
    response = await http.delete(DELETE, headers={"x-rivet-token": "t"})
    assert (response.status_code, response.json()) == (200, {})
    (request,) = seen
    raw = {name.lower(): value for name, value in request.headers.raw}
    head = Head("DELETE", DELETE, raw)
    found = read_seal("between-nodes", head, raw[b"x-actors-internal"], platform.clock.now_ms())
    assert found is not None and (found.hops, found.covers(b"")) == (1, True)


@pytest.mark.usefixtures("other")
async def test_the_owners_own_error_is_the_answer(http: httpx.AsyncClient, platform: Platform) -> None:
    told = {"group": "storage", "code": "unavailable", "message": "Storage is unavailable."}
    owner_answers(platform, lambda _: httpx.Response(503, json=told))
    response = await http.delete(DELETE, headers={"x-rivet-token": "t"})
    assert (response.status_code, name_of(response)) == (503, "storage.unavailable")


async def test_an_actor_whose_owner_leaves_is_destroyed_without_waking_it(
    http: httpx.AsyncClient, platform: Platform, other: MemoryStore
) -> None:
    async def refuse_and_leave(request: httpx.Request) -> httpx.Response:
        await other.leave("other")
        return httpx.Response(421)

    platform.forwarder.client = httpx.AsyncClient(transport=httpx.MockTransport(refuse_and_leave))
    response = await http.delete(DELETE, headers={"x-rivet-token": "t"})
    assert (response.status_code, response.json()) == (200, {})
    (record,) = await (await platform.store()).get([ID])
    assert record.destroyed_at is not None and record.generation == 1


async def passed_on(
    http: httpx.AsyncClient, platform: Platform, headers: Mapping[bytes, bytes]
) -> httpx.Request:
    """The request that the owner gets for one with these headers."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(
            200, json={"output": None}, headers={"set-cookie": "sessionid=somebody; Path=/"}
        )

    jar: Any = platform.forwarder.pool().cookies.jar
    platform.forwarder.client = httpx.AsyncClient(transport=httpx.MockTransport(answer), cookies=jar)
    url = f"/gateway/{ID}/action/get"
    response = await http.post(url, headers={b"x-rivet-token": b"t", **headers}, content=b"{}")
    assert response.status_code == 200
    return seen[0]


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("params", ['"ü"'.encode(), '"ü"'.encode("latin-1")])
async def test_headers_are_passed_on_byte_by_byte(
    http: httpx.AsyncClient, platform: Platform, params: bytes
) -> None:
    request = await passed_on(http, platform, {b"x-rivet-conn-params": params})
    assert dict(request.headers.raw)[b"x-rivet-conn-params"] == params


@pytest.mark.usefixtures("other")
async def test_no_call_carries_the_cookies_of_another(http: httpx.AsyncClient, platform: Platform) -> None:
    await passed_on(http, platform, {b"cookie": b"sessionid=ada"})
    second = await passed_on(http, platform, {})
    assert "cookie" not in second.headers


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(
    ("origin", "cookie"), [("http://localhost", "sessionid=ada"), ("http://localhost:81", None)]
)
async def test_the_cookie_of_a_foreign_page_is_not_passed_on(
    http: httpx.AsyncClient, platform: Platform, origin: str, cookie: str | None
) -> None:
    request = await passed_on(http, platform, {b"cookie": b"sessionid=ada", b"origin": origin.encode()})
    assert (request.headers.get("cookie"), request.headers["origin"]) == (cookie, origin)


@pytest.mark.usefixtures("other")
async def test_a_handles_call_goes_to_the_owner_with_its_params(platform: Platform) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=cbor.encode({"output": 7}))

    owner_answers(platform, answer)
    bind_transport(PlatformTransport(platform))
    handle: Any = Probe.actors.get("k", params={"name": "ü"})
    assert await handle.get() == 7
    (request,) = seen
    assert dict(request.headers.raw)[b"x-rivet-conn-params"] == '{"name":"ü"}'.encode()
    assert request.url.path == f"/gateway/{ID}/action/get"


@pytest.mark.parametrize(
    ("url", "sent", "holds"),
    [
        ('/gateway/x/request/a?b="c"|d', b"/gateway/x/request/a?b=%22c%22|d", True),
        ("/gateway/x/request/../../../actors/y", b"/actors/y", False),
    ],
)
async def test_the_seal_holds_for_the_url_as_it_is_sent_and_for_no_other_route(
    platform: Platform, url: str, sent: bytes, holds: bool
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    owner_answers(platform, answer)
    await platform.forwarder.send("http://127.0.0.1:9", Call("POST", url), hops=1)
    (request,) = seen
    assert request.url.raw_path == sent
    raw = {name.lower(): value for name, value in request.headers.raw}
    head = Head("POST", request.url.raw_path.decode(), raw)
    found = read_seal("between-nodes", head, raw[b"x-actors-internal"], platform.clock.now_ms())
    assert (found is not None) is holds
