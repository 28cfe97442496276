"""Raw HTTP on both real servers, at the actor's own node and through the other one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests import databases, environment, web
from tests.gateway.test_servers import resident_mib
from tests.gateway.wire import comes_to_rest, kernel_buffers, url_of
from tests.servers import LiveServer


@pytest.fixture(scope="module")
def nodes(
    postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, LiveServer]]:
    """One process of each server on one database."""
    databases.empty(environment.worker_database())
    folder = tmp_path_factory.mktemp("raw")
    found = {server: LiveServer(server, folder / server, {}) for server in ("uvicorn", "daphne")}
    try:
        for server in found.values():
            server.start()
        yield found
    finally:
        for server in found.values():
            server.close()


@pytest.fixture(params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(params=["own", "other"])
def door(
    request: pytest.FixtureRequest, nodes: dict[str, LiveServer], server: str
) -> Callable[[str, str], str]:
    """The URL of a path of the actor `key`, which `server` hosts: at its node, or at the other one."""
    owner = nodes[server]
    other = next(node for name, node in nodes.items() if name != server)
    asked = owner if request.param == "own" else other

    def url(key: str, path: str) -> str:
        name = f"{server}-{request.param}-{key}"
        web.post(url_of(owner.url, "web", name, "/action/count"), json={})
        return url_of(asked.url, "web", name, path)

    return url


Door = Callable[[str, str], str]
PART = 65_536
"""Bytes of a part of the endless answer."""


def test_a_request_and_its_answer(door: Door) -> None:
    response = web.post(
        door("a", "/request/some/path") + "&x=%20",
        content=b"y" * 204_800,
        headers={"x-own": "mine"},
    )
    told = response.json()
    assert (response.status_code, response.headers["x-mine"]) == (201, "1")
    assert response.headers["set-cookie"].startswith("a=1")
    assert (told["path"], told["query"], told["size"]) == ("/some/path", "x=%20", 204_800)
    assert told["header"] == "mine"
    assert response.headers["x-rivet-actor"] == told["id"]
    count = web.post(door("a", "/action/count"), json={})
    assert count.json()["output"] == 1


def test_a_body_streams_up_and_down(door: Door) -> None:
    body = b"z" * (4 * 2**20)
    response = web.post(door("b", "/request/echo"), content=iter([body[:1000], body[1000:]]))
    assert response.content == body


def test_parts_arrive_before_the_end_and_leaving_ends_the_stream(door: Door) -> None:
    url = door("c", "/request/waiting")
    with web.stream("GET", url) as response:
        assert next(response.iter_raw()) == b"first"
    count = door("c", "/action/count")
    for _ in range(400):
        if web.post(count, json={}).json()["output"] == 101:
            return
    pytest.fail("the stream goes on without a reader")


def test_a_client_that_does_not_read_costs_bounded_memory(
    door: Door, nodes: dict[str, LiveServer], server: str
) -> None:
    url = urlsplit(door("d", "/request/endless"))
    before = sum(resident_mib(node.pid) for node in nodes.values())
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((url.hostname or "", url.port or 0))
        client.sendall(f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        assert b"200" in client.recv(1024)
        count = door("d", "/action/count")
        most = (2**23 + 2 * kernel_buffers()) // PART  # two connections, one of them between the nodes
        comes_to_rest(lambda: web.post(count, json={}).json()["output"], most)
        assert sum(resident_mib(node.pid) for node in nodes.values()) < before + 60


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_long(door: Door, announced: bool) -> None:
    body = b"x" * (20 * 2**20 + 1)
    response = web.post(door("e", "/request/x"), content=body if announced else iter([body]), timeout=30)
    assert (response.status_code, response.json()["code"]) == (413, "invalid_request_body")
