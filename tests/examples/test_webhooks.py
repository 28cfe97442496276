"""The webhook bin: what it keeps, what it never shows, and who sees it arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.gateway.asgi import ActorsApplication
from actors.gateway.platform import current
from actors.testing import ActorNode
from examples.webhooks.actors import KEPT, MAX_BODY, MAX_HEADERS
from tests import web
from tests.gateway.sockets import Socket
from tests.gateway.wire import raw_websocket, url_of
from tests.servers import LiveServer

Send = Callable[..., httpx.Response]


@pytest.fixture
def key() -> str:
    return uuid4().hex[:12]


@pytest.fixture
def send(site: LiveServer, key: str) -> Send:
    """`send("POST", "/path", content=b"...")`: a request to this test's own bin."""

    def request(method: str = "POST", path: str = "", query: str = "", **given: Any) -> httpx.Response:
        url = url_of(site.url, "webhookBin", key, f"/request{path}") + query
        return web.request(method, url, timeout=20, **given)

    return request


def kept(site: LiveServer, key: str) -> list[dict[str, Any]]:
    with raw_websocket(site.url, "webhookBin", key) as watcher:
        requests: list[dict[str, Any]] = json.loads(watcher.recv(timeout=10))["requests"]
        return requests


def test_a_request_is_kept_with_all_that_it_said(site: LiveServer, key: str, send: Send) -> None:
    answer = send("PUT", "/a%20b", "&x=1&y=%20", content="Grüße".encode(), headers={"X-Own": "mine"})
    assert (answer.status_code, answer.json()) == (202, {"id": 1})
    (caught,) = kept(site, key)
    told = {name: caught[name] for name in ("id", "method", "path", "query", "body", "size")}
    assert told == {
        "id": 1,
        "method": "PUT",
        "path": "/a%20b",
        "query": "x=1&y=%20",
        "body": "Grüße",
        "size": 7,
    }
    assert caught["headers"]["x-own"] == "mine"


def test_who_watches_sees_each_request_arrive(site: LiveServer, key: str, send: Send) -> None:
    with (
        raw_websocket(site.url, "webhookBin", key) as ada,
        raw_websocket(site.url, "webhookBin", key) as bob,
    ):
        assert json.loads(ada.recv(timeout=10)) == json.loads(bob.recv(timeout=10)) == {"requests": []}
        send(content=b"one")
        for watcher in (ada, bob):
            assert json.loads(watcher.recv(timeout=10))["request"]["body"] == "one"
        bob.send("clear")
        assert json.loads(ada.recv(timeout=10)) == {"requests": []}
    assert kept(site, key) == []


def test_only_the_last_ones_are_kept(site: LiveServer, key: str, send: Send) -> None:
    for _ in range(KEPT + 2):
        send()
    assert [caught["id"] for caught in kept(site, key)] == list(range(KEPT + 2, 2, -1))


def test_what_is_long_is_cut_and_what_is_no_text_does_no_harm(site: LiveServer, key: str, send: Send) -> None:
    send(content=b"x" * 100_000, headers={f"x-{number}": "y" * 1000 for number in range(MAX_HEADERS + 9)})
    send(content=b"\xff\xfe")
    broken, long = kept(site, key)
    assert (len(long["body"]), long["size"]) == (MAX_BODY, 100_000)
    assert len(long["headers"]) == MAX_HEADERS
    assert max(map(len, long["headers"].values())) == 300
    assert broken["body"] == "\ufffd\ufffd"


def test_credentials_are_not_shown(site: LiveServer, key: str, send: Send) -> None:
    send(headers={"cookie": "sessionid=s3cret", "proxy-authorization": "Basic s3cret"})
    assert "s3cret" not in json.dumps(kept(site, key))


async def test_who_only_watches_keeps_nothing_awake_and_misses_nothing(
    actors: ActorNode, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    current().config = replace(current().config, open_on_loopback=True)
    application: Any = ActorsApplication(ASGIHandler())
    watcher = Socket(application, url_of("", "webhookBin", "k", "/websocket"), ["rivet"])
    await watcher.open()
    assert json.loads(str(await watcher.receive())) == {"requests": []}
    await actors.advance(60)
    assert actors.awake == []
    transport = httpx.ASGITransport(application, client=("127.0.0.1", 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        await http.post(url_of("", "webhookBin", "k", "/request/late"), content=b"hello")
    assert json.loads(str(await watcher.receive()))["request"]["body"] == "hello"
    await watcher.leave()
