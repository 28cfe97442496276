"""Two server processes on one database, and a process with no node: calls find their actor wherever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from actors.api.binding import bind_transport
from actors.api.registry import registry
from actors.apps import node_config
from actors.errors import ActorError
from actors.gateway import platform as platforms
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport
from actors.storage.postgres import PostgresStore
from tests.actors_app.actors import Echo, Thrower
from tests.gateway.test_servers import closing
from tests.gateway.wire import url_of, websocket
from tests.servers import LiveServer


@pytest.fixture(scope="module")
def nodes(
    postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LiveServer, LiveServer]]:
    """Two processes for all tests here; one that kills a process starts it again."""
    folder = tmp_path_factory.mktemp("nodes")
    uvicorn, daphne = (LiveServer(server, folder / server, {}) for server in ("uvicorn", "daphne"))
    try:
        uvicorn.start()
        daphne.start()
        yield uvicorn, daphne
    finally:
        uvicorn.close()
        daphne.close()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def who(http: httpx.Client, node: LiveServer, key: str) -> tuple[int, str, str]:
    response = http.post(url_of(node.url, "echo", key, "/action/who_am_i"), json={})
    return response.status_code, response.json()["output"]["id"], response.headers["x-rivet-actor-generation"]


def test_a_call_at_the_wrong_node_is_sent_on_to_the_owner(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    status, actor_id, generation = who(http, first, "shared")
    assert (status, generation) == (200, "1")
    assert who(http, second, "shared") == (200, actor_id, "1"), "the owner answered, nothing was claimed"
    url = url_of(second.url, "thrower", "shared", "/action/user_error")
    http.post(url_of(first.url, "thrower", "shared", "/action/get_changes"), json={})
    error = http.post(url, json={})
    assert (error.status_code, error.json()["code"]) == (500, "closed")
    bare = http.post(
        url_of(second.url, "echo", "shared", "/action/echo"),
        content=bytes.fromhex("04000181") + b"",
        headers={"x-rivet-encoding": "bare"},
    )
    assert bare.headers["content-type"] == "application/octet-stream", "the encoding goes along"


def test_a_killed_owner_is_replaced_at_once(nodes: tuple[LiveServer, LiveServer], http: httpx.Client) -> None:
    first, second = nodes
    _, actor_id, _ = who(http, first, "orphan")
    first.kill()
    assert who(http, second, "orphan") == (200, actor_id, "2")
    first.start()


def test_an_actor_is_destroyed_where_it_lives(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    _, actor_id, _ = who(http, first, "doomed")
    response = http.delete(f"{second.url}/actors/{actor_id}?namespace=default")
    assert (response.status_code, response.json()) == (200, {})
    assert who(http, first, "doomed")[1] != actor_id


def test_a_socket_at_the_wrong_node_is_told_to_come_again(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    who(http, first, "socket")
    with websocket(second.url, "echo", "socket") as client:
        code, reason = closing(client)
    assert (code, reason.partition("#")[0]) == (1011, "guard.service_unavailable")


def test_a_forged_internal_call_is_a_call_from_outside(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    who(http, first, "forged")
    url = url_of(second.url, "echo", "forged", "/action/who_am_i")
    response = http.post(url, json={}, headers={"x-actors-internal": "1.1700000000000.abc"})
    assert response.status_code == 200, "it was forwarded: a believed seal of one hop would have been refused"


@pytest.fixture
def nodeless(postgres_url: str) -> Platform:
    """What a shell or a Celery worker has: the settings' secret, the database, and no node."""
    platform = Platform(node_config(), registry, lambda: PostgresStore(postgres_url))
    platforms.install(platform)
    bind_transport(PlatformTransport(platform))
    return platform


def test_a_process_without_a_node_calls_actors(
    nodeless: Platform, nodes: tuple[LiveServer, LiveServer]
) -> None:
    echo: Any = Echo.actors.get_or_create("from-a-shell")
    assert echo.echo({"n": [1, None, "ü"]}).result(timeout=10) == {"n": [1, None, "ü"]}
    assert asyncio.run(_twice(echo)) == ["a", "b"]
    thrower: Any = Thrower.actors.get_or_create("from-a-shell")
    with pytest.raises(ActorError) as caught:
        thrower.user_error().result(timeout=10)
    assert (caught.value.name, caught.value.metadata) == ("user.closed", {"opens": 9, "days": ["Mon", "Tue"]})
    with pytest.raises(ActorError, match="does not exist"):
        Echo.actors.get("never-made").who_am_i().result(timeout=10)  # type: ignore[attr-defined]


async def _twice(echo: Any) -> list[Any]:
    return [await echo.echo("a"), await echo.echo("b")]


def test_a_lasting_connection_needs_a_node(nodeless: Platform) -> None:
    async def connect() -> None:
        async with Echo.actors.connect("x"):
            pass

    with pytest.raises(ActorError) as caught:
        asyncio.run(connect())
    assert caught.value.name == "guard.not_available"
