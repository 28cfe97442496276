"""The websocket door: greeting, actions, events, refusals after the upgrade, limits, bad frames."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.gateway.asgi import ActorsApplication
from actors.gateway.backlog import MAX_PENDING
from actors.gateway.platform import Platform
from tests.gateway.frames import ENCODINGS, action_message, as_frame, broken, with_version
from tests.gateway.sockets import Socket

JSON = ("rivet", "rivet_encoding.json")
Open = Callable[..., Any]


@pytest.fixture
async def connect(platform: Platform, query: Callable[..., str]) -> AsyncIterator[Open]:
    """`await connect("key")`: a socket to the probe actor, greeted unless `greeted=False`."""
    application = ActorsApplication(ASGIHandler())
    sockets: list[Socket] = []

    async def open_one(
        key: str = "k",
        *subprotocols: str,
        path: str | None = None,
        greeted: bool = True,
        headers: dict[str, str] | None = None,
    ) -> Socket:
        socket = Socket(application, path or query("probe", key, "/connect"), subprotocols or JSON)
        sockets.append(socket)
        assert await socket.open(headers) == "rivet"
        if greeted:
            await socket.body()
        return socket

    yield open_one
    for socket in sockets:
        await socket.leave()


async def test_the_greeting_comes_first_and_names_actor_and_connection(connect: Open) -> None:
    socket = await connect(greeted=False)
    greeting = await socket.body()
    assert greeting["tag"] == "Init"
    assert len(greeting["val"]["actorId"]) == 30
    assert len(greeting["val"]["connectionId"]) == 36


async def test_the_subprotocol_is_named_to_who_offers_it_alone(platform: Platform, query: Any) -> None:
    application = ActorsApplication(ASGIHandler())
    socket = Socket(application, query("probe", "k", "/connect"), ["rivet_encoding.json"])
    assert await socket.open() is None
    assert (await socket.body())["tag"] == "Init"
    await socket.leave()


async def test_an_action_is_answered_under_its_id(connect: Open) -> None:
    socket = await connect()
    await socket.act(7, "inc", 2)
    assert await socket.body() == {"tag": "ActionResponse", "val": {"id": ["$BigInt", "7"], "output": 2}}


async def test_an_inspector_sees_how_much_has_gone_over_a_connection(
    platform: Platform, connect: Open
) -> None:
    socket = await connect()
    await socket.act(7, "inc", 2)
    answer = await socket.receive()
    assert platform.node is not None
    (task,) = platform.node.residents()
    (seen,) = task.inspection.connections()
    assert seen.traffic is not None
    assert seen.traffic.heard_at is not None
    assert 0 <= platform.clock.now_ms() - seen.traffic.heard_at < 60_000
    assert seen.round_trip is None, "there is no socket"
    assert (seen.traffic.received, seen.traffic.sent, seen.traffic.unsent) == (1, 2, 0)
    assert seen.traffic.received_bytes > 50
    assert seen.traffic.sent_bytes > len(answer)


async def test_the_event_of_an_action_comes_before_its_answer(connect: Open) -> None:
    socket = await connect()
    await socket.subscribe("tick")
    await socket.act(0, "inc", 3)
    assert await socket.body() == {"tag": "Event", "val": {"name": "tick", "args": [3]}}
    assert (await socket.body())["tag"] == "ActionResponse"
    await socket.subscribe("tick", wanted=False)
    await socket.act(1, "inc", 1)
    assert (await socket.body())["tag"] == "ActionResponse"


async def test_errors_carry_the_action_and_the_actor(connect: Open) -> None:
    socket = await connect("e")
    await socket.act(8, "userErrMeta")
    error = (await socket.body())["val"]
    assert (error["group"], error["code"], error["metadata"]) == (
        "user",
        "detailed_error",
        {"n": 1, "reason": "test"},
    )
    assert error["actionId"] == ["$BigInt", "8"]
    assert error["actor"]["generation"] == 1 and error["actor"]["key"] == "e"
    await socket.act(9, "nope")
    assert (await socket.body())["val"]["code"] == "action_not_found"
    await socket.act(10, "err")
    assert (await socket.body())["val"]["message"] == "An internal error occurred"


async def test_an_unknown_tag_in_the_arguments_fails_that_action_only(connect: Open) -> None:
    socket = await connect()
    await socket.act(1, "echo", ["$Nope", 1])
    assert (await socket.body())["tag"] == "Error"
    await socket.act(2, "echo", 1)
    assert (await socket.body())["val"]["output"] == [1]


async def test_a_bare_client_is_answered_in_version_3_until_it_shows_version_4(connect: Open) -> None:
    socket = await connect("k", "rivet", "rivet_encoding.bare", greeted=False)
    assert (await socket.receive())[:2] == b"\x03\x00"
    await socket.send(bytes.fromhex("03000001") + b"\x04nope\x01\x80")
    assert (await socket.receive())[:2] == b"\x03\x00"
    await socket.send(bytes.fromhex("04000002") + b"\x04nope\x01\x80")
    assert (await socket.receive())[:2] == b"\x04\x00"


@pytest.mark.parametrize(
    "frame",
    ["{", '{"body":{"tag":"Zip","val":{}}}', b"\xff\xff", "[]", "", '{"body":{"tag":"ActionRequest"}}'],
)
async def test_a_frame_that_is_no_message_closes_the_socket(connect: Open, frame: Any) -> None:
    socket = await connect()
    await socket.send(frame)
    assert await socket.expect_close() == (1011, "actor.invalid_request")


async def test_trap_05_a_frame_over_the_limit_closes_the_socket_at_once(connect: Open) -> None:
    socket = await connect()
    await socket.send("x" * 65_537)
    assert await socket.expect_close() == (1011, "message.incoming_too_long")


async def test_the_limit_counts_bytes_not_characters(connect: Open) -> None:
    socket = await connect()
    await socket.act(1, "echo", "ü" * 40_000)
    assert await socket.expect_close() == (1011, "message.incoming_too_long")


async def test_an_answer_over_the_limit_is_an_error_of_that_action(connect: Open) -> None:
    socket = await connect()
    await socket.act(1, "bigret", 1_100_000)
    assert (await socket.body())["val"]["code"] == "outgoing_too_long"
    await socket.act(2, "echo")
    assert (await socket.body())["tag"] == "ActionResponse"


async def test_an_event_over_the_limit_ends_the_connection(connect: Open) -> None:
    socket = await connect()
    await socket.subscribe("tick")
    await socket.act(1, "flood", 1, 1_100_000)
    assert await socket.expect_close() == (1011, "message.outgoing_too_long")


async def test_an_unknown_encoding_closes_with_1003(connect: Open) -> None:
    socket = await connect("k", "rivet", "rivet_encoding.xml", greeted=False)
    assert await socket.expect_close() == (1003, "actor.unsupported_websocket_encoding")


async def test_a_missing_actor_closes_with_a_reason_that_clients_retry(connect: Open, query: Any) -> None:
    socket = await connect(path=query("probe", "none", "/connect", method="get"), greeted=False)
    code, reason = await socket.expect_close()
    name, _, ray = reason.partition("#")
    assert (code, name, len(ray)) == (1011, "actor.not_found", 30)


async def test_a_refusal_by_the_actor_is_told_in_a_frame_and_in_the_close(connect: Open) -> None:
    socket = await connect(
        "k", "rivet", "rivet_encoding.json", "rivet_conn_params.%7B%22reject%22%3Atrue%7D", greeted=False
    )
    error = await socket.body()
    assert error["val"] == {
        "group": "user",
        "code": "rejected",
        "message": "no entry",
        "metadata": {"why": "params"},
        "actionId": None,
    }
    assert await socket.expect_close() == (1011, "user.rejected")


async def test_params_that_are_no_json_close_before_the_actor_is_asked(connect: Open) -> None:
    socket = await connect("k", *JSON, "rivet_conn_params.zzz", greeted=False)
    code, reason = await socket.expect_close()
    assert (code, reason.partition("#")[0]) == (1011, "guard.websocket_closed_before_open")


async def test_params_with_commas_survive_a_server_that_unquotes_the_header(connect: Open) -> None:
    header = "rivet, rivet_encoding.json, rivet_conn_params.%7B%22a%22%3A1%2C%22b%22%3A2%7D"
    socket = await connect(headers={"sec-websocket-protocol": header})
    await socket.act(0, "connInfo")
    assert (await socket.body())["val"]["output"]["params"] == {"a": 1, "b": 2}


async def test_the_subprotocols_can_name_the_actor(connect: Open) -> None:
    first = await connect("h")
    await first.act(0, "key")
    actor_id = (await first.body())["val"]["output"]["id"]
    second = await connect(
        "",
        *JSON,
        "rivet_target.actor",
        f"rivet_actor.{actor_id}",
        path="/connect",
        headers={"sec-websocket-protocol": f"rivet,rivet_target.actor,rivet_actor.{actor_id}"},
    )
    await second.act(0, "key")
    assert (await second.body())["val"]["output"]["id"] == actor_id


async def test_the_inspectors_door_is_closed(connect: Open, query: Any) -> None:
    socket = await connect(path=query("probe", "k", "/inspector/connect"), greeted=False)
    code, reason = await socket.expect_close()
    assert (code, reason.partition("#")[0]) == (1008, "inspector.unauthorized")


async def test_a_wrong_token_closes_with_1008(connect: Open, platform: Platform) -> None:
    platform.config = replace(platform.config, token="s3cret")
    wrong = await connect("k", *JSON, "rivet_token.guess", greeted=False)
    code, reason = await wrong.expect_close()
    assert (code, reason.partition("#")[0]) == (1008, "api.forbidden")
    right = await connect("k", *JSON, "rivet_token.s3cret")
    await right.act(0, "get")
    assert (await right.body())["tag"] == "ActionResponse"


async def test_an_actor_that_disconnects_gives_code_1000_and_its_reason(connect: Open) -> None:
    socket = await connect()
    await socket.act(0, "disconnectMe")
    assert await socket.expect_close() == (1000, "bye.now")


async def test_a_destroyed_actor_closes_its_sockets(connect: Open) -> None:
    socket = await connect("d")
    await socket.act(0, "destroyMe")
    assert (await socket.body())["val"]["output"] is True
    assert await socket.expect_close() == (1000, "")


async def test_leaving_ends_the_connection_of_the_actor(connect: Open, platform: Platform) -> None:
    socket = await connect("l")
    assert platform.node is not None and platform.node.stats().connections == 1
    await socket.leave()
    assert platform.node.stats().connections == 0
    assert not platform.sessions


async def test_a_client_that_pipelines_without_end_is_answered_in_full(connect: Open) -> None:
    socket = await connect()
    wanted = MAX_PENDING * 3
    for number in range(wanted):
        await socket.act(number, "echo", number)
    ids = [int((await socket.body())["val"]["id"][1]) for _ in range(wanted)]
    assert sorted(ids) == list(range(wanted))


async def test_draining_tells_sockets_to_reconnect(connect: Open, platform: Platform) -> None:
    socket = await connect()
    await platform.drain()
    assert await socket.expect_close() == (1001, "ws.going_away")


async def conversation(connect: Open, encoding: str) -> Socket:
    socket: Socket = await connect("strict", "rivet", f"rivet_encoding.{encoding}", greeted=False)
    await socket.receive()
    return socket


async def count(connect: Open) -> Any:
    socket = await connect("strict")
    await socket.act(0, "get")
    return (await socket.body())["val"]["output"]


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_what_follows_a_bad_frame_is_not_done(connect: Open, encoding: str) -> None:
    dice, good = random.Random(encoding), action_message(encoding, "inc", 1)
    for _ in range(20):
        socket = await conversation(connect, encoding)
        await socket.send(as_frame(encoding, broken(dice, good)))
        await socket.send(as_frame(encoding, good))
        assert await socket.expect_close() == (1011, "actor.invalid_request")
    assert await count(connect) == 0


@pytest.mark.parametrize("version", [0, 5])
async def test_an_unknown_version_of_bare_closes_the_socket(connect: Open, version: int) -> None:
    socket, good = await conversation(connect, "bare"), action_message("bare", "inc", 1)
    await socket.send(with_version(good, version))
    assert await socket.expect_close() == (1011, "actor.invalid_request")
    assert await count(connect) == 0
    known = await conversation(connect, "bare")
    await known.send(good)
    assert (await known.receive())[:2] == b"\x04\x00"
    assert await count(connect) == 1
