"""The inspector over HTTP: who may ask, what is shown, and that changes go the actor's own ways."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

from actors.errors import ActorError
from actors.gateway.asgi import ActorsApplication
from actors.gateway.inspector_auth import inspector_token
from actors.gateway.inspector_connections import LONGEST_REASON
from actors.gateway.inspector_view import LARGEST
from actors.gateway.platform import Platform
from actors.protocol import cbor
from actors.protocol.urls import escape
from actors.runtime.conn import ConnectRequest
from actors.storage.memory import MemoryDatabase
from tests.gateway.inspecting import Inspector
from tests.gateway.limits import holds
from tests.gateway.logins import allowed
from tests.gateway.recordings import cases, contains, replayed
from tests.gateway.sockets import Socket
from tests.runtime.queues import JOBS, bodies, define_queues, mailbox, receive, send
from tests.runtime.support import Wire

Query = Callable[..., str]
Inspect = Callable[..., Awaitable[Inspector]]
TOKEN = "p" * 40
OWN = "http://localhost"


# -- as recorded -----------------------------------------------------------------------------------------
SHELVES = {"xwqf78irty3ducwpyf4if6ylladl00": "inspected", "hg3iv9vtxyawp4s1hte7r2j8n9cl00": "plain"}


async def test_the_answers_are_those_of_the_original(inspector: Inspect) -> None:
    """One recording is one conversation: later cases see what earlier ones changed."""
    clients = {theirs: await inspector(name, "insp-1795424058341") for theirs, name in SHELVES.items()}
    failures = []
    for case in replayed("http_inspector.json"):
        asked, told = case["request"], case["response"]
        theirs = asked["path"].split("/")[2]
        client = clients[theirs]
        # Servers cut the space behind a header's value, before any application sees it.
        headers = {
            key: value.replace("<token>", client.token).rstrip() for key, value in asked["headers"].items()
        }
        response = await client.http.request(
            asked["method"],
            asked["path"].replace(theirs, client.actor_id),
            headers=headers,
            content=asked["body"],
        )
        expected = json.loads(told["text"])
        if case["name"] == "enqueue":
            expected.pop("createdAtMs")
        if (response.status_code, contains(response.json(), expected)) != (told["status"], True):
            failures.append((case["name"], response.status_code, response.text, told["status"], expected))
        if response.status_code != 401:
            assert response.headers["x-rivet-actor"] == client.actor_id
            assert response.headers["x-rivet-actor-key"] == "insp-1795424058341"
    assert not failures, "\n".join(map(str, failures))


def test_most_of_what_actors_have_is_replayed() -> None:
    assert len(replayed("http_inspector.json")) > len(cases("http_inspector.json")) * 0.4


# -- who may ask -----------------------------------------------------------------------------------------
def test_each_actor_has_a_token_that_only_the_secret_gives(platform: Platform) -> None:
    config = platform.config
    tokens = {inspector_token(config, "a"), inspector_token(config, "b")}
    tokens.add(inspector_token(replace(config, internal_secret="other"), "a"))
    assert len(tokens) == 3
    assert all(token is not None and len(token) == 43 for token in tokens)
    assert inspector_token(replace(config, internal_secret=""), "a") is None


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, False),
        ({"authorization": "Bearer {own}"}, True),
        ({"authorization": "Bearer {platform}"}, True),
        ({"authorization": "Bearer {other}"}, False),
        ({"authorization": "Bearer {own}x"}, False),
        ({"authorization": "Bearer ümlaut"}, False),
        ({"x-rivet-token": "{own}"}, False),
        ({"x-rivet-token": "{platform}"}, False),
    ],
)
async def test_a_bearer_token_opens(
    inspector: Inspect, platform: Platform, headers: dict[str, str], allowed: bool
) -> None:
    """The actor's own, or the platform's; not that of another actor."""
    client, other = await inspector(), await inspector("inspected", "other")
    platform.config = replace(platform.config, token=TOKEN)
    known = {"own": client.token, "other": other.token, "platform": TOKEN}
    filled = {name: value.format(**known).encode() for name, value in headers.items()}
    url = f"/gateway/{client.actor_id}/inspector/state"
    response = await client.http.get(url, headers=filled)
    assert response.status_code == (200 if allowed else 401)
    if not allowed:
        assert response.json() == {
            "group": "inspector",
            "code": "unauthorized",
            "message": "Inspector request requires a valid bearer token",
            "metadata": None,
        }


async def test_without_a_secret_no_actor_has_a_token(inspector: Inspect, platform: Platform) -> None:
    client = await inspector()
    platform.config = replace(platform.config, internal_secret="")
    for token in (client.token, "None", ""):
        response = await client.ask("GET", "/state", headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 401


async def test_whoever_is_refused_wakes_nobody(
    inspector: Inspect, platform: Platform, database: MemoryDatabase
) -> None:
    client = await inspector()
    task = client.task()
    task.request_sleep()
    await task.stopped()
    refused = await client.ask("GET", "/state", headers={"authorization": "Bearer wrong"})
    assert refused.status_code == 401
    assert database.rows[client.actor_id].record.connectable_at is None
    assert (await client.get("/state"))["isStateEnabled"] is True


async def test_an_inspector_makes_no_actor(
    http: httpx.AsyncClient, platform: Platform, query: Query, database: MemoryDatabase
) -> None:
    """And says to strangers no more of actors that there are not than of those that there are."""
    platform.config = replace(platform.config, token=TOKEN)
    url = query("inspected", "nobody", "/inspector/state")
    known = await http.get(url, headers={"authorization": f"Bearer {TOKEN}"})
    assert (known.status_code, known.json()["code"]) == (404, "not_found")
    for headers in ({}, {"authorization": "Bearer x"}):
        assert (await http.get(url, headers=headers)).status_code == 401
    assert not any(row.record.key == "nobody" for row in database.rows.values())


async def test_a_url_by_name_and_key_finds_the_actor_asleep_or_awake(
    inspector: Inspect, http: httpx.AsyncClient, query: Query
) -> None:
    client = await inspector("inspected", "byname")
    url = query("inspected", "byname", "/inspector/state", "get")
    headers = {"authorization": f"Bearer {client.token}"}
    assert (await http.get(url, headers=headers)).json()["isStateEnabled"] is True
    task = client.task()
    task.request_sleep()
    await task.stopped()
    assert (await http.get(url, headers=headers)).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fields", "origin", "sees", "changes"),
    [
        ({"is_staff": True, "may": ["view_actor"]}, OWN, True, False),
        ({"is_staff": True, "may": ["change_actor"]}, OWN, False, True),
        ({"is_superuser": True, "is_staff": True}, OWN, True, True),
        ({"is_superuser": True}, OWN, False, False),
        ({"is_staff": True}, OWN, False, False),
        ({"may": ["view_actor", "change_actor"]}, OWN, False, False),
        ({"is_superuser": True, "is_staff": True}, "https://evil.example", False, False),
    ],
)
async def test_staff_need_djangos_permission_on_a_page_of_this_site(
    inspector: Inspect, fields: dict[str, Any], origin: str, sees: bool, changes: bool
) -> None:
    client = await inspector()
    cookie = await sync_to_async(allowed)(**fields)
    headers = {"cookie": cookie, "origin": origin, "authorization": ""}
    seen = await client.ask("GET", "/summary", headers=headers)
    changed = await client.ask("PATCH", "/state", headers=headers, json={"state": {"count": 5}})
    assert (seen.status_code, changed.status_code) == (200 if sees else 401, 200 if changes else 401)
    assert (await client.get("/state"))["state"]["count"] == (5 if changes else 0)


@pytest.mark.django_db(transaction=True)
async def test_read_only_leaves_people_and_the_actors_token_the_looking(
    inspector: Inspect, platform: Platform
) -> None:
    """The platform's token is a program's: it is asked nothing."""
    client = await inspector()
    platform.config = replace(platform.config, token=TOKEN, inspector_read_only=True)
    cookie = await sync_to_async(allowed)(is_superuser=True, is_staff=True)
    person = {"cookie": cookie, "origin": OWN, "authorization": ""}
    for headers in (person, {"authorization": f"Bearer {client.token}"}):
        assert (await client.ask("GET", "/state", headers=headers)).status_code == 200
        changed = await client.ask("PATCH", "/state", headers=headers, json={"state": {"count": 5}})
        assert (changed.status_code, changed.json()["code"]) == (403, "read_only")
    assert (await client.get("/state"))["state"]["count"] == 0
    program = {"authorization": f"Bearer {TOKEN}"}
    changed = await client.ask("PATCH", "/state", headers=program, json={"state": {"count": 5}})
    assert changed.status_code == 200


# -- what is shown ---------------------------------------------------------------------------------------
async def test_a_summary_says_everything(inspector: Inspect) -> None:
    client = await inspector()
    assert await client.get("/summary") == {
        "state": {"count": 0},
        "isStateEnabled": True,
        "connections": [],
        "rpcs": ["badManners", "echo", "err", "first", "get", "inc", "nap", "slow", "userErrMeta"],
        "queueSize": 0,
        "isDatabaseEnabled": False,
        "workflowState": None,
        "isWorkflowEnabled": False,
        "workflowHistory": None,
    }
    assert (await client.get("/rpcs"))["rpcs"] == (await client.get("/summary"))["rpcs"]
    plain = await inspector("plain")
    assert "state" not in await plain.get("/summary")


async def test_connections_have_the_documented_shape(
    inspector: Inspect, platform: Platform, query: Query
) -> None:
    client = await inspector()
    offered = ["rivet", "rivet_encoding.json", "rivet_conn_params.%7B%22a%22%3A1%7D"]
    socket = Socket(ActorsApplication(ASGIHandler()), query("inspected", "i", "/connect"), offered)
    await socket.open({"sec-websocket-protocol": ", ".join(offered)})
    greeting = await socket.body()
    await socket.subscribe("tick")
    await socket.act(1, "get")
    await socket.body()
    expected = {
        "type": None,
        "id": greeting["val"]["connectionId"],
        "details": {
            "type": None,
            "params": {"a": 1},
            "stateEnabled": True,
            "state": {"p": {"a": 1}},
            "subscriptions": 1,
            "isHibernatable": True,
        },
    }
    assert await client.get("/connections") == {"connections": [expected]}
    await client.ask("POST", "/action/badManners", json={})
    expected["details"]["state"] = None
    assert await client.get("/connections") == {"connections": [expected]}
    await socket.leave()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/database/schema"), ("GET", "/database/rows?table=t"), ("POST", "/database/execute")],
)
async def test_there_is_no_database(inspector: Inspect, method: str, path: str) -> None:
    response = await (await inspector()).ask(method, path)
    assert (response.status_code, response.json()["group"], response.json()["code"]) == (
        400,
        "database",
        "not_enabled",
    )


# -- what is changed -------------------------------------------------------------------------------------
async def test_a_new_state_is_durable_when_it_is_answered(
    inspector: Inspect, database: MemoryDatabase
) -> None:
    client = await inspector("typed")
    shown = (await client.get("/state"))["state"]
    assert shown["orders"] == {"1": "tea"}  # JSON has no other keys, and they come back as such
    edited = {**shown, "owner": "ada", "tags": ["$Set", ["x", "y"]], "blob": ["$Uint8Array", "AQI="]}
    response = await client.ask("PATCH", "/state", json={"state": edited})
    assert (response.status_code, response.json()) == (200, {"ok": True})
    stored = msgspec.msgpack.decode(database.rows[client.actor_id].state or b"")
    assert (stored["owner"], sorted(stored["tags"]), stored["blob"]) == ("ada", ["x", "y"], b"\x01\x02")
    assert stored["orders"] == {1: "tea"}
    kinds = await client.ask("POST", "/action/kinds", json={})
    assert kinds.json() == {"output": ["str", "datetime", "set", "bytes", "int"]}
    assert (await client.get("/state"))["state"]["opened"] == shown["opened"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"json": {"state": {"owner": 7}}}, "actor.invalid_request"),
        ({"json": {"state": [1]}}, "actor.invalid_request"),
        ({"json": {"state": {"owner": "x" * 2000}}}, "actor.invalid_request"),
        ({"json": {"state": ["$Nonsense", 1]}}, "protocol.malformed"),
        ({"json": {}}, "inspector.invalid_request"),
        ({"json": [1]}, "actor.invalid_request"),
        ({"content": b"{"}, "actor.invalid_request"),
        ({"content": b""}, "actor.invalid_request"),
        ({"content": b"\xff"}, "actor.invalid_request"),
        ({"content": b'{"state":' + b"[" * 100_000}, "actor.invalid_request"),
        ({"content": b'{"state":' + b"[" * 900 + b"]" * 900 + b"}"}, "actor.invalid_request"),
    ],
)
async def test_what_is_no_state_changes_nothing(inspector: Inspect, body: dict[str, Any], code: str) -> None:
    client = await inspector("typed")
    before = await client.get("/state")
    response = await client.ask("PATCH", "/state", **body)
    told = response.json()
    assert (response.status_code, f"{told['group']}.{told['code']}") == (400, code)
    assert "metadata" in told
    assert await client.get("/state") == before


async def test_a_body_has_a_limit(inspector: Inspect) -> None:
    response = await (await inspector()).ask("PATCH", "/state", content=b" " * (LARGEST + 1))
    told = response.json()
    holds("Inspector body", http=f"{response.status_code} `{told['group']}.{told['code']}`")


async def test_a_store_that_is_away_is_told(
    inspector: Inspect, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await inspector()

    async def refuse(self: Any, writes: Any) -> Any:
        raise ActorError("storage", "unavailable", "away")

    monkeypatch.setattr("actors.storage.memory.MemoryStore.commit", refuse)
    response = await client.ask("PATCH", "/state", json={"state": {"count": 9}})
    assert response.status_code >= 500
    monkeypatch.undo()
    assert (await client.get("/state"))["state"] == {"count": 0}, "the next generation has what is durable"


# -- actions ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("nope", {}, 404, "actor.action_not_found"),
        ("err", {}, 500, "rivetkit.internal_error"),
        ("userErrMeta", {}, 400, "user.detailed_error"),
        ("slow", {}, 408, "actor.action_timed_out"),
        ("inc", {"args": ["x"]}, 400, "actor.invalid_request"),
        ("inc", {"args": 7}, 400, "actor.invalid_request"),
        ("first", {"args": [1], "properties": {}}, 400, "inspector.invalid_request"),
        ("first", {"properties": [1]}, 400, "inspector.invalid_request"),
        ("first", {"properties": None}, 400, "inspector.invalid_request"),
        ("first", {"args": [["$Nonsense", 1]]}, 400, "protocol.malformed"),
        ("first", {"args": {"0": 1}}, 400, "actor.invalid_request"),
    ],
)
async def test_an_action_fails_as_such(
    inspector: Inspect, name: str, body: Any, status: int, code: str
) -> None:
    response = await (await inspector()).ask("POST", f"/action/{name}", json=body)
    told = response.json()
    assert (response.status_code, f"{told['group']}.{told['code']}") == (status, code)
    assert set(told) == {"group", "code", "message", "metadata"}


async def test_an_action_passes_the_hooks_of_a_connection(inspector: Inspect) -> None:
    client = await inspector("typed")
    await client.ask("PATCH", "/state", json={"state": {"owner": "closed"}})
    response = await client.ask("POST", "/action/kinds", json={})
    assert (response.status_code, response.json()["code"]) == (400, "closed")


async def test_an_action_may_have_any_name_and_any_output(inspector: Inspect) -> None:
    client = await inspector("typed")
    response = await client.ask("POST", f"/action/{escape('nöpe/x')}", json={})
    assert response.json()["message"] == "Action `nöpe/x` was not found."
    assert (await client.ask("POST", "/action/nothing", json={})).json() == {"output": ["$Undefined", 0]}


async def test_looking_does_not_keep_awake(inspector: Inspect) -> None:
    """Work that holds an actor awake is begun by actions alone."""
    client = await inspector()
    work = client.task()._parts.work
    for path in ("/state", "/connections", "/summary", "/queue"):
        await client.get(path)
    assert work.holding == 0


# -- queues ----------------------------------------------------------------------------------------------
@pytest.fixture
async def keeper(http: httpx.AsyncClient, platform: Platform, query: Query) -> AsyncIterator[Inspector]:
    """An actor with the queues `jobs` and `mail`."""
    platform.registry.register(define_queues(name="queued"))
    made = await http.get(query("queued", "q", "/health"))
    yield Inspector(http, platform, made.headers["x-rivet-actor"])


async def test_a_queue_is_listed_and_takes_messages(keeper: Inspector) -> None:
    for number, body in enumerate([{"x": 1}, ["$Uint8Array", "AQI="], None], 1):
        stored = await keeper.ask("POST", "/queue", json={"name": "jobs", "body": body})
        told = stored.json()
        assert (stored.status_code, told["id"], told["name"]) == (200, str(number), "jobs")
    listed = await keeper.get("/queue?limit=1")
    assert (listed["size"], listed["maxSize"], listed["truncated"]) == (3, 1000, True)
    assert [(message["id"], message["name"]) for message in listed["messages"]] == [(1, "jobs")]
    assert listed["messages"][0]["createdAtMs"] > 1_700_000_000_000
    assert len((await keeper.get("/queue"))["messages"]) == 3
    assert (await keeper.get("/summary"))["queueSize"] == 3


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/queue?limit=-1", None, "inspector.invalid_request"),
        ("GET", "/queue?limit=", None, "inspector.invalid_request"),
        ("GET", f"/queue?limit={'9' * 30}", None, "inspector.invalid_request"),
        ("POST", "/queue", {"name": ""}, "actor.invalid_request"),
        ("POST", "/queue", {"name": "nope"}, "actor.invalid_request"),
        ("POST", "/queue", {}, "actor.invalid_request"),
        ("POST", "/queue", {"name": "jobs", "body": "x" * 100_000}, "queue.message_too_large"),
    ],
)
async def test_what_is_no_message_is_refused(
    keeper: Inspector, method: str, path: str, body: Any, code: str
) -> None:
    response = await keeper.ask(method, path, json=body)
    told = response.json()
    assert (response.status_code, f"{told['group']}.{told['code']}") == (400, code)
    assert (await keeper.get("/queue"))["size"] == 0


async def test_a_schedule_that_is_changed_keeps_its_other_rules(inspector: Inspect) -> None:
    client = await inspector("inspectedPlanner")
    await client.ask("POST", "/action/plan", json={"args": [600]})
    often = {"action": "ring", "args": [9], "name": "often", "interval": 60}
    assert (await client.ask("POST", "/schedules", json=often)).status_code == 200
    found = await client.task().inspection.scheduler.find("often")
    assert found is not None
    assert (found.interval, found.args, found.max_history) == (60, (9,), 5)


async def test_a_schedule_is_made_changed_and_run_at_once(inspector: Inspect) -> None:
    client = await inspector("inspectedPlanner")
    task = client.task()
    nightly = {"action": "ring", "args": [4], "name": "nightly", "expression": "0 3 * * *"}
    for body in (
        nightly,
        {"action": "ring", "args": [5], "delay": 60},
        {**nightly, "timezone": "Europe/Berlin"},
    ):
        assert (await client.ask("POST", "/schedules", json=body)).status_code == 200
    cron, once = sorted(await task.inspection.scheduler.list(), key=lambda one: one.id)
    assert (cron.name, cron.timezone, cron.args, once.kind, once.args) == (
        "nightly", "Europe/Berlin", (4,), "at", (5,),
    )  # fmt: skip
    ran = await client.ask("POST", "/schedules/run", json={"id": "nightly", "kind": "cron"})
    assert ran.json() == {"fired": True}
    for nobody in ({"id": "weekly", "kind": "cron"}, {"id": "x", "kind": "at"}):
        assert (await client.ask("POST", "/schedules/run", json=nobody)).json() == {"fired": False}
    scheduler = task.inspection.scheduler
    [run] = await scheduler.history("nightly", 9)
    assert run.number == 1
    assert len(await scheduler.list()) == 2, "a run of that schedule, and no schedule of its own"


async def test_a_schedule_is_paused_resumed_relieved_of_a_time_and_made_to_run_past_ones(
    inspector: Inspect,
) -> None:
    client = await inspector("inspectedPlanner")
    await client.ask("POST", "/action/plan", json={"args": [600]})
    nightly, nobody = {"id": "nightly", "kind": "cron"}, {"id": "weekly", "kind": "cron"}

    async def tell(verb: str, **named: Any) -> Any:
        return (await client.ask("POST", f"/schedules/{verb}", json=named)).json()

    scheduler = client.task().inspection.scheduler
    assert (await tell("pause", **nightly), await tell("pause", **nobody)) == (
        {"paused": True},
        {"paused": False},
    )
    before = await scheduler.find("nightly")
    assert before is not None
    assert before.paused_at is not None
    listed = {one["id"]: one for one in (await client.get("/schedules"))["schedules"]}
    assert listed.keys() == {"nightly", "often", "3"}
    assert listed["nightly"] == {
        "id": "nightly", "kind": "cron", "action": "ring", "args": [1],
        "nextRunAt": before.next_at, "lastRunAt": None, "pausedAt": before.paused_at, "orphanedAt": None,
        "expression": "0 3 * * *", "timezone": "Europe/Berlin", "intervalMs": None,
    }  # fmt: skip
    assert (listed["often"]["intervalMs"], listed["3"]["pausedAt"]) == (3_600_000, None)
    assert await tell("skip", **nightly) == {"skipped": before.next_at}
    assert await tell("skip", **nobody) == {"skipped": None}
    assert before.next_at is not None
    since = before.next_at - 3 * 86_400_000
    minutely = {"id": "minutely", "kind": "cron"}
    made = {"name": "minutely", "expression": "* * * * *", "action": "ring", "args": [1]}
    assert (await client.ask("POST", "/schedules", json=made)).status_code == 200
    assert await tell("backfill", **nightly, since=since, until=before.next_at) == {"count": 3}
    assert [run.result for run in await scheduler.history("nightly", 9)] == ["waiting"] * 3 + ["skipped"]
    for wrong, code in (
        ({**nobody, "since": 1, "until": 2}, "not_recurring"),
        ({"id": "3", "kind": "at", "since": 1, "until": 2}, "not_recurring"),
        ({**nightly, "since": 2, "until": 1}, "invalid_time"),
        ({**nightly, "since": 0, "until": before.next_at}, "invalid_time"),
        ({**minutely, "since": since, "until": before.next_at}, "backfill_too_large"),
        ({**nightly, "since": -1, "until": 10**18}, "invalid_request"),
        ({**nightly, "kind": "weekly", "since": 1, "until": 2}, "invalid_request"),
    ):
        assert (await tell("backfill", **wrong))["code"] == code
    assert (await tell("resume", **nightly), await tell("resume", **nobody)) == (
        {"resumed": True}, {"resumed": False},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"action": "ring", "args": [1]}, "invalid_request"),
        ({"action": "ring", "args": [1], "delay": 1, "name": "x"}, "invalid_request"),
        ({"action": "ring", "args": [1], "delay": 1, "interval": 60, "name": "x"}, "invalid_request"),
        ({"action": "ring", "args": ["one"], "delay": 1}, "invalid_request"),
        ({"action": "ring", "args": [], "delay": 1}, "invalid_request"),
        ({"action": "ring", "args": [1, 2], "delay": 1}, "invalid_request"),
        ({"action": "sing", "args": [], "delay": 1}, "action_not_found"),
        ({"action": "ring", "args": [1], "interval": 1, "name": "x"}, "invalid_interval"),
        ({"action": "ring", "args": [1], "interval": 60}, "invalid_name"),
        ({"action": "ring", "args": [1], "name": "x", "expression": "every day"}, "invalid_cron_expression"),
        ({"action": "ring", "args": [1], "name": "x", "expression": "0 3 * * *", "timezone": "Moon"},
         "invalid_timezone"),
    ],
)  # fmt: skip
async def test_a_schedule_that_makes_no_sense_is_refused(inspector: Inspect, body: Any, code: str) -> None:
    client = await inspector("inspectedPlanner")
    refused = await client.ask("POST", "/schedules", json=body)
    assert (refused.status_code, refused.json()["code"]) == (404 if code == "action_not_found" else 400, code)
    assert await client.task().inspection.scheduler.list() == []


async def test_a_client_is_disconnected_with_a_reason_that_fits(inspector: Inspect) -> None:
    client = await inspector()
    asked = {"id": "nobody", "reason": "x" * LONGEST_REASON}
    assert (await client.ask("POST", "/connections/disconnect", json=asked)).json() == {"disconnected": False}
    asked["reason"] += "x"
    refused = await client.ask("POST", "/connections/disconnect", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")


async def test_an_event_is_sent_to_a_connection_of_the_actor(inspector: Inspect) -> None:
    client = await inspector()
    asked = {"id": "nobody", "event": "tick", "args": [1]}
    assert (await client.ask("POST", "/connections/send", json=asked)).json() == {"sent": False}
    for wrong in (
        {"event": "tock"},
        {"event": "counted", "args": ["x"]},
        {"event": "counted", "args": []},
        {"event": "counted", "args": [1, 2]},
    ):
        refused = await client.ask("POST", "/connections/send", json={**asked, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request"), wrong


async def test_a_connection_is_muted_and_its_state_edited(inspector: Inspect, platform: Platform) -> None:
    client = await inspector()
    task = (await platform.ready()).local(client.actor_id)
    assert task is not None
    conn = await task.connect(ConnectRequest({"a": b"\x01"}), Wire())
    for path, asked, told in (
        ("mute", {"id": conn.id}, {"muted": True}),
        ("mute", {"id": conn.id}, {"muted": False}),
        ("unmute", {"id": conn.id}, {"unmuted": True}),
        ("unmute", {"id": "nobody"}, {"unmuted": False}),
        ("state", {"id": "nobody", "expected": 1, "state": 2}, {"edited": False}),
        ("state", {"id": conn.id, "expected": {"p": 1}, "state": 2}, {"edited": False}),
        (
            "state",
            {"id": conn.id, "expected": {"p": {"a": ["$Uint8Array", "AQ=="]}}, "state": {"p": 2}},
            {"edited": True},
        ),
    ):
        answer = await client.ask("POST", f"/connections/{path}", json=asked)
        assert (answer.status_code, answer.json()) == (200, told)
    assert conn.state == {"p": 2}
    refused = await client.ask("POST", "/connections/state", json={"id": conn.id, "state": 2})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")


async def test_messages_that_are_put_off_or_in_hand_are_had_at_once(
    keeper: Inspector, platform: Platform
) -> None:
    task = (await platform.ready()).local(keeper.actor_id)
    assert task is not None
    held, later = await send(task, "held"), await send(task, "later", delay=60)
    await receive(task, "jobs")
    for asked, count in (({"ids": [held, 99]}, 1), ({}, 1), ({"ids": [later]}, 0)):
        requeued = await keeper.ask("POST", "/queue/requeue", json={"name": "jobs", **asked})
        assert requeued.json() == {"count": count}
    assert await bodies(task, "jobs") == ["held", "later"]


async def test_a_message_that_waits_is_moved_to_the_front_and_edited(
    keeper: Inspector, platform: Platform
) -> None:
    task = (await platform.ready()).local(keeper.actor_id)
    assert task is not None
    await send(task, "one")
    last = await send(task, b"\x01")
    moved = await keeper.ask("POST", "/queue/front", json={"name": "jobs", "id": last})
    assert moved.json() == {"moved": True}
    edit = {"name": "jobs", "id": last, "body": ["$Uint8Array", "Ag=="]}
    for expected, edited in ((b"\x02", False), (b"\x01", True)):
        seen = b64encode(cbor.encode(expected)).decode()
        answer = await keeper.ask("POST", "/queue/edit", json={**edit, "expected": seen})
        assert answer.json() == {"edited": edited}
    assert await bodies(task, "jobs") == [b"\x02", "one"]
    assert (await keeper.ask("POST", "/queue/front", json={"name": "jobs", "id": last})).json() == {
        "moved": False
    }


async def test_dead_letters_begin_anew_or_go(keeper: Inspector, platform: Platform) -> None:
    task = (await platform.ready()).local(keeper.actor_id)
    assert task is not None
    first, second = [await send(task, body) for body in ("one", "two")]
    for _ in range(2 * JOBS.max_attempts):
        (message,) = await receive(task, "jobs")
        await message.retry()
    assert await receive(task, "jobs") == []
    replayed = await keeper.ask("POST", "/queue/replay", json={"name": "jobs", "ids": [first, 99]})
    assert replayed.json() == {"count": 1}
    assert await bodies(task, "jobs") == ["one"]
    discarded = await keeper.ask("POST", "/queue/discard", json={"name": "jobs"})
    assert discarded.json() == {"count": 1}
    assert not await mailbox(task).dead_letters.find(JOBS, 10)
    assert second not in [message["id"] for message in (await keeper.get("/queue"))["messages"]]


async def test_a_key_is_written_only_over_what_is_expected_and_all_that_begin_alike_go(
    inspector: Inspect,
) -> None:
    client = await inspector()
    kv = client.task().context.kv

    async def write(key: str, expected: str | None, value: str | None, **how: Any) -> Any:
        body = {"key": b64(key), "expected": b64(expected), "value": b64(value), **how}
        return await client.ask("POST", "/kv", json=body)

    assert (await write("a/1", None, "one")).json() == {"stored": True}
    assert (await write("a/1", None, "two")).json() == {"stored": False}
    assert (await write("a/1", "one", "two", ttl=60)).json() == {"stored": True}
    assert (await write("a/2", None, "x")).json() == (await write("b", None, "y")).json() == {"stored": True}
    assert await kv.get([b"a/1", b"a/2", b"b"]) == [b"two", b"x", b"y"]
    assert (await write("a/2", "x", None)).json() == {"stored": True}
    assert (await client.ask("POST", "/kv/clear", json={"prefix": b64("a")})).json() == {"ok": True}
    assert await kv.get([b"a/1", b"a/2", b"b"]) == [None, None, b"y"]
    refused = await write("b", "y", "z" * 200_000)
    assert (refused.status_code, refused.json()["group"]) == (400, "kv")
    assert (await write("b", "y", "z", ttl=-1)).json()["group"] == "kv"


def b64(text: str | None) -> str | None:
    return None if text is None else b64encode(text.encode()).decode()


async def test_messages_that_wait_are_removed(keeper: Inspector, platform: Platform) -> None:
    task = (await platform.ready()).local(keeper.actor_id)
    assert task is not None
    first, _ = [await send(task, body) for body in ("one", "two")]
    purged = await keeper.ask("POST", "/queue/purge", json={"name": "jobs", "ids": [first]})
    assert purged.json() == {"count": 1}
    assert await bodies(task, "jobs") == ["two"]


@pytest.mark.parametrize("path", ["/queue/replay", "/queue/discard", "/queue/purge"])
@pytest.mark.parametrize("body", [{"name": "nope"}, {}, {"name": "jobs", "ids": ["1"]}])
async def test_dead_letters_of_no_queue_are_refused(keeper: Inspector, path: str, body: Any) -> None:
    response = await keeper.ask("POST", path, json=body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
