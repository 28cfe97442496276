"""`POST /queue/{name}`: the recordings, waking, waiting, and what becomes of a message."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from actors.api.registry import registry
from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.gateway import platform as platforms
from actors.gateway.platform import Platform
from actors.protocol import cbor, client
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.testing.clock import TurnedClock
from tests.gateway.recordings import LIVE, body_of, cases, in_queues, value_of
from tests.gateway.test_limits import ended, settled

Query = Callable[..., str]
Ask = Callable[[Awaitable[httpx.Response]], Awaitable[httpx.Response]]
HOUR = 3600

pytestmark = pytest.mark.parametrize("handler", ["slim"])  # Django's works in threads: test_views.py


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def platform(
    config: NodeConfig, database: MemoryDatabase, clock: TurnedClock
) -> AsyncIterator[Platform]:
    made = Platform(config, registry, lambda: MemoryStore(database), clock)
    platforms.install(made)
    await made.ready()
    yield made
    await ended(clock, made.drain())


@pytest.fixture
def ask(clock: TurnedClock) -> Ask:
    """The answer to a request, however long that takes on the turned clock."""

    async def answered(request: Awaitable[httpx.Response]) -> httpx.Response:
        task = asyncio.ensure_future(request)
        await settled(clock)
        for _ in range(100):
            if task.done():
                break
            await clock.advance(0.1)
            await settled(clock)
        return await task

    return answered


def encoding_of(case: dict[str, Any]) -> str:
    return next(name for name in ("bare", "cbor", "json") if name in case["name"] or name == "json")


# -- recordings ------------------------------------------------------------------------------------------
async def test_a_recorded_sender_hears_what_it_heard_there(
    http: httpx.AsyncClient, query: Query, ask: Ask
) -> None:
    """One recording is one conversation: what nobody consumes fills the queue in the end."""
    for case in cases("http_queue.json"):
        encoding = encoding_of(case)
        queue = "waity" if "completed" in case["name"] else "deaf"
        asked = http.post(
            query("foreman", "f", f"/queue/{queue}"),
            content=body_of(case["request"]),
            headers={"x-rivet-encoding": encoding},
        )
        response = await ask(asked)
        assert (case["name"], response.status_code) == (case["name"], case["status"])
        assert response.headers["content-type"] == case["content_type"]
        ours, recorded = said(response.content, encoding), said(body_of(case["body"]), encoding)
        assert ours == recorded, case["name"]


def said(body: bytes, encoding: str) -> Any:
    """What an answer of the route says. The recorded actor had another id and key, and its server masked why
    a body could not be read.
    """
    if encoding != "bare":
        value = value_of(body, encoding)
        ours = ("actor", "message", "metadata") if value.get("group") == "core" else ("actor",)
        return {name: value[name] for name in value if name not in ours}
    try:
        response, version = client.HTTP_QUEUE_SEND_RESPONSE.decode(body)
    except ActorError:  # an error
        return body
    return [version, response.status, response.response and cbor.decode(response.response)]


async def test_the_recorded_route_of_a_queue(http: httpx.AsyncClient, query: Query, ask: Ask) -> None:
    """Also one conversation, with an actor that holds three messages and gives an action one second."""
    theirs = json.loads((LIVE / "http_actor_routes.json").read_text())["actor"]["id"]
    made = await ask(http.post(query("probe", "http-1", "/action/get"), json={}))
    ours = made.headers["x-rivet-actor"]
    other = await ask(http.post(query("raw_silent", "p1", "/action/hello"), json={}))
    ids = {theirs: ours, "t1c4hvezil3s2027qam8d3ybrubl00": other.headers["x-rivet-actor"]}
    full = 0
    for case in in_queues("http_actor_routes.json"):
        asked, told = case["request"], case["response"]
        path, recorded = asked["path"], body_of(told["body"])
        for one, another in ids.items():
            path, recorded = path.replace(one, another), recorded.replace(one.encode(), another.encode())
        encoding = asked["headers"].get("x-rivet-encoding", "json")
        content = body_of(asked.get("body"))
        response = await ask(http.request(asked["method"], path, headers=asked["headers"], content=content))
        assert (case["name"], response.status_code) == (case["name"], told["status"]), response.text
        assert said(response.content, encoding) == said(recorded, encoding), case["name"]
        for header in ("x-rivet-actor-key", "x-rivet-actor-generation", "content-type"):
            assert response.headers.get(header) == told["headers"].get(header)
        full += b'"full"' in response.content
        if full == 3:  # somebody had emptied the queue there, off the record
            await ask(http.post(query("probe", "http-1", "/action/qsize"), json={}))
            full += 1
    assert full == 5


# -- storing and waking ------------------------------------------------------------------------------------
async def test_a_message_makes_its_actor_and_wakes_it(
    platform: Platform, http: httpx.AsyncClient, query: Query, ask: Ask, clock: TurnedClock
) -> None:
    url = query("foreman", "f", "/queue/waity")
    wait = {"body": {"v": 1}, "wait": True, "timeout": 5000}
    for generation in ("1", "2"):
        response = await ask(http.post(url, json=wait))
        assert response.json() == {"status": "completed", "response": {"done": 1}}
        assert response.headers["x-rivet-actor-generation"] == generation
        await ask(http.post(query("foreman", "f", "/action/nap"), json={}))
        await settled(clock)
        assert platform.node is not None and platform.node.stats().awake == 0


async def test_the_name_of_a_queue_may_be_escaped(http: httpx.AsyncClient, query: Query, ask: Ask) -> None:
    for name in ("deaf", "d%65af"):
        sent = await ask(http.post(query("foreman", "f", f"/queue/{name}"), json={"body": name}))
        assert sent.json() == {"status": "completed"}
    left = await ask(http.post(query("foreman", "f", "/action/left"), json={}))
    assert left.json() == {"output": ["deaf", "d%65af"]}


async def test_what_goes_to_no_queue_is_dropped_and_nobody_waits_for_it(
    http: httpx.AsyncClient, query: Query, ask: Ask, database: MemoryDatabase
) -> None:
    for actor, queue in (("foreman", "other"), ("raw_silent", "any")):
        for more in ({}, {"wait": True}, {"wait": True, "timeout": 0}):
            sent = await ask(http.post(query(actor, "f", f"/queue/{queue}"), json={"body": 1, **more}))
            assert (sent.status_code, sent.json()) == (200, {"status": "completed"})
    assert all(not queue.rows for queue in database.queues.values())


@pytest.mark.parametrize(("encoding", "written"), [("json", json.dumps), ("cbor", cbor.encode)])
async def test_the_manner_of_a_message_may_be_said_in_json_and_cbor(
    http: httpx.AsyncClient,
    query: Query,
    ask: Ask,
    clock: TurnedClock,
    encoding: str,
    written: Callable[[Any], Any],
) -> None:
    url, headers = query("foreman", "f", "/queue/deaf"), {"x-rivet-encoding": encoding}
    manners = {
        "late": {"delay": 5000},
        "low": {"dedupe": "d"},
        "twin": {"dedupe": "d"},
        "high": {"priority": 1},
    }
    for body, manner in manners.items():
        content = written({"body": body, **manner})
        assert (await ask(http.post(url, content=content, headers=headers))).status_code == 200
    left = await ask(http.post(query("foreman", "f", "/action/left"), json={}))
    assert left.json() == {"output": ["high", "low"]}
    await clock.advance(5)
    left = await ask(http.post(query("foreman", "f", "/action/left"), json={}))
    assert left.json() == {"output": ["late"]}


@pytest.mark.parametrize("encoding", ["json", "cbor"])
async def test_a_manner_that_cannot_be_is_refused_with_what_it_may_be(
    http: httpx.AsyncClient,
    query: Query,
    ask: Ask,
    database: MemoryDatabase,
    encoding: str,
) -> None:
    """By an actor, and by the door where there is none yet."""
    await ask(http.post(query("foreman", "there", "/action/left"), json={}))
    write, read = (json.dumps, json.loads) if encoding == "json" else (cbor.encode, cbor.decode)
    headers = {"x-rivet-encoding": encoding}
    wrong: list[tuple[str, Any]] = [("delay", -1), ("delay", "soon"), ("priority", "high"), ("dedupe", 5)]
    for key, (name, value) in itertools.product(("there", "new"), wrong):
        content: Any = write({"body": 1, name: value})
        answer = await ask(http.post(query("foreman", key, "/queue/deaf"), content=content, headers=headers))
        told = read(answer.content)
        assert (answer.status_code, told["code"]) == (400, "invalid_request")
        assert told["message"].startswith(f"Queue request is invalid: {name} is ")
        assert told["message"].endswith(f", not {value!r}")
        assert told["metadata"]["field"] == name
    assert all(not queue.rows for queue in database.queues.values())


@pytest.mark.parametrize("encoding", ["json", "cbor"])
async def test_a_wait_and_a_time_that_cannot_be_are_refused_as_rivetkit_does_and_say_what_they_may_be(
    http: httpx.AsyncClient, query: Query, ask: Ask, database: MemoryDatabase, encoding: str
) -> None:
    await ask(http.post(query("foreman", "there", "/action/left"), json={}))
    write, read = (json.dumps, json.loads) if encoding == "json" else (cbor.encode, cbor.decode)
    headers = {"x-rivet-encoding": encoding}
    time = "a whole number of milliseconds from 0"
    wrong = [
        ("wait", 1, "true or false"),
        ("timeout", -1, time),
        ("timeout", 1.5, time),
        ("timeout", "5", time),
    ]
    for key, (name, value, kind) in itertools.product(("there", "new"), wrong):
        content: Any = write({"body": 1, name: value})
        answer = await ask(http.post(query("foreman", key, "/queue/deaf"), content=content, headers=headers))
        told = read(answer.content)
        assert (answer.status_code, told["group"], told["code"]) == (400, "core", "internal_error")
        reason = f"{name} is {kind}, not {value!r}"
        assert told["message"] == f"Malformed queue request: {reason}"
        assert told["metadata"] == {"what": "queue request", "field": name, "reason": reason}
    assert all(not queue.rows for queue in database.queues.values())


# -- waiting -----------------------------------------------------------------------------------------------
async def test_a_wait_without_a_time_has_that_of_an_action(
    http: httpx.AsyncClient, query: Query, clock: TurnedClock
) -> None:
    url = query("foreman", "f", "/queue/deaf")
    waiting = [
        asyncio.ensure_future(http.post(url, json={"body": 1, "wait": True, **more}))
        for more in ({}, {"timeout": 10 * HOUR * 1000})
    ]
    await settled(clock)
    await clock.advance(59.9)
    await settled(clock)
    assert not any(task.done() for task in waiting)
    await clock.advance(0.2)
    answers = await asyncio.gather(*waiting)
    assert [answer.status_code for answer in answers] == [408, 408]
    assert [answer.json()["code"] for answer in answers] == ["action_timed_out"] * 2
    left = await http.post(query("foreman", "f", "/action/left"), json={})
    assert left.json() == {"output": [1, 1]}


async def test_an_answer_that_is_too_large_is_refused_and_the_message_is_done(
    http: httpx.AsyncClient, query: Query, ask: Ask, platform: Platform
) -> None:
    size = platform.config.max_outgoing_message
    url = query("foreman", "f", "/queue/waity")
    sent = await ask(http.post(url, json={"body": {"size": size}, "wait": True, "timeout": 5000}))
    assert (sent.status_code, sent.json()["code"]) == (400, "outgoing_too_long")
    again = await ask(http.post(url, json={"body": "next", "wait": True, "timeout": 5000}))
    assert again.json() == {"status": "completed", "response": "next"}


async def test_who_waits_for_an_actor_that_is_put_to_sleep_is_told(
    http: httpx.AsyncClient, query: Query, ask: Ask, clock: TurnedClock
) -> None:
    url = query("foreman", "f", "/queue/deaf")
    waiting = asyncio.ensure_future(http.post(url, json={"body": 1, "wait": True}))
    await settled(clock)
    await ask(http.post(query("foreman", "f", "/action/nap"), json={}))
    response = await ask(waiting)
    assert (response.status_code, response.json()["code"]) == (400, "completion_waiter_dropped")
    left = await ask(http.post(query("foreman", "f", "/action/left"), json={}))
    assert left.json() == {"output": [1]}
