"""Sockets that outlive their actor's sleep, at the door: in memory, and on both real servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from actors.gateway.asgi import ActorsApplication
from actors.gateway.backlog import MAX_PENDING
from actors.gateway.platform import Platform
from tests import databases, environment, web
from tests.gateway.recordings import cases
from tests.gateway.sockets import Socket
from tests.gateway.test_servers import resident_mib
from tests.gateway.wire import GATEWAY, action, subscription, url_of, value_of, websocket
from tests.servers import LiveServer

Open = Callable[..., Any]
SUBPROTOCOLS: Any = ["rivet", "rivet_encoding.json"]


# -- in memory -----------------------------------------------------------------------------------------
@pytest.fixture
async def dial(platform: Platform, query: Callable[..., str]) -> AsyncIterator[Open]:
    """`await dial("key")`: a socket to the probe actor, greeted."""
    application = ActorsApplication(ASGIHandler())
    sockets: list[Socket] = []

    async def open_one(key: str) -> Socket:
        socket = Socket(application, query("probe", key, "/connect"), SUBPROTOCOLS)
        sockets.append(socket)
        await socket.open()
        assert (await socket.body())["tag"] == "Init"
        return socket

    yield open_one
    for socket in sockets:
        await socket.leave()


async def doze(platform: Platform, *sockets: Socket) -> None:
    """Put the one actor of the platform to sleep through a socket, and wait until its sockets are parked."""
    assert platform.node is not None
    (task,) = platform.node._residents
    await sockets[0].act(99, "nap")
    assert (await sockets[0].body())["val"]["id"] == ["$BigInt", "99"]
    await task.stopped()
    assert len(platform.node.parking) == len(sockets)


async def output(socket: Socket) -> Any:
    return (await socket.body())["val"]["output"]


async def test_a_socket_stays_open_and_its_next_message_is_answered(platform: Platform, dial: Open) -> None:
    socket = await dial("a")
    await doze(platform, socket)
    await socket.act(1, "inc", 5)
    body = await socket.body()
    assert (body["tag"], body["val"]["output"]) == ("ActionResponse", 5), "and no second Init"


@pytest.mark.parametrize(("naps", "greeted"), [(1, True), (2, False)])
async def test_who_meets_an_actor_that_falls_asleep_is_let_in_by_its_next_generation(
    platform: Platform, query: Callable[..., str], naps: int, greeted: bool
) -> None:
    params = quote(json.dumps({"naps": naps}))
    offered = [*SUBPROTOCOLS, f"rivet_conn_params.{params}"]
    socket = Socket(ActorsApplication(ASGIHandler()), query("probe", "a", "/connect"), offered)
    await socket.open()
    if greeted:
        assert (await socket.body())["tag"] == "Init"
        await socket.act(1, "inc", 5)
        assert await output(socket) == 6
        await socket.leave()
    else:
        assert (await socket.body())["val"]["code"] == "stopping"
        assert await socket.expect_close() == (1011, "actor.stopping")


async def test_identity_params_and_state_of_the_connection_survive(platform: Platform, dial: Open) -> None:
    socket = await dial("a")
    await socket.act(1, "connInfo")
    before = await output(socket)
    await doze(platform, socket)
    await socket.act(2, "connInfo")
    assert await output(socket) == before


async def test_a_recorded_conversation_over_a_sleep(
    platform: Platform, dial: Open, http: httpx.AsyncClient, query: Callable[..., str]
) -> None:
    """RivetKit's server and ours: frame by frame the same, also that an HTTP call resumes the events."""
    recorded = next(case for case in cases("ws_hibernation.json") if case["name"] == "hib connect")
    socket = await dial("rec")
    for frame in recorded["frames"][1:]:
        told = json.loads(frame["text"].replace("sleepNow", "nap"))
        if told["body"]["tag"] == "Event" and told["body"]["val"]["args"] == [7]:
            await http.post(query("probe", "rec", "/action/inc"), json={"args": [1]})
        if frame["dir"] == "c2s":
            await socket.send(json.dumps(told))
            continue
        ours = await socket.body()
        assert (ours["tag"], ours["val"].get("id")) == (told["body"]["tag"], told["body"]["val"].get("id"))
        if told["body"]["tag"] == "Event":
            assert ours["val"] == told["body"]["val"]


async def test_a_subscription_that_comes_while_the_actor_sleeps_counts(
    platform: Platform, dial: Open
) -> None:
    socket = await dial("a")
    await doze(platform, socket)
    await socket.subscribe("tick")
    await socket.act(1, "inc")
    assert [(await socket.body())["tag"] for _ in range(2)] == ["Event", "ActionResponse"]


async def test_a_client_that_leaves_a_sleeping_actor_wakes_it(platform: Platform, dial: Open) -> None:
    one, other = await dial("a"), await dial("a")
    await doze(platform, one, other)
    await one.leave()
    await other.act(1, "get")
    assert await output(other) == 0
    assert platform.node is not None and platform.node.stats().connections == 1


async def test_a_client_that_says_too_much_to_a_sleeping_actor_is_made_to_wait(
    platform: Platform, dial: Open
) -> None:
    socket = await dial("a")
    await doze(platform, socket)
    for number in range(3 * MAX_PENDING):
        await socket.act(number, "inc")
    assert [await output(socket) for _ in range(3 * MAX_PENDING)] == list(range(1, 3 * MAX_PENDING + 1))


async def test_an_actor_that_is_destroyed_asleep_closes_its_sockets(
    platform: Platform, dial: Open, http: httpx.AsyncClient
) -> None:
    socket = await dial("a")
    assert platform.node is not None
    (task,) = platform.node._residents
    await doze(platform, socket)
    await http.delete(f"/actors/{task.actor_id}?namespace=default")
    assert await socket.expect_close() == (1000, "")


async def test_a_drain_closes_sockets_of_sleeping_actors(platform: Platform, dial: Open) -> None:
    socket = await dial("a")
    await doze(platform, socket)
    await platform.drain()
    assert await socket.expect_close() == (1001, "ws.going_away")


# -- real servers --------------------------------------------------------------------------------------
@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def live(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    databases.empty(environment.worker_database())
    server = LiveServer(request.param, tmp_path_factory.mktemp("hibernation") / "log", {})
    server.start()
    yield server
    server.close()


def report(live: LiveServer, key: str) -> dict[str, Any]:
    answer = web.post(url_of(live.url, "dozer", key, "/action/report"), json={})
    nights: dict[str, Any] = answer.json()["output"]
    return nights


def test_two_hundred_rounds_of_sleep_and_wake(live: LiveServer) -> None:
    with websocket(live.url, "dozer", "rounds") as client:
        client.recv()
        client.send(subscription("rung"))
        told: list[dict[str, Any]] = []
        for number in range(200):
            client.send(action(2 * number, "nap"))
            client.send(action(2 * number + 1, "add", 1))  # falls into the grace, or wakes
            told += [value_of(client.recv(timeout=30)) for _ in range(3)]
        client.send(action(400, "report"))
        nights = value_of(client.recv(timeout=30))["output"]
    answers = [val["id"] for val in told if "id" in val]
    assert answers == [["$BigInt", str(number)] for number in range(400)], "each once, in order"
    assert [val["args"] for val in told if "name" in val] == [[number] for number in range(1, 201)]
    assert (nights["value"], nights["wakes"]) == (200, 201)


def test_an_action_that_the_sleep_cuts_off_is_answered_once_by_the_next_life(live: LiveServer) -> None:
    with websocket(live.url, "dozer", "cut") as client:
        client.recv()
        client.send(action(1, "dawdle", 1))
        client.send(action(2, "add", 1))
        answers = [value_of(client.recv(timeout=30)) for _ in range(2)]
        client.send(action(3, "report"))
        last = value_of(client.recv(timeout=30))
    assert sorted((val["id"][1], val["output"]) for val in answers) == [("1", 2), ("2", 1)]
    assert (last["id"], last["output"]["value"]) == (["$BigInt", "3"], 1)


def test_a_client_that_breaks_off_asleep_is_seen_off(live: LiveServer) -> None:
    with websocket(live.url, "dozer", "gone", "rivet_conn_params.%22ada%22") as client:
        client.recv()
        client.send(action(1, "nap"))
        client.recv()
        client.socket.close()
    with websocket(live.url, "dozer", "gone") as other:
        other.recv()
        other.send(subscription("rung"))
        while not report(live, "gone")["left"]:
            other.send(action(1, "add", 1))
            other.recv(timeout=30)
    assert report(live, "gone")["left"] == ["ada"]


def test_a_thousand_sockets_of_a_hundred_sleeping_actors_all_wake(
    live: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    awake, asleep, outputs, wakes = asyncio.run(crowd(live, actors=100, sockets=10))
    assert sorted(outputs) == sorted(list(range(1, 11)) * 100)
    assert wakes == [2] * 100, "each had slept, and once was enough for its ten"
    with capsys.disabled():
        print(f"\n{live.server}: 1,000 sockets, MiB resident: +{awake:.0f} awake, +{asleep:.0f} asleep")


async def crowd(live: LiveServer, actors: int, sockets: int) -> tuple[float, float, list[int], list[int]]:
    """MiB of the sockets awake and asleep; what they are told, asked at once; how often each actor woke."""
    before = resident_mib(live.pid)
    async with contextlib.AsyncExitStack() as stack:
        crowds = [[await caller(stack, live, f"crowd-{n}") for _ in range(sockets)] for n in range(actors)]
        awake = resident_mib(live.pid) - before
        for crowd in crowds:
            await crowd[0].send(action(1, "nap"))
            await crowd[0].recv()
        asleep = resident_mib(live.pid) - before
        async with asyncio.timeout(60):
            outputs = await asyncio.gather(*(ask(client, "add", 1) for crowd in crowds for client in crowd))
            nights = await asyncio.gather(*(ask(crowd[0], "report") for crowd in crowds))
    return awake, asleep, outputs, [each["wakes"] for each in nights]


async def caller(stack: contextlib.AsyncExitStack, live: LiveServer, key: str) -> ClientConnection:
    url = f"{live.url.replace('http', 'ws', 1)}/gateway/dozer/connect?{GATEWAY}&rvt-key={key}"
    client = await stack.enter_async_context(connect(url, subprotocols=SUBPROTOCOLS, compression=None))
    await client.recv()
    return client


async def ask(client: ClientConnection, name: str, *args: int) -> Any:
    await client.send(action(2, name, *args))
    return value_of(await client.recv())["output"]


# -- two nodes -----------------------------------------------------------------------------------------
def test_an_actor_that_sleeps_with_sockets_stays_home_until_home_dies(
    postgres_url: str, tmp_path: Any
) -> None:
    home, other = (LiveServer(server, tmp_path / server, {}) for server in ("uvicorn", "daphne"))
    try:
        home.start()
        other.start()
        with websocket(home.url, "dozer", "homely", "rivet_conn_params.%22ada%22") as client:
            client.recv()
            client.send(subscription("rung"))
            client.send(action(1, "nap"))
            client.recv(timeout=30)
            call = url_of(other.url, "dozer", "homely", "/action/add")
            assert web.post(call, json={"args": [5]}, timeout=30).json() == {"output": 5}
            assert value_of(client.recv(timeout=30))["args"] == [5], "it woke where the socket is"
            client.send(action(2, "nap"))
            client.recv(timeout=30)
            while still_awake(other, "homely"):
                pass
            home.kill()
            with pytest.raises(ConnectionClosed):
                client.recv(timeout=30)
        assert report(other, "homely")["wakes"] == 3
        while not report(other, "homely")["left"]:
            pass
        web.post(url_of(other.url, "dozer", "homely", "/action/nap"), json={})
        nights = report(other, "homely")
        assert (nights["value"], nights["left"]) == (5, ["ada"]), "seen off once, by the node that took over"
    finally:
        home.close()
        other.close()


def still_awake(live: LiveServer, key: str) -> bool:
    """Whether the directory has not heard yet that the actor sleeps."""
    found = web.get(f"{live.url}/actors?namespace=default&name=dozer&key={key}").json()
    return found["actors"][0]["sleep_ts"] is None
