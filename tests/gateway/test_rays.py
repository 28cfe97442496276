"""Rays: an answer carries the id that its actors write into their logs, wherever they live."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors import Actor, Conn, Request, action
from actors.api.binding import bind_transport
from actors.gateway.asgi import ActorsApplication
from actors.gateway.forward import Call
from actors.gateway.internal import RAY
from actors.gateway.platform import Platform
from actors.gateway.rays import RAY_ID, new_ray_id, ray_header, ray_of
from actors.gateway.transport import PlatformTransport
from actors.runtime.calls import led_to_by
from tests.gateway.sockets import Socket
from tests.gateway.test_passed_on import ID, ask, other, owner_answers  # noqa: F401 - a fixture

Query = Callable[..., str]


class Teller(Actor, name="teller"):
    """Says in the log that it was called."""

    async def on_connect(self, conn: Conn[None]) -> None:
        if conn.params == "watched":
            self.log.info("connected")

    async def on_request(self, request: Request) -> str:
        self.log.info("requested")
        raise ValueError

    @action
    async def tell(self) -> None:
        self.log.info("told")

    @action
    async def pass_on(self) -> None:
        self.log.info("passing on")
        await Teller.actors.get_or_create("next").tell()

    @action
    async def later(self) -> None:
        self.log.info("soon")
        self.keep_awake(self.afterwards())

    async def afterwards(self) -> None:
        self.log.info("afterwards")

    @action
    async def fail(self) -> None:
        raise ValueError


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, Any]]]:
    """What was logged so far of calls, and of which request."""
    caplog.set_level(logging.INFO, "actors")

    def rays() -> list[tuple[str, Any]]:
        return [
            (one.getMessage(), one.__dict__["ray_id"]) for one in caplog.records if "ray_id" in one.__dict__
        ]

    return rays


@pytest.fixture
async def bound(platform: Platform) -> AsyncIterator[None]:
    before = bind_transport(PlatformTransport(platform))
    yield
    bind_transport(before)


def test_ids_are_like_rivetkits_and_each_is_another() -> None:
    assert len(new_ray_id()) == len(new_ray_id()) == 30
    assert new_ray_id() != new_ray_id()


def test_a_request_keeps_the_id_that_it_got() -> None:
    scope: dict[str, Any] = {}
    assert ray_of(scope) == ray_of(scope)
    assert ray_of({}) != ray_of(scope)


async def test_what_a_call_logs_has_the_id_of_its_answer(
    http: httpx.AsyncClient, query: Query, said: Callable[..., Any]
) -> None:
    first = await http.post(query("teller", "a", "/action/tell"), json={})
    second = await http.post(query("teller", "a", "/action/tell"), json={})
    assert said() == [("told", first.headers[RAY_ID]), ("told", second.headers[RAY_ID])]
    assert first.headers[RAY_ID] != second.headers[RAY_ID]


async def test_so_has_what_fails(http: httpx.AsyncClient, query: Query, said: Callable[..., Any]) -> None:
    call = await http.post(query("teller", "f", "/action/fail"), json={})
    request = await http.get(query("teller", "f", "/request/x"))
    assert (call.status_code, request.status_code) == (500, 500)
    assert said() == [
        ("an action failed", call.headers[RAY_ID]),
        ("requested", request.headers[RAY_ID]),
        ("on_request failed", request.headers[RAY_ID]),
    ]


@pytest.mark.usefixtures("bound")
async def test_so_has_what_it_calls_and_what_it_leaves_behind(
    http: httpx.AsyncClient, query: Query, said: Callable[..., Any]
) -> None:
    passed = (await http.post(query("teller", "p", "/action/pass_on"), json={})).headers[RAY_ID]
    begun = (await http.post(query("teller", "p", "/action/later"), json={})).headers[RAY_ID]
    assert said()[:2] == [("passing on", passed), ("told", passed)]
    assert said()[2:] == [("soon", begun), ("afterwards", begun)]


@pytest.mark.usefixtures("platform", "bound")
async def test_a_call_from_django_has_one_of_its_own_unless_it_is_given_one(said: Callable[..., Any]) -> None:
    teller = Teller.actors.get_or_create("d")
    await teller.tell()
    await teller.tell()
    with led_to_by("given"):
        await teller.tell()
    (_, first), (_, second), given = said()
    assert given == ("told", "given")
    assert len(first) == 30
    assert first != second


async def test_a_websocket_has_one_for_all_that_it_says(
    platform: Platform, query: Query, said: Callable[..., Any]
) -> None:
    offered = ["rivet", "rivet_encoding.json", "rivet_conn_params.%22watched%22"]
    socket = Socket(ActorsApplication(ASGIHandler()), query("teller", "s", "/connect"), offered)
    await socket.open()
    for number in (1, 2):
        await socket.act(number, "tell")
    while (await socket.body())["val"].get("id") != ["$BigInt", "2"]:
        pass
    await socket.leave()
    rays = {ray for _, ray in said()}
    assert [text for text, _ in said()] == ["connected", "told", "told"]
    assert len(rays) == 1
    assert len(rays.pop()) == 30


async def test_the_next_node_takes_it_over_under_a_seal_alone(
    http: httpx.AsyncClient, platform: Platform, query: Query, said: Callable[..., Any]
) -> None:
    url, ray = query("teller", "o", "/action/tell"), new_ray_id()
    sealed = await ask(http, platform, Call("POST", url, ray_header(ray), b"{}"))
    forged = await http.post(url, json={}, headers={RAY.decode(): ray})
    assert sealed.headers[RAY_ID] == ray
    assert forged.headers[RAY_ID] != ray
    assert said() == [("told", ray), ("told", forged.headers[RAY_ID])]


@pytest.mark.usefixtures("other")
async def test_the_next_node_is_told_of_it(http: httpx.AsyncClient, platform: Platform) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers[RAY.decode()])
        return httpx.Response(200, json={"output": 1}, headers={RAY_ID: "its own"})

    owner_answers(platform, answer)
    told = await http.post(f"/gateway/{ID}/action/get", json={}, headers={"x-rivet-token": "t"})
    assert [told.headers[RAY_ID]] == seen
