"""The inspector's websocket: versions, tokens, each request's answer, news as they come, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

from actors.errors import ActorError
from actors.gateway.asgi import ActorsApplication
from actors.gateway.inspector_session import Wiring
from actors.gateway.inspector_socket import LEGACY, wiring_of
from actors.gateway.platform import Platform
from actors.protocol import cbor
from actors.protocol import inspector_answers as answers
from actors.protocol import inspector_requests as requests
from actors.protocol.inspector_answers import TO_CLIENT
from actors.protocol.inspector_requests import TO_SERVER
from actors.protocol.inspector_shapes import VERSIONS
from tests.gateway.frames import broken, damaged
from tests.gateway.inspecting import Inspector
from tests.gateway.limits import holds
from tests.gateway.logins import staff
from tests.gateway.recordings import cases, replayed
from tests.gateway.sockets import Socket

Inspect = Callable[..., Awaitable[Inspector]]
NEWS = (
    answers.StateUpdated,
    answers.ConnectionsUpdated,
    answers.QueueUpdated,
    answers.SchedulesUpdated,
)


class Talk:
    """An open inspector."""

    def __init__(self, socket: Socket, wiring: Wiring) -> None:
        self.socket = socket
        self.wiring = wiring

    async def read(self) -> Any:
        frame = await self.socket.receive()
        assert isinstance(frame, bytes), f"closed: {self.socket.close}"
        return heard(frame, self.wiring)

    async def send(self, message: Any) -> None:
        encode = TO_SERVER.encode if self.wiring.prefixed else TO_SERVER.encode_payload
        await self.socket.send(encode(message, self.wiring.version))

    async def answer(self) -> Any:
        """The next message that is no news."""
        while isinstance(message := await self.read(), NEWS):
            pass
        return message

    async def ask(self, message: Any) -> Any:
        await self.send(message)
        return await self.answer()

    async def news(self, kind: type[Any]) -> Any:
        while not isinstance(message := await self.read(), kind):
            pass
        return message


def heard(frame: bytes, wiring: Wiring) -> Any:
    if not wiring.prefixed:
        return TO_CLIENT.decode_payload(frame, wiring.version)
    message, version = TO_CLIENT.decode(frame)
    assert version == wiring.version
    return message


async def knock(client: Inspector, query: str, *offered: str, **headers: str) -> Socket:
    """Upgraded, perhaps to be closed at once."""
    application = ActorsApplication(ASGIHandler())
    path = f"/gateway/{client.actor_id}/inspector/connect{query}"
    socket = Socket(application, path, ["rivet", *offered])
    assert await socket.open(dict(headers)) == "rivet"
    return socket


@asynccontextmanager
async def talk(client: Inspector, version: int = 6) -> AsyncIterator[tuple[Talk, Any]]:
    """An inspector and its greeting."""
    query = f"?protocol_version={version}"
    socket = await knock(client, query, f"rivet_inspector_token.{client.token}")
    open_talk = Talk(socket, Wiring(version, prefixed=False))
    yield open_talk, await open_talk.read()
    await socket.leave()


# -- as recorded -----------------------------------------------------------------------------------------
TALKS = [case for case in replayed("ws_inspector.json") if case.get("frames")]
REFUSED = [case for case in cases("ws_inspector.json") if not case.get("frames")]
OWN = (
    answers.QueueResponse,  # its limit is another
    answers.RpcsListResponse,  # the actions are the test's own
    answers.Init,
)


def said(message: Any) -> Any:
    """A message with its CBOR read: the same value may be written in two ways."""
    if isinstance(message, bytes):
        return cbor.decode(message) if message else message
    if isinstance(message, msgspec.Struct):
        values = {name: said(getattr(message, name)) for name in message.__struct_fields__}
        return type(message).__name__, values
    return [said(item) for item in message] if isinstance(message, list) else message


def wiring_for(case: dict[str, Any]) -> Wiring:
    wiring = wiring_of(case["url_path"].partition("?")[2])
    assert wiring is not None
    return wiring


@pytest.mark.parametrize("case", TALKS, ids=[case["name"] for case in TALKS])
async def test_each_answer_is_one_of_the_original(inspector: Inspect, case: dict[str, Any]) -> None:
    """Of the same kind for the few that depend on the actor, and equal in value for the others."""
    wiring = wiring_for(case)
    frames = [(frame["dir"], bytes.fromhex(frame["hex"])) for frame in case["frames"]]
    recorded = [heard(data, wiring) for direction, data in frames if direction == "s2c"]
    client = await inspector()
    begin = next(said(message)[1]["state"] for message in recorded if isinstance(message, answers.Init))
    await client.ask("PATCH", "/state", json={"state": begin})
    query = case["url_path"].partition("?")
    socket = await knock(client, query[1] + query[2], f"rivet_inspector_token.{client.token}")
    conversation = Talk(socket, wiring)
    assert isinstance(await conversation.read(), answers.Init)
    told = [said(message) for message in recorded]
    for direction, data in frames:
        if direction == "s2c":
            continue
        await socket.send(data)
        if asks_for(data, wiring) is requests.PatchStateRequest:
            answer = await conversation.news(answers.StateUpdated)
        else:
            answer = await conversation.answer()
        if isinstance(answer, OWN):
            assert any(isinstance(message, type(answer)) for message in recorded)
        elif not is_ours(asks_for(data, wiring), answer):
            assert said(answer) in told
    await socket.leave()


def asks_for(data: bytes, wiring: Wiring) -> type[Any] | None:
    try:
        return type(wiring.read(data))
    except ActorError:
        return None


def is_ours(asked: type[Any] | None, answer: Any) -> bool:
    """Where this platform has another answer on purpose."""
    if asked is None:  # the recording ends before its last answer
        return bool(answer == answers.Error("unexpected end of input"))
    if asked in (requests.DatabaseSchemaRequest, requests.DatabaseTableRowsRequest):
        return bool(answer == answers.Error("not_enabled: The actor has no database of its own."))
    if asked is requests.ScheduleDeleteRequest and isinstance(answer, answers.Error):
        return answer.message.startswith("invalid_request: ") and "zip" in answer.message
    return asked is requests.SchedulesRequest


@pytest.mark.parametrize("case", REFUSED, ids=[case["name"] for case in REFUSED])
async def test_whoever_is_refused_is_told_as_by_the_original(
    inspector: Inspect, case: dict[str, Any]
) -> None:
    client = await inspector()
    query = case["url_path"].partition("?")[2]
    good = "rivet_inspector_token.7RS-UCPgwEJs4rN--7MTwvTHUtSAlQaUCWANAd_RqDI"
    offered = [
        item.replace(good, f"rivet_inspector_token.{client.token}") for item in case["subprotocols"][1:]
    ]
    socket = await knock(client, f"?{query}", *offered)
    assert await socket.expect_close() == (case["close"]["code"], case["close"]["reason"])


# -- versions and tokens ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query", ["protocol_version=", "protocol_version=0", "protocol_version=06", "protocol_version=-1"]
)
def test_there_are_six_versions(query: str) -> None:
    assert wiring_of(query) is None


def test_a_url_without_a_version_is_that_of_an_older_inspector() -> None:
    assert wiring_of("") == wiring_of("a=1") == LEGACY
    assert wiring_of("a=1&protocol_version=3&protocol_version=9") == Wiring(3, prefixed=False)


async def test_an_older_inspector_may_speak_any_version(inspector: Inspect) -> None:
    """Each frame says its own; the answers are those of version 5."""
    client = await inspector()
    socket = await knock(client, "", f"rivet_inspector_token.{client.token}")
    conversation = Talk(socket, LEGACY)
    assert isinstance(await conversation.read(), answers.Init)
    for version in VERSIONS:
        await socket.send(TO_SERVER.encode(requests.StateRequest(version), version))
        assert (await conversation.answer()).rid == version
    await socket.send(TO_SERVER.encode(requests.SchedulesRequest(1), 6))
    assert await conversation.answer() == answers.Error("inspector.schedules_dropped")
    await socket.leave()


@pytest.mark.parametrize("token", ["own", "platform"])
async def test_a_token_may_come_in_the_header(inspector: Inspect, platform: Platform, token: str) -> None:
    client = await inspector()
    platform.config = replace(platform.config, token="p" * 40)
    value = {"own": client.token, "platform": "p" * 40}[token]
    socket = await knock(client, "?protocol_version=6", authorization=f"Bearer {value}")
    assert await socket.receive() is not None
    await socket.leave()
    other = await knock(
        client, "?protocol_version=6", "rivet_inspector_token.x", authorization=f"Bearer {value}"
    )
    assert await other.expect_close() == (1008, "inspector.unauthorized"), "what is offered counts first"


async def test_a_refused_inspector_wakes_nobody_and_finds_out_nothing(
    inspector: Inspect, platform: Platform
) -> None:
    client = await inspector()
    task = client.task()
    task.request_sleep()
    await task.stopped()
    for actor_id in (client.actor_id, "tpm899o4hpr4v5nz6us6aaaaaacl00"):
        client.actor_id = actor_id
        socket = await knock(client, "?protocol_version=6", "rivet_inspector_token.x")
        assert await socket.expect_close() == (1008, "inspector.unauthorized")
    assert platform.node is not None and platform.node.residents() == []


@pytest.mark.django_db(transaction=True)
async def test_staff_who_may_only_look_change_nothing(inspector: Inspect, platform: Platform) -> None:
    client = await inspector()
    cookie = await sync_to_async(staff)("view_actor")
    own = {"cookie": cookie, "origin": "http://localhost"}
    foreign = await knock(client, "?protocol_version=6", **{**own, "origin": "https://evil.example"})
    assert await foreign.expect_close() == (1008, "inspector.unauthorized")
    socket = await knock(client, "?protocol_version=6", **own)
    conversation = Talk(socket, Wiring(6, prefixed=False))
    assert isinstance(await conversation.read(), answers.Init)
    assert isinstance(await conversation.ask(requests.StateRequest(1)), answers.StateResponse)
    for change in (
        requests.PatchStateRequest(cbor.encode({"count": 1})),
        requests.ActionRequest(2, "inc", cbor.encode([1])),
        requests.WorkflowReplayRequest(3, None),
        requests.ScheduleDeleteRequest(4, "x", "at"),
    ):
        refused = await conversation.ask(change)
        assert refused.message.startswith("unauthorized: ")
    await socket.leave()
    assert (await client.get("/state"))["state"] == {"count": 0}


async def test_read_only_says_so_to_whoever_changes_something(inspector: Inspect, platform: Platform) -> None:
    client = await inspector()
    platform.config = replace(platform.config, inspector_read_only=True)
    async with talk(client) as (conversation, _):
        refused = await conversation.ask(requests.PatchStateRequest(cbor.encode({"count": 1})))
        assert refused.message.startswith("read_only: ")
    assert (await client.get("/state"))["state"] == {"count": 0}


# -- answers ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("version", VERSIONS)
async def test_the_greeting_says_what_there_is(inspector: Inspect, version: int) -> None:
    client = await inspector()
    async with talk(client, version) as (_, init):
        assert cbor.decode(init.state) == {"count": 0}
        assert (init.is_state_enabled, init.is_database_enabled, init.is_workflow_enabled) == (
            True,
            False,
            False,
        )
        assert init.rpcs == (await client.get("/rpcs"))["rpcs"]
        assert (init.connections, init.tab_config, init.schedules, init.queue_size) == ([], [], [], 0)
    async with talk(await inspector("plain"), version) as (conversation, init):
        assert (init.state, init.is_state_enabled) == (None, False)
        none = await conversation.ask(requests.StateRequest(7))
        assert none == answers.StateResponse(7, None, is_state_enabled=False)
        refused = await conversation.ask(requests.PatchStateRequest(cbor.encode(1)))
        assert refused == answers.Error("state_not_enabled: State is not enabled for this actor.")


async def test_a_slow_action_holds_up_nothing(inspector: Inspect) -> None:
    async with talk(await inspector()) as (conversation, _):
        await conversation.send(requests.ActionRequest(1, "slow", cbor.encode([])))
        assert (await conversation.ask(requests.StateRequest(2))).rid == 2
        assert await conversation.answer() == answers.Error("action_timed_out: Action timed out")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            requests.ActionRequest(1, "nope", cbor.encode([])),
            "action_not_found: Action `nope` was not found.",
        ),
        (requests.ActionRequest(1, "err", cbor.encode([])), "internal_error: An internal error occurred"),
        (requests.ActionRequest(1, "inc", cbor.encode(5)), "invalid_request: "),
        (requests.ActionRequest(1, "inc", b"\xff"), ""),
        (requests.PatchStateRequest(cbor.encode({"count": "x"})), "invalid_request: "),
        (requests.PatchStateRequest(b""), ""),
    ],
)
async def test_a_request_that_fails_is_an_error_and_changes_nothing(
    inspector: Inspect, message: Any, told: str
) -> None:
    client = await inspector()
    async with talk(client) as (conversation, _):
        answer = await conversation.ask(message)
        assert isinstance(answer, answers.Error) and answer.message.startswith(told)
        assert (await conversation.ask(requests.StateRequest(2))).rid == 2, "the socket stays open"
    assert (await client.get("/state"))["state"] == {"count": 0}


@pytest.mark.parametrize("frame", [b"\xff", b"\x63", "text"])
async def test_what_is_no_message_is_an_error(inspector: Inspect, frame: Any) -> None:
    async with talk(await inspector()) as (conversation, _):
        await conversation.socket.send(frame)
        assert isinstance(await conversation.answer(), answers.Error)


async def test_a_frame_has_a_limit(inspector: Inspect) -> None:
    async with talk(await inspector()) as (conversation, _):
        await conversation.socket.send(b"\x00" * 1_100_000)
        code, reason = await conversation.socket.expect_close()
        holds("Inspector frame", socket=f"close {code} `{reason}`")


async def test_an_answer_has_a_limit(inspector: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("inspector", "inspector_view", "inspector_socket"):
        monkeypatch.setattr(f"actors.gateway.{module}.LARGEST", 300)
    client = await inspector("typed")
    assert (await client.ask("PATCH", "/state", json={"state": {"owner": "x" * 250}})).status_code == 200
    over = await client.ask("GET", "/state")
    told = over.json()
    socket = await knock(client, "?protocol_version=6", f"rivet_inspector_token.{client.token}")
    code, reason = await socket.expect_close()
    http = f"{over.status_code} `{told['group']}.{told['code']}`"
    holds("Inspector answer", http=http, socket=f"close {code} `{reason}`")


# -- news ------------------------------------------------------------------------------------------------
async def test_a_change_is_told_once_it_is_durable(inspector: Inspect) -> None:
    client = await inspector()
    async with talk(client) as (conversation, _):
        await client.ask("POST", "/action/inc", json={"args": [3]})
        told = await conversation.news(answers.StateUpdated)
        assert cbor.decode(told.state) == {"count": 3}


async def test_many_changes_are_few_news_and_the_last_is_told(inspector: Inspect) -> None:
    client = await inspector()
    async with talk(client) as (conversation, _):
        for _ in range(100):
            await client.ask("POST", "/action/inc", json={})
        count, news = 0, 0
        while count < 100:
            count = cbor.decode((await conversation.news(answers.StateUpdated)).state)["count"]
            news += 1
        assert news < 50


async def test_who_comes_and_goes_is_told(
    inspector: Inspect, query: Callable[..., str], platform: Platform
) -> None:
    client = await inspector()
    async with talk(client) as (conversation, _):
        visitor = Socket(ActorsApplication(ASGIHandler()), query("inspected", "i", "/connect"), ["rivet"])
        await visitor.open()
        greeting = await visitor.body()
        told = await conversation.news(answers.ConnectionsUpdated)
        assert [conn.id for conn in told.connections] == [greeting["val"]["connectionId"]]
        await visitor.subscribe("tick")
        told = await conversation.news(answers.ConnectionsUpdated)
        assert cbor.decode(told.connections[0].details)["subscriptions"] == 1
        await visitor.leave()
        assert (await conversation.news(answers.ConnectionsUpdated)).connections == []


async def test_an_edit_is_told_to_every_inspector(inspector: Inspect) -> None:
    client = await inspector()
    async with talk(client) as (one, _), talk(client, 1) as (other, _):
        await one.send(requests.PatchStateRequest(cbor.encode({"count": 8})))
        for conversation in (one, other):
            assert cbor.decode((await conversation.news(answers.StateUpdated)).state) == {"count": 8}


async def test_the_attachment_ends_with_the_socket_however_it_ends(inspector: Inspect) -> None:
    client = await inspector()
    seen = client.task().inspection
    async with talk(client), talk(client):
        assert seen.attached == 2
    assert seen.attached == 0
    socket = await knock(client, "?protocol_version=6", f"rivet_inspector_token.{client.token}")
    await socket.receive()
    assert seen.attached == 1
    await socket.leave(code=1006)
    assert seen.attached == 0


async def test_an_inspector_keeps_nobody_awake_and_hears_of_the_end(inspector: Inspect) -> None:
    client = await inspector()
    task = client.task()
    async with talk(client) as (conversation, _):
        assert task._parts.work.holding == 0
        task.request_sleep()
        assert await conversation.socket.expect_close() == (1000, "actor.stopped")
    await task.stopped()
    assert task.inspection.attached == 0


async def test_whoever_comes_at_the_very_end_is_sent_away(inspector: Inspect) -> None:
    client = await inspector()
    task = client.task()
    task.request_sleep()
    await task.stopped()
    ended = asyncio.Event()

    class Late:
        def changed(self, aspect: Any) -> None:
            raise AssertionError

        def ended(self) -> None:
            ended.set()

    task.inspection.attach(Late()).close()
    assert ended.is_set()


async def test_nothing_that_an_inspector_sends_can_hurt(inspector: Inspect) -> None:
    """Damaged messages and noise: each is answered, and the next one too."""
    dice = Random(11)
    good = [
        requests.PatchStateRequest(cbor.encode({"count": 3})),
        requests.ActionRequest(300, "inc", cbor.encode([1])),
        requests.QueueRequest(2**64 - 1, 2**64 - 1),
        requests.DatabaseTableRowsRequest(1, "t", 2**64 - 1, 0),
        requests.ScheduleHistoryRequest(1, "x", 2**63),
        requests.ScheduleDeleteRequest(1, "x", "cron"),
        requests.TraceQueryRequest(1, 0, 2**64 - 1, 0),
        requests.WorkflowReplayRequest(1, "entry"),
    ]
    async with talk(await inspector()) as (conversation, _):
        for number in range(200):
            message = TO_SERVER.encode_payload(dice.choice(good), 6)
            await conversation.socket.send(dice.choice([damaged, broken])(dice, message))
            await conversation.send(requests.StateRequest(1_000 + number))
        seen = set()
        while len(seen) < 200:
            answer = await conversation.answer()
            assert isinstance(answer, msgspec.Struct)
            if isinstance(answer, answers.StateResponse) and answer.rid >= 1_000:
                seen.add(answer.rid)


# -- schedules -------------------------------------------------------------------------------------------
async def test_schedules_are_listed_told_and_deleted(inspector: Inspect) -> None:
    client = await inspector("inspectedPlanner")
    async with talk(client) as (conversation, init):
        assert init.schedules == []
        await client.ask("POST", "/action/plan", json={"args": [3000]})
        told: dict[str, Any] = {}
        while len(told) < 3:
            news = await conversation.news(answers.SchedulesUpdated)
            told = {one.kind: one for one in news.schedules}
        assert (told["cron"].id, told["cron"].expression) == ("nightly", "0 3 * * *")
        assert (told["cron"].timezone, told["every"].interval_ms) == ("Europe/Berlin", 3_600_000)
        assert (told["every"].max_history, told["at"].name) == (5, None)
        assert cbor.decode(told["at"].args) == [3]
        listed = await conversation.ask(requests.SchedulesRequest(1))
        assert {one.kind: one for one in listed.schedules} == told
        names = [("at", told["at"].id), ("cron", "nightly"), ("every", "often")]
        for number, (kind, name) in enumerate(names):
            for deleted in (True, False):
                answer = await conversation.ask(requests.ScheduleDeleteRequest(number, name, kind))
                assert answer == answers.ScheduleDeleteResponse(number, name, deleted)
        assert (await conversation.ask(requests.SchedulesRequest(2))).schedules == []
    async with talk(client, 5) as (older, _):
        await client.ask("POST", "/action/plan", json={"args": [3000]})
        answer = await older.ask(requests.RpcsListRequest(3))
        assert isinstance(answer, answers.RpcsListResponse), "what a version lacks is no news to it"


async def test_a_schedule_is_deleted_by_its_name_or_its_number(inspector: Inspect) -> None:
    client = await inspector("inspectedPlanner")
    planned = await client.ask("POST", "/action/plan", json={"args": [3000]})
    assert planned.status_code == 200, planned.text
    asked = {"id": "nightly", "kind": "cron"}
    for deleted in (True, False):
        assert (await client.ask("POST", "/schedules/delete", json=asked)).json() == {"deleted": deleted}
    refused = await client.ask("POST", "/schedules/delete", json={"id": "often", "kind": "weekly"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    often = await client.ask("POST", "/schedules/delete", json={"id": "often", "kind": "every"})
    assert often.json() == {"deleted": True}


@pytest.mark.parametrize(("amount", "result"), [(1, "ok"), (13, "error")])
async def test_the_runs_of_a_schedule_are_shown(inspector: Inspect, amount: int, result: str) -> None:
    client = await inspector("inspectedPlanner")
    async with talk(client) as (conversation, _):
        made = await client.ask("POST", "/action/ringSoon", json={"args": [amount]})
        asked = requests.ScheduleHistoryRequest(1, str(made.json()["output"]), 10)
        runs: list[Any] = []
        while not (runs and runs[0].finished_at):
            await conversation.news(answers.SchedulesUpdated)
            runs = (await conversation.ask(asked)).history
        assert (len(runs), runs[0].result) == (1, result)
        assert (runs[0].error is None) == (result == "ok")
        if runs[0].error is not None:
            assert (runs[0].error.group, runs[0].error.code) == ("user", "unlucky")
        unknown = await conversation.ask(requests.ScheduleHistoryRequest(2, "9" * 40, 0))
        assert unknown == answers.ScheduleHistoryResponse(2, "9" * 40, [])
