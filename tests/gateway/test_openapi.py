"""The OpenAPI document: it has every route of the doors and no other, and they answer as it says."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, get_args

import httpx
import pytest
import schemathesis
from schemathesis.core.failures import FailureGroup

from actors.gateway import urls
from actors.gateway.inspector_routes import ENDPOINTS
from actors.gateway.openapi_operations import OPERATIONS, Operation
from actors.gateway.orders_api import TOKEN_KEY
from actors.gateway.platform import Platform
from actors.gateway.routes import Ask
from actors.protocol.ids import new_actor_id
from tests.gateway.inspecting import Inspector

Inspect = Callable[..., Awaitable[Inspector]]

LEFT_OUT = {
    "gateway": "the door of one actor: its paths are compared below",
    "gateway/": "as above",
    "gateway/<rest:rest>": "as above",
    "request": "the same door for clients that name the actor in a header",
    "request/<rest:rest>": "as above",
    "action/<rest:rest>": "as above",
    "actors/<rest:rest>": "answers what is not there",
    "actors/attended": "between processes of the platform alone, under their seal",
    "actors/outbox": "between processes of the platform alone, under their seal",
    "actors/seen": "between processes of the platform alone, under their seal",
    "actors/tail": "between processes of the platform alone, under their seal",
    "actors/wake": "between processes of the platform alone, under their seal",
}
NEW = {"name": "probe", "runner_name_selector": "default", "crash_policy": "sleep"}
KEY = b64encode(TOKEN_KEY).decode()
JSON = {"content-type": "application/json"}


async def read(http: httpx.AsyncClient) -> Any:
    response = await http.get("/openapi.json")
    assert response.status_code == 200
    return schemathesis.openapi.from_dict(response.json())


def documented(door: str, below: str = "") -> set[tuple[str, str]]:
    return {(one.method, one.path.removeprefix(below)) for one in OPERATIONS if one.door == door}


# -- every route, and no other ---------------------------------------------------------------------------
async def test_every_url_of_the_doors_is_in_it_with_its_methods(http: httpx.AsyncClient) -> None:
    found = set()
    for pattern in urls.urlpatterns:
        address = str(pattern.pattern)
        if address in LEFT_OUT:
            continue
        asked = re.sub(r"<\w+:(\w+)>", "x", address)
        allowed = (await http.options(f"/{asked}")).headers["allow"]
        path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", address)
        found |= {(method.strip(), path) for method in allowed.split(",")} - {("HEAD", path)}
    assert found == documented("open") | documented("management")


def test_what_is_left_out_is_still_there() -> None:
    assert set(LEFT_OUT) <= {str(pattern.pattern) for pattern in urls.urlpatterns}


def test_every_route_of_the_inspector_is_in_it() -> None:
    table = {*ENDPOINTS, ("POST", "/action/{action}")}
    assert documented("inspector", "/gateway/{actor_id}/inspector") == table


async def test_every_framework_route_of_an_actor_is_in_it_with_its_methods(
    http: httpx.AsyncClient, inspector: Inspect
) -> None:
    assert set(get_args(Ask)) == {"action", "queue", "page", "request", "inspector", "connect", "unknown"}
    actor_id = (await inspector("probe")).actor_id
    taken = set()
    for path in ("", "/health", "/metadata", "/action/{action}", "/queue/{queue}"):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            url = f"/gateway/{actor_id}{path}".format(action="echo", queue="jobs")
            response = await http.request(method, url, content=b"{}", headers=JSON)
            if response.status_code != 405:
                taken.add((method, path))
    assert taken == documented("actor", "/gateway/{actor_id}")


@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if one.door == "management"],
    ids=lambda one: f"{one.method} {one.path}",
)
async def test_its_parameters_are_those_that_the_door_takes(
    http: httpx.AsyncClient, operation: Operation
) -> None:
    url = operation.path.format(actor_id=new_actor_id(), key=KEY)
    response = await http.request(
        operation.method, url, params={"namespace": "default", "nope": "1"}, headers=JSON
    )
    assert response.status_code == 400
    taken = response.json()["message"].partition("expected one of ")[2]
    assert re.findall(r"`(\w+)`", taken) == ["namespace", *operation.query]
    without = await http.request(operation.method, url, headers=JSON, content=b"{}")
    assert operation.namespaced == ("missing field `namespace`" in without.text)


# -- what it says is so ----------------------------------------------------------------------------------
GOOD: dict[str, dict[str, Any]] = {
    "GET /actors": {"params": {"name": "probe"}},
    "POST /actors": {"json": {**NEW, "key": "new"}},
    "PUT /actors": {"json": {**NEW, "key": "put"}},
    "POST /actors/{actor_id}/sleep": {"json": {}},
    "POST /actors/{actor_id}/reschedule": {"json": {}},
    "POST /actors/{actor_id}/save": {"json": {}},
    "POST /actors/{actor_id}/pause": {"json": {}},
    "POST /actors/{actor_id}/resume": {"json": {}},
    "POST /actors/{actor_id}/pause-queues": {"json": {}},
    "POST /actors/{actor_id}/resume-queues": {"json": {}},
    "POST /gateway/{actor_id}/action/{action}": {"json": {"args": [1]}},
    "POST /gateway/{actor_id}/queue/{queue}": {"json": {"body": 1}},
    "PATCH /gateway/{actor_id}/inspector/state": {"json": {"state": {"count": 7}}},
    "POST /gateway/{actor_id}/inspector/action/{action}": {"json": {"args": [1]}},
    "POST /gateway/{actor_id}/inspector/queue": {"json": {"name": "jobs", "body": 1}},
    "POST /gateway/{actor_id}/inspector/kv": {"json": {"key": "aw==", "expected": None, "value": "dg=="}},
    "POST /gateway/{actor_id}/inspector/kv/clear": {"json": {"prefix": ""}},
    "POST /gateway/{actor_id}/inspector/queue/requeue": {"json": {"name": "jobs"}},
    "POST /gateway/{actor_id}/inspector/queue/front": {"json": {"name": "jobs", "id": 1}},
    "POST /gateway/{actor_id}/inspector/queue/edit": {
        "json": {"name": "jobs", "id": 1, "expected": "", "body": 1}
    },
    "POST /gateway/{actor_id}/inspector/queue/replay": {"json": {"name": "jobs"}},
    "POST /gateway/{actor_id}/inspector/queue/discard": {"json": {"name": "jobs"}},
    "POST /gateway/{actor_id}/inspector/connections/disconnect": {"json": {"id": "none"}},
    "POST /gateway/{actor_id}/inspector/connections/send": {"json": {"id": "none", "event": "tick"}},
    "POST /gateway/{actor_id}/inspector/connections/mute": {"json": {"id": "none"}},
    "POST /gateway/{actor_id}/inspector/connections/unmute": {"json": {"id": "none"}},
    "POST /gateway/{actor_id}/inspector/connections/state": {
        "json": {"id": "none", "expected": 1, "state": 2}
    },
    "POST /gateway/{actor_id}/inspector/queue/purge": {"json": {"name": "jobs"}},
    "POST /gateway/{actor_id}/inspector/schedules": {"json": {"action": "inc", "delay": 60}},
    "POST /gateway/{actor_id}/inspector/schedules/run": {"json": {"id": "1", "kind": "at"}},
    "POST /gateway/{actor_id}/inspector/schedules/pause": {"json": {"id": "1", "kind": "at"}},
    "POST /gateway/{actor_id}/inspector/schedules/resume": {"json": {"id": "1", "kind": "at"}},
    "POST /gateway/{actor_id}/inspector/schedules/skip": {"json": {"id": "1", "kind": "at"}},
    "POST /gateway/{actor_id}/inspector/schedules/backfill": {
        "json": {"id": "hourly", "kind": "every", "since": 0, "until": 1}
    },
    "POST /gateway/{actor_id}/inspector/schedules/delete": {"json": {"id": "1", "kind": "at"}},
}
"""What the operations need beside their path and the namespace."""


async def test_each_operation_answers_as_it_says(http: httpx.AsyncClient, inspector: Inspect) -> None:
    schema = await read(http)
    for number, operation in enumerate(OPERATIONS):
        one = await inspector("inspected", f"k{number}")
        name = f"{operation.method} {operation.path}"
        request = {"params": {}, **GOOD.get(name, {})}
        if operation.door == "management" and operation.namespaced:
            request["params"] = {"namespace": "default", **request["params"]}
        if operation.door == "inspector":
            request["headers"] = {"authorization": f"Bearer {one.token}"}
        if operation.path.endswith("/backfill"):
            hourly = {"action": "inc", "name": "hourly", "interval": 3600}
            assert (await one.ask("POST", "/schedules", json=hourly)).status_code == 200
        url = operation.path.format(actor_id=one.actor_id, key=KEY, action="first", queue="jobs")
        response = await http.request(operation.method, url, **request)
        expected = 400 if "/database/" in url else 200
        assert response.status_code == expected, (name, response.text)
        schema[operation.path][operation.method].validate_response(response)


async def test_an_answer_of_another_shape_would_be_noticed(http: httpx.AsyncClient) -> None:
    schema = await read(http)
    response = await http.get("/metadata")
    wrong = httpx.Response(200, json={"runtime": 1}, request=response.request)
    wrong.elapsed = response.elapsed
    with pytest.raises(FailureGroup):
        schema["/metadata"]["GET"].validate_response(wrong)


async def test_it_is_open_to_all_and_holds_no_secret(http: httpx.AsyncClient, platform: Platform) -> None:
    platform.config = replace(platform.config, token="t" * 40, open_on_loopback=False)
    response = await http.get("/openapi.json")
    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.0"
    for secret in ("t" * 40, platform.config.internal_secret):
        assert secret not in response.text
