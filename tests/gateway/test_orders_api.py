"""Orders to one actor through the management API: sleep, pause and others, and the key to its inspector."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from actors.gateway.inspector_auth import inspector_token
from actors.gateway.platform import Platform
from actors.runtime.orders import ORDERS
from actors.storage.memory import MemoryDatabase
from tests.gateway.inspecting import Inspector
from tests.gateway.logins import staff

Inspect = Callable[..., Awaitable[Inspector]]
TOKEN_KEY = "Aw%3D%3D"


async def order(http: httpx.AsyncClient, actor_id: str, word: str, **more: Any) -> tuple[int, dict[str, Any]]:
    response = await http.post(f"/actors/{actor_id}/{word}?namespace=default", **{"json": {}, **more})
    return response.status_code, response.json()


async def test_an_actor_is_put_to_sleep_and_stays_so(
    http: httpx.AsyncClient, inspector: Inspect, database: MemoryDatabase
) -> None:
    client = await inspector()
    task = client.task()
    assert await order(http, client.actor_id, "sleep") == (200, {})
    await task.stopped()
    row = database.rows[client.actor_id].record
    assert row.connectable_at is None and row.slept_at is not None
    assert await order(http, client.actor_id, "sleep") == (200, {})
    assert await order(http, client.actor_id, "reschedule") == (200, {}), "nobody wakes a sleeper for it"
    assert database.rows[client.actor_id].record.generation == row.generation


async def test_a_rescheduled_actor_is_a_new_generation_with_its_state(
    http: httpx.AsyncClient, inspector: Inspect, platform: Platform, query: Callable[..., str]
) -> None:
    client = await inspector()
    await client.ask("POST", "/action/inc", json={"args": [4]})
    before = client.task()
    assert await order(http, client.actor_id, "reschedule") == (200, {})
    await before.stopped()
    after = await http.post(query("inspected", "i", "/action/get"), json={})
    assert (after.json(), after.headers["x-rivet-actor-generation"]) == ({"output": 4}, "2")


async def test_calls_to_a_paused_actor_are_answered_when_it_goes_on(
    http: httpx.AsyncClient, inspector: Inspect, query: Callable[..., str]
) -> None:
    client = await inspector()
    assert await order(http, client.actor_id, "pause") == (200, {})
    called = asyncio.create_task(http.post(query("inspected", "i", "/action/inc"), json={"args": [4]}))
    inspected = asyncio.create_task(client.ask("POST", "/action/first", json={"args": [7]}))
    assert (await client.get("/summary"))["state"]["count"] == 0, "looking waits for nothing"
    (seen,) = (await http.get(f"/actors?namespace=default&actor_ids={client.actor_id}")).json()["actors"]
    assert isinstance(seen["pause_ts"], int) and "queues_pause_ts" not in seen
    assert not (called.done() or inspected.done())
    assert await order(http, client.actor_id, "resume") == (200, {})
    assert ((await called).json(), (await inspected).json()) == ({"output": 4}, {"output": 7})
    (seen,) = (await http.get(f"/actors?namespace=default&actor_ids={client.actor_id}")).json()["actors"]
    assert "pause_ts" not in seen


async def test_pausing_and_saving_wake_no_sleeper_and_a_call_does(
    http: httpx.AsyncClient,
    inspector: Inspect,
    platform: Platform,
    database: MemoryDatabase,
    query: Callable[..., str],
) -> None:
    client = await inspector()
    task = client.task()
    assert platform.node is not None
    await order(http, client.actor_id, "sleep")
    await task.stopped()
    for word in ("pause", "pause-queues", "save"):
        assert await order(http, client.actor_id, word) == (200, {})
    row = database.rows[client.actor_id].record
    assert row.connectable_at is None and row.paused_at is not None and row.queues_paused_at is not None
    awake = asyncio.Event()
    platform.node.on_arrival(lambda task: awake.set())
    called = asyncio.create_task(http.post(query("inspected", "i", "/action/get"), json={}))
    await awake.wait()
    assert not called.done()
    for word in ("resume", "resume-queues"):
        assert await order(http, client.actor_id, word) == (200, {})
    assert (await called).json() == {"output": 0}


@pytest.mark.parametrize("word", ORDERS)
async def test_what_is_no_order_to_an_actor(http: httpx.AsyncClient, inspector: Inspect, word: str) -> None:
    client = await inspector()
    unknown = "tpm899o4hpr4v5nz6us6aaaaaacl00"
    for actor_id, more, code in (
        (unknown, {}, "not_found"),
        ("zzz", {}, "bad_request"),
        (client.actor_id, {"json": {"x": 1}}, "bad_request"),
        (client.actor_id, {"json": None, "content": b"{}"}, "bad_request"),
    ):
        status, told = await order(http, actor_id, word, **more)
        assert (status, told["code"]) == (400, code)
    assert client.task().generation == 1
    assert (await http.get(f"/actors/{client.actor_id}/{word}?namespace=default")).status_code == 405


async def test_an_actor_that_is_gone_takes_no_orders(http: httpx.AsyncClient, inspector: Inspect) -> None:
    client = await inspector()
    await http.delete(f"/actors/{client.actor_id}?namespace=default")
    assert (await order(http, client.actor_id, "sleep"))[1]["code"] == "not_found"
    key = await http.get(f"/actors/{client.actor_id}/kv/keys/{TOKEN_KEY}?namespace=default")
    assert key.json()["code"] == "not_found"


async def test_the_key_is_the_inspectors_token(
    http: httpx.AsyncClient, inspector: Inspect, platform: Platform
) -> None:
    client = await inspector()
    url = f"/actors/{client.actor_id}/kv/keys/{TOKEN_KEY}?namespace=default"
    told = (await http.get(url)).json()
    assert b64decode(told["value"]).decode() == client.token
    assert isinstance(told["update_ts"], int)
    for key, code in (("BQEB", "kv_key_not_found"), ("!!", "bad_request"), ("a%2Fb", "bad_request")):
        refused = await http.get(f"/actors/{client.actor_id}/kv/keys/{key}?namespace=default")
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    platform.config = replace(platform.config, internal_secret="")
    assert (await http.get(url)).json()["code"] == "kv_key_not_found"
    assert inspector_token(platform.config, client.actor_id) is None


MAY = {
    "view_actor": {"GET /actors", "GET /actors/names", "GET /namespaces"},
    "change_actor": {*(f"POST {word}" for word in ORDERS), "GET key"},
    "add_actor": {"POST /actors", "PUT /actors"},
    "delete_actor": {"DELETE"},
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(("permission", "allowed"), MAY.items())
async def test_each_permission_of_djangos_opens_its_part(
    http: httpx.AsyncClient,
    inspector: Inspect,
    platform: Platform,
    permission: str,
    allowed: set[str],
    read_only: bool,
) -> None:
    """For staff, on a page of this site, where the token is not known. READ_ONLY leaves the first."""
    client = await inspector()
    platform.config = replace(platform.config, token="t" * 40, inspector_read_only=read_only)
    cookie = await sync_to_async(staff)(permission)
    new = {"name": "plain", "key": "n", "runner_name_selector": "default", "crash_policy": "sleep"}
    one, query = f"/actors/{client.actor_id}", "?namespace=default"
    asked: dict[str, tuple[str, str, Any]] = {
        "GET /actors": ("GET", f"/actors{query}&name=plain", None),
        "GET /actors/names": ("GET", f"/actors/names{query}", None),
        "GET /namespaces": ("GET", "/namespaces", None),
        "GET key": ("GET", f"{one}/kv/keys/{TOKEN_KEY}{query}", None),
        "PUT /actors": ("PUT", f"/actors{query}", new),
        "POST /actors": ("POST", f"/actors{query}", {**new, "key": "m"}),
        **{f"POST {word}": ("POST", f"{one}/{word}{query}", {}) for word in ORDERS},
        "DELETE": ("DELETE", f"{one}{query}", None),
    }
    opened = set()
    for name, (method, url, body) in asked.items():
        for origin in ("http://localhost", "https://evil.example"):
            headers = {"cookie": cookie, "origin": origin}
            response = await http.request(method, url, json=body, headers=headers)
            assert response.status_code in (200, 403), response.text
            if response.status_code == 200:
                assert origin == "http://localhost"
                opened.add(name)
            elif name in allowed and origin == "http://localhost":
                assert response.json()["code"] == "read_only"
    assert opened == (set() if read_only and permission != "view_actor" else allowed)
