"""What the dashboard asks about the whole: one namespace, one datacenter, one pool."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from actors.gateway.platform import Platform
from actors.gateway.records import namespace_id

IDS = namespace_id("default")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("?limit=10", True),
        ("?name=default", True),
        ("?name=nope", False),
        (f"?namespace_id={IDS}", True),
        (f"?namespace_id=other,{IDS}", True),
        ("?namespace_id=other", False),
    ],
)
async def test_there_is_one_namespace(http: httpx.AsyncClient, query: str, shown: bool) -> None:
    ours = {"namespace_id": IDS, "name": "default", "display_name": "Default", "create_ts": 0}
    told = (await http.get(f"/namespaces{query}")).json()
    assert told == {"namespaces": [ours] if shown else [], "pagination": {"cursor": None}}
    assert (await http.post("/namespaces", json={"name": "b"})).status_code == 405


async def test_a_datacenter_is_where_the_client_found_it(http: httpx.AsyncClient) -> None:
    told = (await http.get("/datacenters?namespace=default")).json()
    assert told["datacenters"] == [{"label": 1, "name": "default", "url": "http://localhost/"}]


async def test_there_is_one_pool_and_no_runner(http: httpx.AsyncClient) -> None:
    configs = (await http.get("/runner-configs?namespace=default")).json()["runner_configs"]
    assert configs["default"]["datacenters"]["default"]["normal"]
    none = await http.get("/runner-configs?namespace=default&runner_name=x")
    assert none.json()["runner_configs"] == {}
    assert (await http.get("/runners?namespace=default&name=x")).json()["runners"] == []
    assert (await http.get("/runners/names?namespace=default")).json()["names"] == []


@pytest.mark.parametrize(
    "path", ["/namespaces", "/datacenters", "/runner-configs", "/runners", "/runners/names"]
)
async def test_each_is_refused_as_the_other_routes(
    http: httpx.AsyncClient, platform: Platform, path: str
) -> None:
    wrong = await http.get(f"{path}?namespace=other")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "not_found")
    unknown = await http.get(f"{path}?namespace=default&colour=red")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "bad_request")
    platform.config = replace(platform.config, token="t" * 40)
    assert (await http.get(f"{path}?namespace=default")).status_code == 403
