"""Both real servers: greeting, close reasons, limits, a client that stops reading, the drain on SIGTERM."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests import web
from tests.gateway.frames import ENCODINGS, action_message, as_frame, broken
from tests.gateway.limits import holds
from tests.gateway.wire import action, masked_text, stalled_socket, subscription, url_of, value_of, websocket
from tests.servers import LiveServer

Start = Callable[..., LiveServer]
SERVERS = pytest.mark.parametrize("server", ["uvicorn", "daphne"])


def closing(client: ClientConnection) -> tuple[int, str]:
    """Read until the server closes: its code and reason."""
    try:
        while True:
            client.recv(timeout=30)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, "the connection broke without a close frame"
        return closed.rcvd.code, closed.rcvd.reason


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def live(
    request: pytest.FixtureRequest,
    postgres_url: str,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """One process of each server for all tests here."""
    server = LiveServer(request.param, tmp_path_factory.mktemp("gateway") / "log", {})
    server.start()
    yield server
    server.close()


def test_a_full_collection_need_not_search_what_was_loaded(live: LiveServer) -> None:
    with websocket(live.url, "process", "a") as client:
        client.recv()
        client.send(action(0, "countSpared"))
        assert value_of(client.recv())["output"] > 50_000


def test_a_server_knows_how_far_its_client_is(live: LiveServer) -> None:
    with websocket(live.url, "process", "a") as client:
        client.recv()
        client.send(action(0, "timeTheWay"))
        assert 0 < value_of(client.recv())["output"] < 60
    url = url_of(live.url, "process", "a", "/action/timeTheWay")
    assert web.post(url, json={}).json() == {"output": None}, "a call has no socket of its own"


def test_a_conversation_and_its_closes(live: LiveServer) -> None:
    with websocket(live.url, "echo", "a", "rivet_conn_params.%7B%22a%22%3A1%2C%22b%22%3A2%7D") as client:
        assert client.subprotocol == "rivet"
        assert set(value_of(client.recv())) == {"actorId", "connectionId"}
        client.send(action(0, "echo", "ü"))
        assert value_of(client.recv()) == {"id": ["$BigInt", "0"], "output": "ü"}
        client.send(b'{"body":{"tag":"ActionRequest","val":{"id":1,"name":"echo","args":[2]}}}')
        assert value_of(client.recv())["output"] == 2
        client.send("{")
        assert closing(client) == (1011, "actor.invalid_request")
    with websocket(live.url, "echo", "a") as client:
        client.send("x" * 100_000)
        assert closing(client) == (1011, "message.incoming_too_long")
    with websocket(live.url, "echo", "a") as client:
        client.send("x" * 1_100_000)
        assert closing(client)[0] == 1009
        holds("Websocket frame", socket="close 1009, by the server")
    with websocket(live.url, "echo", "a", "rivet_encoding.xml") as client:
        assert set(value_of(client.recv())) == {"actorId", "connectionId"}, "the first item of a kind counts"


def test_refusals_come_after_the_upgrade_with_a_reason(live: LiveServer) -> None:
    with websocket(live.url, "nobody", "a") as client:
        code, reason = closing(client)
    name, _, ray = reason.partition("#")
    assert (code, name, len(ray)) == (1011, "actor.not_registered", 30)


def test_http_bodies_whole_chunked_broken_off_and_too_long(live: LiveServer) -> None:
    url = url_of(live.url, "echo", "h", "/action/echo")
    with httpx.Client(trust_env=False, timeout=30) as http:
        assert http.post(url, json={"args": [1]}).json() == {"output": 1}
        assert http.post(url, content=iter([b'{"args"', b":[2]}"])).json() == {"output": 2}
        too_long = http.post(url, content=b"x" * 200_000)
        assert (too_long.status_code, too_long.json()["code"]) == (400, "incoming_too_long")
        assert http.post(url, json={"args": [3]}).json() == {"output": 3}
        head = http.head(f"{live.url}/metadata")
        assert (head.status_code, head.content) == (200, b"")
    with stalled_socket(live.url, "echo", "h", "said") as half:
        half.sendall(b"\x81\xfe")  # the head of a frame that never comes
    assert web.get(f"{live.url}/health").status_code == 200


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_follows_a_bad_frame_is_not_done(live: LiveServer, encoding: str) -> None:
    """Over both servers some 200 sockets; ten thousand frames go past the servers in test_bad_input."""
    dice, key = random.Random(encoding), uuid4().hex
    good = action_message(encoding, "change_then_throw")
    for _ in range(35):
        with websocket(live.url, "thrower", key, encoding=encoding) as client:
            client.recv()
            with suppress(ConnectionClosed):
                client.send(as_frame(encoding, broken(dice, good)))
                client.send(as_frame(encoding, good))
            assert closing(client) == (1011, "actor.invalid_request")
    changes = url_of(live.url, "thrower", key, "/action/get_changes")
    assert web.post(changes, json={}).json() == {"output": 0}
    with websocket(live.url, "thrower", key, encoding=encoding) as client:
        client.recv()
        client.send(as_frame(encoding, good))
        client.recv()
    assert web.post(changes, json={}).json() == {"output": 1}


def test_a_client_that_stops_reading_costs_a_bounded_number_of_bytes(live: LiveServer) -> None:
    payload = "x" * 60_000
    url = url_of(live.url, "echo", "stalled", "/action/say")
    with httpx.Client(trust_env=False, timeout=30) as http, websocket(live.url, "echo", "stalled") as reader:
        reader.recv()
        reader.send(subscription("said"))
        http.post(url, json={"args": [payload]}).raise_for_status()
        reader.recv()
        received = 0

        def read() -> None:
            nonlocal received
            try:
                for _ in range(600):
                    reader.recv(timeout=30)
                    received += 1
            except (TimeoutError, ConnectionClosed):
                pass

        reading = threading.Thread(target=read)
        reading.start()
        before = resident_mib(live.pid)
        with stalled_socket(live.url, "echo", "stalled", "said"):
            for _ in range(600):  # 36 MB for each subscriber
                http.post(url, json={"args": [payload]}).raise_for_status()
            growth = resident_mib(live.pid) - before
        reading.join()
    assert received == 600, "the subscriber that reads gets everything"
    assert growth < 20  # 8 MiB may be held for a burst; without a bound it would be 36


def test_a_client_that_never_stops_sending_is_made_to_wait(live: LiveServer) -> None:
    """256 open actions of 30 KB, and what the sockets hold: the 64 MB that it wants to send do not fit."""
    frame = masked_text(action(1, "wait", 5, "x" * 30_000))
    before, accepted = resident_mib(live.pid), 0
    with stalled_socket(live.url, "slow", "flood", "none") as client:
        client.settimeout(2)
        try:
            while accepted < 64_000_000:
                accepted += client.send(frame)
        except TimeoutError:
            pass
        growth = resident_mib(live.pid) - before
    assert accepted < 24_000_000
    assert growth < 48
    assert web.get(f"{live.url}/health").status_code == 200


def test_a_body_that_breaks_off_starts_nothing(live: LiveServer) -> None:
    url = urlsplit(url_of(live.url, "thrower", "half", "/action/change_then_throw"))
    for _ in range(20):
        with socket.create_connection((url.hostname or "", url.port or 0)) as half:
            half.sendall(f"POST {url.path}?{url.query} HTTP/1.1\r\nHost: localhost\r\n".encode())
            half.sendall(b'Content-Length: 100\r\n\r\n{"args":[]}')
    changes = web.post(url_of(live.url, "thrower", "half", "/action/get_changes"), json={})
    assert changes.json() == {"output": 0}


@SERVERS
def test_sigterm_lets_replies_out_and_tells_sockets_to_reconnect(
    server: str, live_server_process: Start
) -> None:
    live = live_server_process(server=server)
    with websocket(live.url, "slow", "d") as client:
        client.recv()
        client.send(action(0, "wait", 0.5, "done"))
        client.send(action(1, "wait", 0, "quick"))
        assert value_of(client.recv())["output"] == "quick"
        stopping = threading.Thread(target=live.stop)
        begun = time.monotonic()
        stopping.start()
        assert value_of(client.recv(timeout=30))["output"] == "done"
        assert closing(client) == (1001, "ws.going_away")
        stopping.join()
    assert time.monotonic() - begun < 5


@SERVERS
def test_sigterm_gives_an_action_over_http_three_quarters_of_the_time(
    server: str, live_server_process: Start
) -> None:
    live = live_server_process(server=server)
    url = url_of(live.url, "slow", "h", "/action/wait")
    assert web.post(url, json={"args": [0, "awake"]}, timeout=30).is_success
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(web.post(url, json={"args": [2, "done"]}, timeout=30))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.5)  # the request must be there before the signal; what is measured is the answer
    live.stop()
    asking.join()
    assert answers[0].json() == {"output": "done"}


@SERVERS
def test_many_large_answers_at_once_reach_a_client_that_reads(
    server: str, live_server_process: Start
) -> None:
    live = live_server_process(server=server)
    with websocket(live.url, "process", "burst") as client:
        client.recv()
        for number in range(20):
            client.send(action(number, "fill", 200_000))
        for _ in range(20):
            assert len(value_of(client.recv(timeout=30))["output"]) == 200_000
