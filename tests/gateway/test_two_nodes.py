"""Two server processes on one database, and a process with no node: calls find their actor wherever it is."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from actors.api.binding import bind_transport
from actors.api.registry import registry
from actors.api.transport import Target
from actors.apps import node_config
from actors.errors import ActorError, UserError
from actors.gateway import platform as platforms
from actors.gateway.outbox import Outbox
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport
from actors.protocol import cbor
from actors.storage.outbox import OutboxCall
from actors.storage.outbox_postgres import parameters
from actors.storage.postgres import PostgresStore
from actors.storage.queries import QUERIES
from tests import databases, environment
from tests.actors_app.actors import Club, Echo, Mill, Peer, Thrower
from tests.actors_app.mill import Grain
from tests.gateway.test_servers import closing
from tests.gateway.wire import url_of, websocket
from tests.servers import LiveServer


@pytest.fixture(scope="module", params=[None, "t0ken-of-the-nodes"], ids=["open", "token"])
def token(request: pytest.FixtureRequest) -> str | None:
    """Calls between nodes carry no token: what works without one must work with one."""
    given: str | None = request.param
    return given


@pytest.fixture(scope="module")
def nodes(
    token: str | None, postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LiveServer, LiveServer]]:
    """Two processes for all tests here; one that kills a process starts it again."""
    databases.empty(environment.worker_database())
    folder = tmp_path_factory.mktemp("nodes")
    variables = {} if token is None else {"ACTORS_TOKEN": token}
    uvicorn, daphne = (LiveServer(server, folder / server, variables) for server in ("uvicorn", "daphne"))
    try:
        uvicorn.start()
        daphne.start()
        yield uvicorn, daphne
    finally:
        uvicorn.close()
        daphne.close()


@pytest.fixture
def http(token: str | None) -> Iterator[httpx.Client]:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, timeout=30, headers=headers) as client:
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


def test_the_inspector_and_orders_reach_the_owner_from_any_node(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    _, actor_id, _ = who(http, first, "looked-at")
    one = f"{second.url}/actors/{actor_id}"
    key = http.get(f"{one}/kv/keys/Aw%3D%3D?namespace=default").json()
    headers = {"authorization": f"Bearer {b64decode(key['value']).decode()}"}
    state = f"{second.url}/gateway/{actor_id}/inspector/summary"
    seen = http.get(state, headers=headers)
    assert (seen.status_code, seen.headers["x-rivet-actor-generation"]) == (200, "1")
    assert seen.headers["referrer-policy"] == "no-referrer"
    assert http.get(state, headers={"authorization": "Bearer x"}).status_code == 401
    acted = http.post(state.replace("summary", "action/echo"), json={"args": [7]}, headers=headers)
    assert acted.json() == {"output": 7}
    refused = http.post(state.replace("summary", "action/nope"), json={}, headers=headers)
    assert (refused.status_code, refused.json()["metadata"]) == (404, {"action": "nope"})
    for word in ("pause", "save"):
        assert http.post(f"{one}/{word}?namespace=default", json={}).json() == {}
    call = partial(http.post, state.replace("summary", "action/echo"), json={"args": [8]}, headers=headers)
    with pytest.raises(httpx.ReadTimeout):
        call(timeout=0.5)
    assert http.post(f"{one}/resume?namespace=default", json={}).json() == {}
    assert call().json() == {"output": 8}
    for word in ("reschedule", "sleep"):
        assert http.post(f"{one}/{word}?namespace=default", json={}).json() == {}
    assert int(who(http, first, "looked-at")[2]) > 1


def test_a_message_at_the_wrong_node_is_sent_on_to_the_owner(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    http.post(url_of(first.url, "mill", "shared", "/action/ground"), json={})
    url = url_of(second.url, "mill", "shared", "/queue/grains")
    assert http.post(url, json={"body": {"name": "rye"}}).json() == {"status": "completed"}
    waiting = {"body": {"name": "oats"}, "wait": True, "timeout": 30_000}
    answer = http.post(url, json=waiting)
    assert answer.json() == {"status": "completed", "response": "oats, attempt 1"}
    assert answer.headers["x-rivet-actor-generation"] == "1", "the owner answered, nothing was claimed"
    packed = http.post(url, content=cbor.dump(waiting), headers={"x-rivet-encoding": "cbor"})
    assert cbor.decode(packed.content) == {"status": "completed", "response": "oats, attempt 1"}
    refused = http.post(url, json={"body": {"grain": "rye"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_payload")
    ground = http.post(url_of(first.url, "mill", "shared", "/action/ground"), json={})
    assert ground.json() == {"output": ["rye", "oats", "oats"]}


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


@pytest.mark.parametrize("params", ['{"name": "ü"}'.encode(), '{"name": "ü"}'.encode("latin-1")])
def test_params_reach_the_owner_byte_by_byte(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client, params: bytes
) -> None:
    first, second = nodes
    for node in (first, second):
        url = url_of(node.url, "club", "umlaut", "/action/my_params")
        response = http.post(url, json={}, headers={b"x-rivet-conn-params": params})
        assert response.json() == {"output": {"name": "ü"}}, response.text


def test_a_body_that_is_too_long_is_refused_in_its_own_encoding(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    who(http, first, "long")
    for node in (first, second):
        response = http.post(
            url_of(node.url, "echo", "long", "/action/echo"),
            content=cbor.encode({"args": ["x" * 100_000]}),
            headers={"x-rivet-encoding": "cbor"},
        )
        body = cbor.decode(response.content)
        assert (response.status_code, body["code"]) == (400, "incoming_too_long")


def test_a_socket_at_the_wrong_node_is_told_to_come_again(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client, token: str | None
) -> None:
    first, second = nodes
    who(http, first, "socket")
    offered = () if token is None else (f"rivet_token.{token}",)
    with websocket(second.url, "echo", "socket", *offered) as client:
        code, reason = closing(client)
    assert (code, reason.partition("#")[0]) == (1011, "guard.service_unavailable")


def home(http: httpx.Client, node: LiveServer, key: str) -> str:
    """Let the peer `key` live on `node`."""
    response = http.post(url_of(node.url, "peer", key, "/action/walk"), json={"args": [[]]})
    actor_id: str = response.json()["output"][0]
    return actor_id


def test_actors_call_each_other_to_and_fro(nodes: tuple[LiveServer, LiveServer], http: httpx.Client) -> None:
    first, second = nodes
    ids = [home(http, first, "west"), home(http, second, "east")]
    url = url_of(second.url, "peer", "west", "/action/walk")
    response = http.post(url, json={"args": [["east", "west", "east"]]})
    assert response.json() == {"output": ids * 2}


def test_a_circle_over_two_nodes_is_refused_at_once(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    home(http, first, "north")
    home(http, second, "south")
    for way in (["south", "north"], ["south", "north", "south"]):
        response = http.post(url_of(first.url, "peer", "north", "/action/walk_alone"), json={"args": [way]})
        assert response.status_code == 409
        assert response.json()["metadata"] == {
            "chain": "peer[north].walkAlone -> peer[south].walkAlone -> peer[north].walkAlone"
        }
    response = http.post(url_of(first.url, "peer", "north", "/action/walk_alone"), json={"args": [[]]})
    assert response.status_code == 200, "the turn was given back"


@pytest.mark.parametrize("way", [[], ["there"], ["there", "here"], ["there", "here", "there"]])
def test_an_error_is_the_same_over_any_number_of_nodes(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client, way: list[str]
) -> None:
    first, second = nodes
    home(http, first, "here")
    home(http, second, "there")
    url = url_of(first.url, "peer", "here", "/action/fail_at")
    body = http.post(url, json={"args": [way, "user"]}).json()
    assert body.pop("actor")["key"] == "here"
    assert body == {
        "group": "user",
        "code": "blocked",
        "message": "No way.",
        "metadata": {"at": way[-1:] or ["here"]},
    }
    body = http.post(url, json={"args": [way, "crash"]}).json()
    assert (body["group"], body["code"]) == ("rivetkit", "internal_error")


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
    peer: Any = Peer.actors.get_or_create("from-a-shell")
    with pytest.raises(UserError) as refused:
        peer.fail_at(["further"], "user").result(timeout=10)
    assert (refused.value.code, refused.value.metadata) == ("blocked", {"at": ["further"]})
    with pytest.raises(ActorError) as caught:
        peer.walk_alone(["further", "from-a-shell"]).result(timeout=10)
    assert caught.value.name == "actor.deadlock"
    with pytest.raises(ActorError, match="does not exist"):
        Echo.actors.get("never-made").who_am_i().result(timeout=10)  # type: ignore[attr-defined]


def test_params_and_limits_are_the_same_without_a_node(
    nodeless: Platform, nodes: tuple[LiveServer, LiveServer]
) -> None:
    member: Any = Club.actors.get_or_create("from-a-shell", params={"name": "ü", "tag": ["$x", 1]})
    assert member.my_params().result(timeout=10) == {"name": "ü", "tag": ["$x", 1]}
    echo: Any = Echo.actors.get_or_create("from-a-shell")
    assert echo.echo("x" * 65_000).result(timeout=10) == "x" * 65_000
    with pytest.raises(ActorError) as caught:
        echo.echo("x" * 65_536).result(timeout=10)
    assert caught.value.name == "message.incoming_too_long"
    with pytest.raises(ActorError) as caught:
        Club.actors.get_or_create("c", params="x" * 5000).my_params().result(timeout=10)  # type: ignore[attr-defined]
    assert caught.value.name == "message.incoming_too_long"


def test_a_process_without_a_node_sends_messages(
    nodeless: Platform, nodes: tuple[LiveServer, LiveServer]
) -> None:
    grains = Mill.actors.get_or_create("from-a-shell").grains
    grains.send(Grain("oats"), priority=1, dedupe="oats").result(timeout=30)
    assert grains.send_and_wait(Grain("rye")).result(timeout=30) == "rye, attempt 1"
    with pytest.raises(ActorError) as caught:
        grains.send_and_wait(Grain("late"), delay=600, timeout=0.01).result(timeout=30)
    assert (caught.value.name, caught.value.metadata) == ("queue.timed_out", {"timeout_ms": 10})
    for body, refusal in ((5, "queue.invalid_payload"), (Grain("x" * 65_500), "message.incoming_too_long")):
        with pytest.raises(ActorError) as caught:
            grains.send(body).result(timeout=30)  # type: ignore[arg-type]
        assert caught.value.name == refusal
    ground = Mill.actors.get("from-a-shell").ground().result(timeout=30)
    assert set(ground) == {"oats", "rye"}


def test_two_relays_deliver_once_each_in_the_order_of_each_actor(
    nodeless: Platform, nodes: tuple[LiveServer, LiveServer], http: httpx.Client, postgres_url: str
) -> None:
    """Each actor lives at one node, and either node may claim its calls."""
    ledgers = ["at-first", "at-second"]
    for node, key in zip(nodes, ledgers, strict=True):
        assert http.post(url_of(node.url, "ledger", key, "/action/tokens"), json={}).json() == {"output": []}
    with psycopg.connect(postgres_url, autocommit=True) as connection:

        def write(call: OutboxCall) -> None:
            connection.execute(QUERIES["outbox_add"].encode(), parameters(call))

        outbox = Outbox(nodeless, write)
        for number in range(20):
            for key in ledgers:
                outbox.call(Target("ledger", "get", (key,)), "record", [f"{number}"])
        deadline = time.monotonic() + 30
        while connection.execute("SELECT 1 FROM actors_outbox").fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    for key in ledgers:
        told = http.post(url_of(nodes[0].url, "ledger", key, "/action/tokens"), json={}).json()
        assert told == {"output": [f"{number}" for number in range(20)]}


def test_calls_are_delivered_for_processes_of_the_platform_alone(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    refused = http.post(f"{nodes[0].url}/actors/outbox", content=b"x")
    assert refused.json()["code"] in ("forbidden", "unauthorized")


def test_a_message_goes_to_the_node_of_its_actor(
    nodes: tuple[LiveServer, LiveServer], http: httpx.Client
) -> None:
    first, second = nodes
    http.post(url_of(first.url, "mill", "there", "/action/ground"), json={})
    here = url_of(second.url, "mill", "here", "/action/pass_on")
    answer = http.post(here, json={"args": ["there", "rye"]})
    assert answer.json() == {"output": "rye, attempt 1"}
    ground = http.post(url_of(first.url, "mill", "there", "/action/ground"), json={})
    assert (ground.json(), ground.headers["x-rivet-actor-generation"]) == ({"output": ["rye"]}, "1")


async def _twice(echo: Any) -> list[Any]:
    return [await echo.echo("a"), await echo.echo("b")]


def test_a_lasting_connection_needs_a_node(nodeless: Platform) -> None:
    async def connect() -> None:
        async with Echo.actors.connect("x"):
            pass

    with pytest.raises(ActorError) as caught:
        asyncio.run(connect())
    assert caught.value.name == "guard.not_available"
