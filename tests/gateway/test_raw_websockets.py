"""The raw websocket door: what passes it and what closes it, in memory and on both real servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from actors.conf import NodeConfig
from actors.gateway.asgi import ActorsApplication
from actors.gateway.backlog import MAX_PENDING
from actors.gateway.outlet import BURST
from actors.gateway.pipe import MAX_FRAME
from actors.gateway.platform import Platform
from actors.storage.memory import MemoryDatabase
from tests import databases, environment, web
from tests.gateway.logins import logged_in
from tests.gateway.raw_actors import ended
from tests.gateway.recordings import cases
from tests.gateway.sockets import Socket
from tests.gateway.test_servers import closing, resident_mib
from tests.gateway.wire import comes_to_rest, kernel_buffers, masked_text, raw_websocket, stalled, url_of
from tests.servers import LiveServer

Open = Callable[..., Any]
POURED = 65_536
"""Bytes of a message of `Line`."""
MOST_UNSENT = NodeConfig().max_unsent * BURST + 2**20
"""What a platform holds at most for one client, and a little for its server."""


# -- in memory -----------------------------------------------------------------------------------------
@pytest.fixture
async def dial(platform: Platform, query: Callable[..., str]) -> AsyncIterator[Open]:
    """`await dial("probe")`: an open raw websocket to the actor `k` of that class."""
    application = ActorsApplication(ASGIHandler())
    sockets: list[Socket] = []

    async def open_one(name: str = "raw_site", path: str = "", *offered: str, **headers: str) -> Socket:
        socket = Socket(application, query(name, "k", f"/websocket{path}"), offered)
        sockets.append(socket)
        await socket.open(headers)
        return socket

    yield open_one
    for socket in sockets:
        await socket.leave()


def code_of(close: tuple[int, str]) -> tuple[int, str]:
    """Without the ray."""
    return close[0], close[1].partition("#")[0]


@pytest.mark.parametrize(("name", "end"), [("raw nonhib sleep", "nap"), ("delete raw", "destroyMe")])
async def test_a_recorded_end_of_the_actor(
    dial: Open, http: httpx.AsyncClient, query: Callable[..., str], name: str, end: str
) -> None:
    (recorded,) = (case for case in cases("ws_hibernation.json") if case["name"] == name)
    socket = await dial("probe", "/x", *recorded["subprotocols"])
    assert await socket.receive() == recorded["frames"][0]["text"]
    await http.post(query("probe", "k", f"/action/{end}"), json={})
    told = recorded["close"]
    assert await socket.expect_close() == (told["code"], told["reason"])


async def test_messages_pass_unchanged(dial: Open) -> None:
    socket = await dial("probe")
    await socket.receive()
    for message in ("ü", "", b"", b"\x00\xff", '{"body":1}', "x" * MAX_FRAME):
        await socket.send(message)
        assert await socket.receive() == message


async def test_an_event_is_nothing_to_it_and_counts_as_dropped(dial: Open, platform: Platform) -> None:
    socket = await dial("probe")
    await socket.receive()
    assert platform.node is not None
    (task,) = platform.node.residents()
    (conn,) = task.context.conns.values()
    conn.send("greeted", 1)
    await socket.send("after it")
    assert await socket.receive() == "after it"
    (seen,) = task.inspection.connections()
    assert seen.traffic is not None
    assert (seen.traffic.sent, seen.traffic.dropped) == (2, 1)


async def test_an_actor_without_the_hook_closes_with_a_reason_and_is_not_made_to_say_so(
    dial: Open, http: httpx.AsyncClient, query: Callable[..., str], database: MemoryDatabase
) -> None:
    for made in (0, 1):
        socket = await dial("raw_silent")
        assert code_of(await socket.expect_close()) == (1011, "actor.no_websocket")
        assert len(database.rows) == made
        await http.post(query("raw_silent", "k", "/action/hello"), json={})


async def test_the_hooks_of_a_connection_may_refuse_it(dial: Open) -> None:
    socket = await dial("probe", "", "rivet", "rivet_conn_params.%7B%22reject%22%3Atrue%7D")
    assert await socket.receive() is None
    assert socket.close == (1011, "user.rejected")


async def test_a_handler_that_fails_closes_with_its_code(dial: Open) -> None:
    socket = await dial("probe")
    await socket.send("fail")
    assert await socket.expect_close() == (1011, "user.no")


async def test_a_wrong_token_closes_with_1008(dial: Open, platform: Platform) -> None:
    platform.config = replace(platform.config, token="s3cret")
    wrong = await dial("probe", "", "rivet", "rivet_token.guess")
    assert code_of(await wrong.expect_close()) == (1008, "api.forbidden")
    right = await dial("probe", "", "rivet", "rivet_token.s3cret")
    assert await right.receive() is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("origin", "name"), [("http://localhost", "ada"), ("http://evil.example", "")])
async def test_the_user_is_that_of_the_pages_own_login(
    dial: Open, platform: Platform, settings: Any, origin: str, name: str
) -> None:
    platform.config = replace(platform.config, token="s3cret")
    settings.ALLOWED_HOSTS = ["localhost"]
    cookie = await asyncio.to_thread(logged_in, "ada")
    socket = await dial("raw_site", "/who", "rivet", "rivet_token.s3cret", cookie=cookie, origin=origin)
    assert str(await socket.receive()).partition("-")[0] == name


async def test_a_message_that_is_too_long_closes_with_1009(dial: Open) -> None:
    socket = await dial("probe")
    await socket.send("x" * (MAX_FRAME + 1))
    assert await socket.expect_close() == (1009, "message.incoming_too_long")


async def test_a_message_that_is_too_long_for_clients_ends_the_websocket(dial: Open) -> None:
    socket = await dial("raw_site", "/too-long")
    assert await socket.expect_close() == (1011, "message.outgoing_too_long")


async def test_leaving_ends_the_connection_of_the_actor(dial: Open, platform: Platform) -> None:
    socket = await dial("probe")
    await socket.receive()
    assert platform.node is not None and platform.node.stats().connections == 1
    await socket.leave()
    await asyncio.sleep(0)
    assert (platform.node.stats().connections, platform.sessions) == (0, set())


async def test_a_client_that_says_much_at_once_is_answered_in_full(dial: Open) -> None:
    socket = await dial("probe")
    await socket.receive()
    wanted = [str(number) for number in range(3 * MAX_PENDING)]
    for message in wanted:
        await socket.send(message)
    assert [await socket.receive() for _ in wanted] == wanted


async def test_a_client_that_on_connect_sends_away_never_meets_the_handler(dial: Open) -> None:
    ended.clear()
    socket = await dial("raw_site", "/who", "rivet", "rivet_conn_params.%22leave%22")
    assert await socket.expect_close() == (1000, "full")
    assert "met /who" not in ended


async def test_draining_tells_clients_to_come_again(dial: Open, platform: Platform) -> None:
    socket = await dial("probe")
    await socket.receive()
    await platform.drain()
    assert await socket.expect_close() == (1001, "ws.going_away")


# -- real servers --------------------------------------------------------------------------------------
@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def live(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    databases.empty(environment.worker_database())
    server = LiveServer(request.param, tmp_path_factory.mktemp("raw") / "log", {})
    server.start()
    yield server
    server.close()


def report(live: LiveServer, key: str) -> dict[str, Any]:
    answer = web.post(url_of(live.url, "line", key, "/action/report"), json={})
    told: dict[str, Any] = answer.json()["output"]
    return told


def asked(client: ClientConnection, message: str | bytes) -> str | bytes:
    client.send(message)
    return client.recv(timeout=10)


def test_a_client_that_knows_nothing_of_rivetkit_is_served(live: LiveServer) -> None:
    with raw_websocket(
        live.url, "line", "plain", "/a%20b", "&x=%20", additional_headers={"x-own": "1"}
    ) as client:
        assert client.subprotocol is None
        told = json.loads(asked(client, "where"))
        assert told == {"path": "/a%20b", "query": "x=%20", "params": None, "own": "1"}
        for message in ("ü", b"\x00\xff", "", b"", "x" * MAX_FRAME):
            assert asked(client, message) == message


def test_codes_and_reasons_pass_both_ways(live: LiveServer) -> None:
    with raw_websocket(live.url, "line", "codes") as client:
        client.send("bye")
        assert closing(client) == (4001, "user.bye")
    with raw_websocket(live.url, "line", "codes") as client:
        asked(client, "hello")
        client.close(4002, "client.bye")
    with raw_websocket(live.url, "line", "codes") as client:
        asked(client, "hello")
        client.socket.close()
    while len(closed := report(live, "codes")["closed"]) < 3:
        pass
    assert closed[:2] == [[4001, "user.bye"], [4002, "client.bye"]]
    assert closed[2][0] in (1005, 1006)


def test_a_message_over_the_frame_limit_closes_with_1009(live: LiveServer) -> None:
    with raw_websocket(live.url, "line", "long") as client:
        client.send("x" * (MAX_FRAME + 1))
        assert closing(client)[0] == 1009


def test_a_client_that_does_not_read_is_closed_before_it_costs_much_memory(live: LiveServer) -> None:
    before = resident_mib(live.pid)
    with stalled(live.url, url_of("", "line", "hose", "/websocket/hose")):
        while not (told := report(live, "hose"))["closed"]:
            pass
        assert told["closed"] == [[1008, "message.slow_consumer"]]
        assert told["messages"] * POURED < MOST_UNSENT + kernel_buffers()
        assert resident_mib(live.pid) - before < 40


def test_whoever_drains_waits_for_a_client_that_does_not_read(live: LiveServer) -> None:
    before, most = resident_mib(live.pid), (2**20 + kernel_buffers()) // POURED
    with stalled(live.url, url_of("", "line", "unread", "/websocket/tap")):
        comes_to_rest(lambda: report(live, "unread")["messages"], most)
        assert resident_mib(live.pid) - before < 40


def test_whoever_drains_reaches_a_client_that_reads(live: LiveServer) -> None:
    with raw_websocket(live.url, "line", "drained", "/tap") as client:
        for _ in range(200):
            assert len(client.recv(timeout=10)) == 65_536


def test_a_client_that_nobody_listens_to_is_made_to_wait(live: LiveServer) -> None:
    frame, accepted, before = masked_text("x" * 60_000), 0, resident_mib(live.pid)
    with stalled(live.url, url_of("", "line", "deaf", "/websocket/deaf")) as client:
        client.settimeout(2)
        with pytest.raises(TimeoutError):
            while accepted < 2 * kernel_buffers():  # whoever never waits takes more than they hold
                accepted += client.send(frame)
        assert resident_mib(live.pid) - before < 40
    assert web.get(f"{live.url}/health").status_code == 200


def test_sigterm_tells_clients_to_come_again(
    live_server_process: Callable[..., LiveServer], live: LiveServer
) -> None:
    server = live_server_process(server=live.server)
    with raw_websocket(server.url, "line", "drain") as client:
        asked(client, "hello")
        server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "ws.going_away")


def test_at_the_wrong_node_a_client_is_told_to_come_again(
    live_server_process: Callable[..., LiveServer], live: LiveServer
) -> None:
    other = live_server_process(server=live.server)
    report(live, "elsewhere")
    with raw_websocket(other.url, "line", "elsewhere") as client:
        assert code_of(closing(client)) == (1011, "guard.service_unavailable")
