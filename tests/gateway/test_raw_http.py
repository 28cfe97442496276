"""The raw HTTP door over both handlers: what on_request is given, and what becomes of what it returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from actors.gateway.channel import HELD
from actors.gateway.platform import Platform
from actors.gateway.slim import SlimHandler
from actors.storage.memory import MemoryDatabase
from tests.gateway import raw_actors

Query = Callable[..., str]


@pytest.fixture(autouse=True)
def _forget() -> None:
    raw_actors.ended.clear()


@pytest.fixture
def site(query: Query) -> Callable[[str], str]:
    """The URL of a path below `/request` of one site."""

    def url(path: str, extra: str = "") -> str:
        return query("raw_site", "s", f"/request{path}") + extra

    return url


Site = Callable[..., str]


async def test_the_request_as_the_author_sees_it(http: httpx.AsyncClient, site: Site) -> None:
    url = site("/told", "&a=1&a=2&sp=%20%26")
    response = await http.put(
        url, content="grüße", headers={"X-Custom": "Value", "x-rivet-conn-params": '{"p":1}', "cookie": "c=1"}
    )
    seen = response.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("PUT", "/told", "a=1&a=2&sp=%20%26")
    assert seen["params"] == {"a": "2", "sp": " &"}
    assert seen["headers"]["x-custom"] == "Value", "names are lower-case"
    assert seen["headers"]["cookie"] == "c=1"
    assert (seen["text"], seen["again"]) == ("grüße", 7), "the body may be asked for twice"
    assert seen["conn"] == ["let in", {"p": 1}, True]
    assert (seen["user"], seen["scope"]) == ("AnonymousUser", "http")
    assert seen["django"].endswith("/request/told")


@pytest.mark.parametrize("path", ["", "/"])
async def test_the_root_has_one_path(http: httpx.AsyncClient, site: Site, path: str) -> None:
    assert (await http.get(site(path))).text == "root"


async def test_paths_stay_percent_encoded(http: httpx.AsyncClient, site: Site) -> None:
    raw_actors.PAGES["/a%20b/c%2Fd"] = raw_actors.told
    assert (await http.get(site("/a%20b/c%2Fd"))).json()["path"] == "/a%20b/c%2Fd"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "CUSTOM"])
async def test_every_method_reaches_the_actor(http: httpx.AsyncClient, site: Site, method: str) -> None:
    assert (await http.request(method, site("/told"))).json()["method"] == method


async def test_head_has_no_body_and_options_is_answered_by_the_door(
    http: httpx.AsyncClient, site: Site
) -> None:
    head = await http.head(site("/state"))
    assert (head.status_code, head.headers["content-type"]) == (200, "application/json")
    options = await http.options(site("/told"))
    assert (options.status_code, options.content) == (204, b"")


async def test_what_may_be_returned(http: httpx.AsyncClient, site: Site) -> None:
    root, state, data = [await http.get(site(path)) for path in ("/", "/state", "/bytes")]
    assert root.headers["content-type"] == "text/plain; charset=utf-8"
    assert (state.json(), state.headers["content-type"]) == ({"count": 2}, "application/json")
    assert (data.content, data.headers["content-type"]) == (b"\x00\x01", "application/octet-stream")
    empty = await http.get(site("/empty"))
    assert (empty.status_code, empty.content) == (204, b"")
    assert root.headers["x-rivet-actor-generation"] == "1"
    assert (await http.get(site("/nowhere"))).status_code == 404


async def test_django_responses_go_out_as_they_are(http: httpx.AsyncClient, site: Site) -> None:
    page = await http.get(site("/cookies"))
    assert (page.status_code, page.text, page.headers["x-mine"]) == (202, "<p>hi</p>", "1")
    assert "connection" not in page.headers, "a header of one connection is none of the actor's"
    assert page.headers.get_list("set-cookie") == ["a=1; HttpOnly; Path=/", "b=2; Path=/"]
    assert (await http.get(site("/django"))).text == "0\n1\n2\n"
    sync = await http.get(site("/django-sync"))
    assert (sync.status_code, sync.content) == (201, b"ab")


async def test_pairs_of_headers_may_repeat_set_cookie(http: httpx.AsyncClient, site: Site) -> None:
    page = await http.get(site("/two-cookies"))
    assert page.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]


@pytest.mark.parametrize("path", ["/none", "/number", "/bad-header", "/bad-status"])
async def test_what_is_no_response_is_a_masked_error(http: httpx.AsyncClient, site: Site, path: str) -> None:
    response = await http.get(site(path))
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["x-rivet-actor-key"] == "s"


@pytest.mark.parametrize("encoding", ["json", "cbor"])
async def test_errors_speak_the_encoding_that_was_asked_for(
    http: httpx.AsyncClient, site: Site, encoding: str
) -> None:
    response = await http.get(site("/fail"), headers={"x-rivet-encoding": encoding})
    assert response.status_code == 500
    assert b"closed" in response.content
    assert response.headers["content-type"] == {"json": "application/json"}.get(
        encoding, "application/octet-stream"
    )


async def test_an_actor_without_the_hook_has_no_pages_and_is_not_made_to_say_so(
    http: httpx.AsyncClient, query: Query, database: MemoryDatabase
) -> None:
    url = query("raw_silent", "s", "/request/x")
    for params in ("null", "no JSON"):
        absent = await http.post(url, content=b"body", headers={"x-rivet-conn-params": params})
        assert (absent.status_code, absent.content, database.rows) == (404, b"", {})
    await http.post(query("raw_silent", "s", "/action/hello"), json={})
    response = await http.post(url, content=b"body")
    assert (response.status_code, response.content) == (404, b"")
    assert response.headers["x-rivet-actor-key"] == "s"


async def test_the_connection_hooks_run_and_may_refuse(http: httpx.AsyncClient, site: Site) -> None:
    refused = await http.get(site("/state"), headers={"x-rivet-conn-params": '"no"'})
    assert (refused.status_code, refused.json()["code"]) == (500, "rejected")
    assert raw_actors.ended == [], "who was not let in does not leave"
    bad = await http.get(site("/state"), headers={"x-rivet-conn-params": "{"})
    assert bad.status_code == 400
    assert (await http.get(site("/state"))).json() == {"count": 1}
    assert raw_actors.ended == ["left"]


async def test_header_routing_reaches_the_same_actor(http: httpx.AsyncClient, site: Site) -> None:
    actor_id = (await http.get(site("/"))).headers["x-rivet-actor"]
    headers = {"x-rivet-target": "actor", "x-rivet-actor": actor_id}
    seen = (await http.get("/request/told?x=1", headers=headers)).json()
    assert (seen["path"], seen["query"]) == ("/told", "x=1")


async def test_a_body_beyond_the_action_cap_reaches_the_hook(http: httpx.AsyncClient, site: Site) -> None:
    response = await http.post(site("/size"), content=b"x" * 204_800)
    assert response.json()["bytes"] == 204_800


async def parts(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_a_body_beyond_20_mib_is_refused(http: httpx.AsyncClient, site: Site) -> None:
    announced = await http.post(site("/size"), content=b"", headers={"content-length": str(21 * 2**20)})
    assert (announced.status_code, announced.json()["code"]) == (413, "invalid_request_body")
    assert announced.headers["x-rivet-error"] == "guard.invalid_request_body"
    streamed = await http.post(site("/size"), content=parts(21, 2**20))
    assert (streamed.status_code, streamed.json()["code"]) == (413, "invalid_request_body")


async def test_a_streamed_answer(http: httpx.AsyncClient, site: Site) -> None:
    assert (await http.get(site("/numbers"))).text == "0\n1\n2\n"
    assert raw_actors.ended == ["numbers", "left"]
    echoed = await http.post(site("/echo"), content=parts(5, 50_000), headers={"x-mine": "1"})
    assert (len(echoed.content), echoed.headers["x-mine"]) == (250_000, "1")
    assert "transfer-encoding" not in echoed.headers


async def test_time_runs_out(http: httpx.AsyncClient, query: Query) -> None:
    late = await http.get(query("raw_hasty", "s", "/request/forever"))
    assert (late.status_code, late.json()["code"]) == (500, "callback_timed_out")
    after = await http.get(query("raw_hasty", "s", "/request/state"))
    assert after.json() == {"count": 2}, "changes are kept"


# -- one client, step by step, over the slim handler -------------------------------------------------------
class Browser:
    """An ASGI client of one request: it takes what is sent only while it reads."""

    def __init__(self, path: str, *messages: dict[str, Any], method: str = "GET") -> None:
        raw, _, query = path.partition("?")
        headers = [(b"host", b"localhost")]
        if messages:
            headers.append((b"transfer-encoding", b"chunked"))
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 9),
        }
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for message in messages or ({"type": "http.request"},):
            self.messages.put_nowait(message)
        self.received: list[dict[str, Any]] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self.arrived = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        return await self.messages.get()

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        self.received.append(message)
        self.arrived.set()

    def start(self, platform: Platform) -> asyncio.Task[None]:
        return platform.clock.spawn(SlimHandler(nobody)(self.scope, self.receive, self.send), name="request")

    def leave(self) -> None:
        self.messages.put_nowait({"type": "http.disconnect"})

    async def until(self, count: int) -> None:
        while len(self.received) < count:
            self.arrived.clear()
            await self.arrived.wait()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.received)


async def nobody(*_: Any) -> None:
    raise AssertionError("not for Django")


@pytest.mark.parametrize("path", ["/waiting", "/endless"])
async def test_a_client_that_leaves_ends_the_stream(platform: Platform, site: Site, path: str) -> None:
    browser = Browser(site(path))
    serving = platform.clock.spawn(
        SlimHandler(nobody)(browser.scope, browser.receive, browser.send), name="t"
    )
    await browser.until(2)
    browser.leave()
    await serving
    while len(raw_actors.ended) < 2:
        await platform.clock.sleep(0)
    assert raw_actors.ended == [path[1:], "left"]


async def test_a_client_that_does_not_read_stops_the_actor(platform: Platform, site: Site) -> None:
    browser = Browser(site("/endless"))
    serving = platform.clock.spawn(
        SlimHandler(nobody)(browser.scope, browser.receive, browser.send), name="t"
    )
    await browser.until(3)
    browser.reading.clear()
    made = len(browser.received)
    for _ in range(50):
        await platform.clock.sleep(0)
    assert len(browser.received) <= made + 1
    browser.reading.set()
    await browser.until(made + 2 * HELD // 8192)
    browser.leave()
    await serving


async def test_the_client_sends_only_as_fast_as_the_actor_reads(platform: Platform, site: Site) -> None:
    """The echo takes the next part when the one before has been sent."""
    part = {"type": "http.request", "body": b"y" * HELD, "more_body": True}
    browser = Browser(site("/echo"), *[part] * 20, method="POST")
    browser.reading.clear()
    serving = platform.clock.spawn(
        SlimHandler(nobody)(browser.scope, browser.receive, browser.send), name="t"
    )
    for _ in range(200):
        await platform.clock.sleep(0)
    assert browser.messages.qsize() >= 16, "the rest stays with the server"
    browser.reading.set()
    browser.messages.put_nowait({"type": "http.request"})
    await serving
    assert len(browser.body) == 20 * HELD


async def test_a_failure_after_the_head_breaks_the_connection(platform: Platform, site: Site) -> None:
    browser = Browser(site("/breaking"))
    await browser.start(platform)
    assert browser.body == b"first"
    assert browser.received[-1].get("more_body"), "the end is never said"


async def test_a_client_that_leaves_while_it_sends(platform: Platform, site: Site) -> None:
    part = {"type": "http.request", "body": b"y", "more_body": True}
    browser = Browser(site("/size"), part, {"type": "http.disconnect"}, method="POST")
    await browser.start(platform)
    assert browser.received[0]["status"] == 500, "nobody is there to see it"
