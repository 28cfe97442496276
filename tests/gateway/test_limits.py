"""Every limit of docs/limits.md, reached at each door where it holds: its row says what comes back."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.api.binding import bind_transport
from actors.api.registry import registry
from actors.conf import NodeConfig
from actors.gateway import platform as platforms
from actors.gateway.asgi import ActorsApplication
from actors.gateway.backlog import MAX_PENDING, MAX_WAITING
from actors.gateway.channel import HELD
from actors.gateway.forward import RESPONSE_TIMEOUT
from actors.gateway.listing import LARGEST_PAGE, MAX_IDS
from actors.gateway.outlet import CLOSE_GRACE, PATIENCE
from actors.gateway.pipe import MAX_FRAME
from actors.gateway.platform import Platform
from actors.gateway.routes import RAW_BODY
from actors.gateway.session import MAX_RUNS
from actors.gateway.transport import PlatformTransport
from actors.protocol import cbor
from actors.protocol.handshake import MAX_CLOSE_REASON
from actors.protocol.ids import new_actor_id
from actors.runtime.chain import LONGEST
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor, NodeRecord
from actors.testing.clock import TurnedClock
from tests.gateway import limit_actors
from tests.gateway.limit_actors import Hopeful, Letterbox, Little, Narrow, Wide
from tests.gateway.limits import ROWS, Doors, holds, raised, seen, told

pytestmark = pytest.mark.parametrize(
    "handler", ["slim"]
)  # Django's handler reads a body before it asks a view
ID = "tpm899o4hpr4v5nz6us6k94knval00"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def platform(
    config: NodeConfig, database: MemoryDatabase, clock: TurnedClock
) -> AsyncIterator[Platform]:
    limit_actors.begun.clear()
    limit_actors.go_on = asyncio.Event()
    made = Platform(config, registry, lambda: MemoryStore(database), clock)
    platforms.install(made)
    await made.ready()
    bind_transport(PlatformTransport(made))
    yield made
    limit_actors.stalling.clear()
    limit_actors.go_on.set()
    await ended(clock, made.drain())


@pytest.fixture
def doors(http: httpx.AsyncClient) -> Doors:
    return Doors(http, Narrow)


async def ended(clock: TurnedClock, work: Awaitable[Any], seconds: float = 10.0) -> Any:
    """The result of something that takes so long."""
    task = asyncio.ensure_future(work)
    await settled(clock)
    await clock.advance(seconds)
    return await task


async def settled(clock: TurnedClock) -> None:
    """Until nothing moves any more: also not what is outside the platform, the clients of these tests."""
    for _ in range(20):
        await asyncio.sleep(0)
        await clock.settle()


def small(platform: Platform, **limits: Any) -> None:
    platform.config = replace(platform.config, **limits)


# -- sizes -----------------------------------------------------------------------------------------------
async def test_incoming_message(doors: Doors) -> None:
    holds(
        "Incoming message",
        http=await doors.http("echo", "x" * 65_536),
        socket=await doors.socket("echo", "x" * 65_536),
        python=await doors.python("echo", "x" * 65_536),
    )


async def test_answer(platform: Platform, doors: Doors) -> None:
    small(platform, max_outgoing_message=10_000)
    holds(
        "Answer",
        http=await doors.http("big", 10_000),
        socket=await doors.socket("big", 10_000),
        python=await doors.python("big", 10_000),
    )


async def test_an_answer_has_the_same_size_at_home_and_over_http(platform: Platform, doors: Doors) -> None:
    small(platform, max_outgoing_message=1000)
    for size in range(980, 1000):
        body, headers = cbor.dump({"args": [size]}), {"x-rivet-encoding": "cbor"}
        response = await doors.client.post(doors.url("/action/big"), content=body, headers=headers)
        assert (response.status_code == 200) is (await doors.python("big", size) == "returns"), size


async def test_event(platform: Platform, doors: Doors) -> None:
    small(platform, max_outgoing_message=10_000)
    async with doors.connected() as socket:
        await socket.subscribe("heard")
        await socket.act(1, "shout", 10_000)
        seen_by_socket = await told(socket)
    async with Narrow.actors.connect("k") as conn:
        events = conn.events(Narrow.heard)
        await conn.shout(10_000)
        holds("Event", socket=seen_by_socket, python=await raised(lambda: anext(events)))


async def test_connection_parameters(doors: Doors) -> None:
    params = "p" * 4095
    async with doors.connected(params=params) as socket:
        holds(
            "Connection parameters",
            http=await doors.http("echo", headers={"x-rivet-conn-params": json.dumps(params)}),
            socket=await told(socket),
            python=await doors.python("echo", params=params),
        )


async def test_input(platform: Platform, doors: Doors) -> None:
    small(platform, max_input=1000)
    given = b64encode(cbor.encode("x" * 1000)).decode()
    in_url = given.rstrip("=").replace("+", "-").replace("/", "_")
    wish = {"name": "narrow", "key": "k", "runner_name_selector": "default", "crash_policy": "sleep"}
    by_url = seen(await doors.client.post(doors.url("/action/echo", input=in_url), json={}))
    async with doors.connected(input=in_url) as socket:
        holds(
            "Input",
            http=seen(await doors.client.put("/actors?namespace=default", json={**wish, "input": given})),
            socket=await told(socket),
            python=await doors.python("echo", input="x" * 1000),
        )
    assert by_url == ROWS["Input"].http
    assert platform.node is not None and platform.node.stats().awake == 0


@pytest.mark.parametrize(("name", "key"), [("Part of a key", "p" * 129), ("Key", ",".join(["p" * 127] * 9))])
async def test_key(doors: Doors, name: str, key: str) -> None:
    async with doors.connected(key=key) as socket:
        response = await doors.client.post(doors.url("/action/echo", key=key), json={})
        by_python = await raised(lambda: Narrow.actors.get_or_create(key.split(",")).echo())
        holds(name, http=seen(response), socket=await told(socket), python=by_python)


async def test_nesting_of_cbor(doors: Doors) -> None:
    deep: Any = 0
    for _ in range(201):
        deep = [deep]
    body, headers = cbor.dump({"args": deep}), {"x-rivet-encoding": "cbor"}
    response = await doors.client.post(doors.url("/action/echo"), content=body, headers=headers)
    failed = cbor.decode(response.content)
    async with doors.connected() as socket:
        await socket.send(cbor.dump(deep))
        holds(
            "Nesting of CBOR",
            http=f"{response.status_code} `{failed['group']}.{failed['code']}`",
            socket=await told(socket),
            python=await doors.python("echo", deep),
        )


async def test_raw_request_body(doors: Doors) -> None:
    response = await doors.client.post(doors.url("/request/"), content=b"x" * (RAW_BODY + 1))
    holds("Raw request body", http=seen(response))


async def test_raw_messages(platform: Platform, doors: Doors) -> None:
    async with doors.connected(rest="/websocket") as socket:
        await socket.send("x" * (MAX_FRAME + 1))
        holds("Raw message to an actor", socket=await told(socket))
    small(platform, max_outgoing_message=10_000)
    async with doors.connected(rest="/websocket") as socket:
        await socket.send("10001")
        holds("Raw message to a client", socket=await told(socket))


async def test_state(doors: Doors) -> None:
    text = "x" * 1000
    holds(
        "State",
        http=await doors.http("keep", text),
        socket=await doors.socket("keep", text),
        python=await doors.python("keep", text),
    )


@pytest.mark.parametrize(("actor", "incoming", "outgoing"), [(Little, 500, 400), (Hopeful, 2000, 1000)])
async def test_a_class_may_take_and_give_less_than_the_platform_and_never_more(
    platform: Platform, doors: Doors, actor: Any, incoming: int, outgoing: int
) -> None:
    small(platform, max_incoming_message=2000, max_outgoing_message=1000)
    doors = replace(doors, actor=actor)
    for row, action, given in (("Incoming message", "echo", "x" * incoming), ("Answer", "big", outgoing)):
        holds(
            row,
            http=await doors.http(action, given),
            socket=await doors.socket(action, given),
            python=await doors.python(action, given),
        )
    async with doors.connected() as socket, actor.actors.connect("k") as conn:
        await socket.subscribe("heard")
        events = conn.events(actor.heard)
        await conn.shout(outgoing)
        holds("Event", socket=await told(socket), python=await raised(lambda: anext(events)))
        assert await raised(lambda: conn.echo("x" * incoming)) == ROWS["Incoming message"].python
    assert await doors.http("echo", "x" * (outgoing - 100)) == "200"


async def test_a_call_in_python_that_is_wrong_in_itself_makes_no_actor(
    platform: Platform, doors: Doors
) -> None:
    doors = replace(doors, actor=Little)
    assert await doors.python("echo", "x" * 500) == ROWS["Incoming message"].python
    assert await doors.python("echo", params="x" * 5000) == ROWS["Connection parameters"].python
    connecting = Little.actors.connect("k", params="x" * 5000)
    assert await raised(connecting.__aenter__) == ROWS["Connection parameters"].python
    assert await doors.python("big", "no number") == "raises `actor.invalid_request`"
    assert await (await platform.store()).find("little", "k") is None


# -- amounts ---------------------------------------------------------------------------------------------
async def test_pending_actions(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    calls = [asyncio.ensure_future(doors.http("stall")) for _ in range(2)]
    await settled(clock)
    holds(
        "Pending actions",
        http=await doors.http("echo"),
        socket=await doors.socket("echo"),
        python=await doors.python("echo"),
    )
    for response in (
        await doors.client.get(doors.url("/request/")),
        await doors.client.post(doors.url("/queue/parcels"), json={"body": "b"}),
    ):
        assert (seen(response), response.headers["retry-after"]) == ("503 `actor.overloaded`", "1")
    the_actor(platform).fence()
    assert await asyncio.gather(*calls) == ["500 `actor.outcome_unknown`"] * 2


async def test_messages_of_queues(platform: Platform, http: httpx.AsyncClient) -> None:
    box = Doors(http, Letterbox)
    letters = Letterbox.actors.get_or_create("k").letters

    async def over_http(text: str) -> str:
        return seen(await http.post(box.url("/queue/letters"), json={"body": text}))

    async def from_python(text: str) -> str:
        return await raised(lambda: letters.send(text))

    long = "x" * 100
    holds("Message of a queue", http=await over_http(long), python=await from_python(long))
    assert await (await platform.store()).find("letterbox", "k") is None
    await letters.send("short")
    holds("Messages of queues", http=await over_http("x"), python=await from_python("x"))


class Line:
    """The server's end of a websocket. `taken` messages were received; without `reads`, `send` waits."""

    def __init__(self) -> None:
        self.taken = 0
        self.sent: list[Any] = []
        self.aborted = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.transport = self
        self._coming: asyncio.Queue[Any] = asyncio.Queue()
        self._coming.put_nowait({"type": "websocket.connect"})

    def say(self, *frames: str) -> None:
        for frame in frames:
            self._coming.put_nowait({"type": "websocket.receive", "text": frame})

    def leave(self) -> None:
        self.reads.set()
        self._coming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    def abort(self) -> None:
        self.aborted = True

    async def receive(self) -> Any:
        message = await self._coming.get()
        self.taken += 1
        return message

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)


def frame(name: str, *args: Any) -> str:
    val = {"id": 1, "name": name, "args": list(args)}
    return json.dumps({"body": {"tag": "ActionRequest", "val": val}})


SUBSCRIPTION = json.dumps(
    {"body": {"tag": "SubscriptionRequest", "val": {"eventName": "heard", "subscribe": True}}}
)


@asynccontextmanager
async def dialled(doors: Doors, clock: TurnedClock) -> AsyncIterator[Line]:
    """A websocket that has been let in."""
    path, _, query = doors.url("/connect").partition("?")
    scope = {"type": "websocket", "scheme": "ws", **head(path, query)}
    scope["subprotocols"] = ["rivet", "rivet_encoding.json"]
    line = Line()
    serving = asyncio.ensure_future(ActorsApplication(ASGIHandler())(scope, line.receive, line.send))
    await settled(clock)
    assert len(line.sent) == 2
    try:
        yield line
    finally:
        line.leave()
        await ended(clock, serving)


def head(path: str, query: str) -> dict[str, Any]:
    address = {"path": path, "raw_path": path.encode(), "query_string": query.encode()}
    return {**address, "headers": [(b"host", b"localhost")], "client": ["127.0.0.1", 9]}


WAITS = "the client is not read from until there is room"


async def test_unanswered_frames(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    async with dialled(replace(doors, actor=Wide), clock) as line:
        line.say(*[frame("stall")] * (MAX_PENDING + 10))
        await settled(clock)
        assert (line.taken, len(line.sent)) == (1 + MAX_PENDING, 2)
        await clock.advance(60)  # the time of an action: all are answered
        await settled(clock)
        assert line.taken == 1 + MAX_PENDING + 10
        holds("Unanswered frames", socket=WAITS)
        await clock.advance(60)


async def test_waiting_frames(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    async with dialled(replace(doors, actor=Wide), clock) as line:
        await asleep(platform, clock)
        limit_actors.stalling.add("on_wake")
        words = frame("echo", "x" * 50_000)
        line.say(*[words] * 30)
        await settled(clock)
        fitting = -(-MAX_WAITING // len(words))
        assert (line.taken, len(line.sent)) == (1 + fitting, 2)
        limit_actors.stalling.clear()
        limit_actors.go_on.set()
        await settled(clock)
        assert (line.taken, len(line.sent)) == (1 + 30, 2 + 30)
        holds("Waiting frames", socket=WAITS)


async def asleep(platform: Platform, clock: TurnedClock) -> None:
    """Let the one actor of the platform fall asleep."""
    the_actor(platform).request_sleep()
    await settled(clock)
    assert platform.node is not None and platform.node.stats().awake == 0


def the_actor(platform: Platform) -> ActorTask:
    assert platform.node is not None
    (task,) = platform.node._residents
    return task


async def test_unsent_bytes(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    small(platform, max_unsent=10_000)
    async with dialled(doors, clock) as line:
        line.reads.clear()
        line.say(SUBSCRIPTION, frame("shout", 3000, 5))
        await settled(clock)
        await clock.advance(PATIENCE)
        line.reads.set()
        await settled(clock)
        closing = line.sent[-1]
    async with Narrow.actors.connect("k") as conn:
        events = conn.events(Narrow.heard)
        await conn.shout(3000, 5)
        holds(
            "Unsent bytes",
            socket=f"close {closing['code']} `{closing['reason']}`",
            python=await raised(lambda: anext(events)),
        )


async def test_closing_handshake(doors: Doors, clock: TurnedClock) -> None:
    async with dialled(doors, clock) as line:
        line.reads.clear()
        line.say("no message")
        await settled(clock)
        await clock.advance(CLOSE_GRACE - 0.1)
        assert not line.aborted
        await clock.advance(0.2)
        assert line.aborted
        holds("Closing handshake", socket="the connection is cut")


async def test_streamed_answer(doors: Doors, clock: TurnedClock) -> None:
    """16 KiB are with the client and 64 KiB wait for it; one part more has been made and waits for room."""
    path, _, query = doors.url("/request/stream").partition("?")
    sent, gone = asyncio.Event(), asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.set()
            await gone.wait()

    scope = {"type": "http", "method": "GET", "scheme": "http", "http_version": "1.1", **head(path, query)}
    serving = asyncio.ensure_future(ActorsApplication(ASGIHandler())(scope, receive, send))
    await sent.wait()
    await settled(clock)
    assert len(limit_actors.begun) == 1 + HELD // limit_actors.PART + 1
    holds("Streamed answer", http="the actor waits until the client has read")
    gone.set()
    await serving


async def test_call_chain(doors: Doors) -> None:
    assert await doors.python("chain", LONGEST - 1) == "returns"
    holds(
        "Call chain",
        http=await doors.http("chain", LONGEST + 1),
        socket=await doors.socket("chain", LONGEST + 1),
        python=await doors.python("chain", LONGEST + 1),
    )


async def test_ids_in_one_list(doors: Doors) -> None:
    ids = ",".join([ID] * (MAX_IDS + 1))
    holds("Ids in one list", http=seen(await doors.client.get(f"/actors?namespace=default&actor_ids={ids}")))


async def test_page_of_a_list(platform: Platform, doors: Doors) -> None:
    store = await platform.store()
    for number in range(LARGEST_PAGE + 1):
        await store.create(NewActor(new_actor_id(), "narrow", str(number), created_at=number))
    answer = await doors.client.get(f"/actors?namespace=default&name=narrow&limit={LARGEST_PAGE + 1}")
    assert len(answer.json()["actors"]) == LARGEST_PAGE
    holds("Page of a list", http="the page is shorter")


async def test_close_reason(doors: Doors) -> None:
    async with doors.connected(params="long goodbye") as socket:
        _, reason = await socket.expect_close()
        assert len(reason) == MAX_CLOSE_REASON
        holds("Close reason", socket="the reason is cut")


# -- times -----------------------------------------------------------------------------------------------
async def test_action_time(doors: Doors, clock: TurnedClock) -> None:
    holds(
        "Action time",
        http=await ended(clock, doors.http("stall"), 60),
        socket=await ended(clock, doors.socket("stall"), 60),
        python=await ended(clock, doors.python("stall"), 60),
    )


async def test_connection_hook(doors: Doors, clock: TurnedClock) -> None:
    async def by_socket() -> str:
        async with doors.connected(params="stall") as socket:
            return await told(socket)

    headers = {"x-rivet-conn-params": '"stall"'}
    holds(
        "Connection hook",
        http=await ended(clock, doors.http("echo", headers=headers), 5),
        socket=await ended(clock, by_socket(), 5),
        python=await ended(clock, doors.python("echo", params="stall"), 5),
    )


async def test_subscription_hook(doors: Doors, clock: TurnedClock) -> None:
    async def by_socket() -> str:
        async with doors.connected(params="wait for me") as socket:
            await socket.subscribe("heard")
            return await told(socket)

    async def by_python() -> str:
        async with Narrow.actors.connect("k", params="wait for me") as conn:
            return await raised(lambda: anext(conn.events(Narrow.heard)))

    holds(
        "Subscription hook",
        socket=await ended(clock, by_socket(), 5),
        python=await ended(clock, by_python(), 5),
    )


async def test_publishing_hook(doors: Doors, clock: TurnedClock) -> None:
    asking = asyncio.ensure_future(doors.send("x", params="wait for me"))
    for _ in range(2):  # one door after the other
        await settled(clock)
        await clock.advance(5)
    holds("Publishing hook", **await asking)


@pytest.mark.parametrize(
    ("name", "hook", "seconds"), [("Hook of the start", "on_create", 5), ("Wait for an actor", "on_wake", 30)]
)
async def test_starting(doors: Doors, clock: TurnedClock, name: str, hook: str, seconds: float) -> None:
    async def by_socket() -> str:
        async with doors.connected() as socket:
            return await told(socket)

    limit_actors.stalling.add(hook)
    doors = replace(doors, actor=Wide)
    holds(
        name,
        http=await ended(clock, doors.http("echo"), seconds),
        socket=await ended(clock, by_socket(), seconds),
        python=await ended(clock, doors.python("echo"), seconds),
    )


async def test_answer_of_another_node(platform: Platform, database: MemoryDatabase, doors: Doors) -> None:
    def too_late(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["read"] == RESPONSE_TIMEOUT
        raise httpx.ReadTimeout("no answer")

    other = MemoryStore(database)
    await other.open()
    await other.join(NodeRecord("other", "http://127.0.0.1:9"), lambda: None)
    await other.claim("other", [ClaimRequest(name="narrow", key="k", new=NewActor(ID, "narrow", "k"))])
    client = platform.forwarder.pool()
    client._mounts.clear()
    client._transport = httpx.MockTransport(too_late)
    holds("Answer of another node", http=await doors.http("echo"), python=await doors.python("echo"))
    await other.leave("other")


async def test_grace_before_sleep(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    calls = [asyncio.ensure_future(call) for call in (doors.http("stall"), doors.python("stall"))]
    await settled(clock)
    the_actor(platform).request_sleep()
    await settled(clock)
    await clock.advance(15)
    http, python = await asyncio.gather(*calls)
    async with doors.connected() as socket:
        await socket.act(1, "stall")
        await settled(clock)
        limit_actors.begun.clear()
        the_actor(platform).request_sleep()
        await settled(clock)
        await clock.advance(15)
        await settled(clock)
        assert limit_actors.begun == ["k"]
        holds("Grace before sleep", http=http, python=python, socket="the action runs again after the wake")


async def test_runs_of_one_frame(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    async with doors.connected() as socket:
        await socket.act(1, "stall")
        await settled(clock)
        for _ in range(MAX_RUNS):
            the_actor(platform).request_sleep()
            await settled(clock)
            await clock.advance(15)
            await settled(clock)
        assert limit_actors.begun == ["k"] * MAX_RUNS
        holds("Runs of one frame", socket=await told(socket))


async def test_end_of_the_process(platform: Platform, doors: Doors, clock: TurnedClock) -> None:
    wide = replace(doors, actor=Wide)
    calls = [asyncio.ensure_future(call) for call in (wide.http("stall"), wide.python("stall"))]
    async with wide.connected() as socket:
        await socket.act(1, "stall")
        await settled(clock)
        await ended(clock, platform.drain(), 4)
        http, python = await asyncio.gather(*calls)
        holds("End of the process", http=http, python=python, socket=await told(socket))
