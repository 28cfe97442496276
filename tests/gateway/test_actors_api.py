"""The management API: bodies, statuses, paging and refusals as RivetKit's engine has them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actors.gateway.platform import Platform
from actors.protocol import cbor

NEW = {"name": "probe", "runner_name_selector": "default", "crash_policy": "sleep"}
URL = "/actors?namespace=default"
JSON = {"content-type": "application/json"}


async def make(http: httpx.AsyncClient, key: str, **more: Any) -> dict[str, Any]:
    response = await http.post(URL, json={**NEW, "key": key, **more})
    assert response.status_code == 200, response.text
    actor: dict[str, Any] = response.json()["actor"]
    return actor


async def test_a_record_has_every_field_that_clients_read(http: httpx.AsyncClient) -> None:
    actor = await make(http, "a")
    assert list(actor) == [
        "actor_id",
        "name",
        "key",
        "namespace_id",
        "datacenter",
        "runner_name_selector",
        "crash_policy",
        "create_ts",
        "start_ts",
        "pending_allocation_ts",
        "connectable_ts",
        "sleep_ts",
        "reschedule_ts",
        "destroy_ts",
    ]
    assert (actor["name"], actor["key"], actor["start_ts"]) == ("probe", "a", None)
    assert len(actor["namespace_id"]) == 30


async def test_a_key_is_given_once(http: httpx.AsyncClient) -> None:
    first = await make(http, "once")
    response = await http.post(URL, json={**NEW, "key": "once"})
    assert (response.status_code, response.json()["code"]) == (400, "duplicate_key")
    assert response.json()["metadata"]["existing_actor_id"] == first["actor_id"]


async def test_get_or_create_says_which_it_was(http: httpx.AsyncClient) -> None:
    first = (await http.put(URL, json={**NEW, "key": "g"})).json()
    second = (await http.put(URL, json={**NEW, "key": "g"})).json()
    assert (first["created"], second["created"]) == (True, False)
    assert first["actor"]["actor_id"] == second["actor"]["actor_id"]


async def test_an_input_reaches_the_actor(http: httpx.AsyncClient, query: Callable[..., str]) -> None:
    await make(http, "in", input=b64encode(cbor.encode({"start": 3})).decode())
    response = await http.post(query("probe", "in", "/action/given"), json={})
    assert response.json() == {"output": {"start": 3}}


async def test_a_list_comes_newest_first_in_pages(http: httpx.AsyncClient, platform: Platform) -> None:
    store = await platform.store()
    made = [await make(http, f"p{number}") for number in range(3)]
    created = sorted({actor["create_ts"] for actor in made})
    page = (await http.get(f"{URL}&name=probe&limit=2")).json()
    listed = [actor["create_ts"] for actor in page["actors"]]
    assert listed == sorted(listed, reverse=True) and len(listed) == 2
    assert page["pagination"]["cursor"] == str(listed[-1])
    rest = (await http.get(f"{URL}&name=probe&cursor={created[0]}")).json()
    assert rest == {"actors": [], "pagination": {"cursor": None}}
    assert len(await store.get([actor["actor_id"] for actor in made])) == 3


async def test_a_list_by_key_and_by_ids(http: httpx.AsyncClient) -> None:
    first, second = await make(http, "x"), await make(http, "y")
    by_key = (await http.get(f"{URL}&name=probe&key=x")).json()["actors"]
    assert [actor["actor_id"] for actor in by_key] == [first["actor_id"]]
    ids = f"{first['actor_id']},garbage,{second['actor_id']}"
    by_ids = (await http.get(f"{URL}&actor_ids={ids}")).json()["actors"]
    assert {actor["key"] for actor in by_ids} == {"x", "y"}
    one = (await http.get(f"{URL}&name=probe&actor_id={second['actor_id']}")).json()["actors"]
    assert [actor["key"] for actor in one] == ["y"]
    other = (await http.get(f"{URL}&name=other&actor_id={second['actor_id']}")).json()["actors"]
    assert other == []
    assert (await http.get(f"{URL}&name=probe&key=none")).json()["actors"] == []


async def test_names_are_paged(http: httpx.AsyncClient, platform: Platform) -> None:
    first = (await http.get("/actors/names?namespace=default&limit=1")).json()
    (name,) = first["names"]
    assert first == {"names": {name: {"metadata": {}}}, "pagination": {"cursor": name}}
    names = (await http.get("/actors/names?namespace=default&limit=1000")).json()["names"]
    assert list(names) == sorted(platform.registry.names())
    rest = (await http.get(f"/actors/names?namespace=default&limit=1000&cursor={name}")).json()["names"]
    assert name not in rest and len(rest) == len(names) - 1


async def test_destroying_frees_the_key_and_can_be_repeated(
    http: httpx.AsyncClient, query: Callable[..., str]
) -> None:
    actor = await make(http, "doomed")
    await http.post(query("probe", "doomed", "/action/inc"), json={})
    url = f"/actors/{actor['actor_id']}?namespace=default"
    for _ in range(2):
        response = await http.delete(url)
        assert (response.status_code, response.json()) == (200, {})
    by_id = (await http.get(f"{URL}&actor_ids={actor['actor_id']}")).json()["actors"]
    assert by_id[0]["destroy_ts"] is not None
    assert (await http.get(f"{URL}&name=probe&key=doomed")).json()["actors"] == []
    again = await http.post(query("probe", "doomed", "/action/inc"), json={})
    assert again.json() == {"output": 1} and again.headers["x-rivet-actor"] != actor["actor_id"]


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("GET", "/actors", {}, "api.bad_request"),
    ("GET", "/actors?namespace=nope&name=probe", {}, "namespace.not_found"),
    ("GET", URL, {}, "validation.invalid_input"),
    ("GET", f"{URL}&key=x", {}, "validation.invalid_input"),
    ("GET", f"{URL}&actor_ids=garbage", {}, "validation.invalid_input"),
    ("GET", f"{URL}&name=probe&foo=1", {}, "api.bad_request"),
    ("GET", f"{URL}&name=probe&limit=abc", {}, "api.bad_request"),
    ("GET", f"{URL}&name=probe&cursor=abc", {}, "api.bad_request"),
    ("GET", f"{URL}&actor_ids={','.join(['a'] * 33)}", {}, "validation.too_many_actor_ids"),
    ("GET", "/actors/names", {}, "api.bad_request"),
    ("POST", "/actors", {"json": NEW}, "api.bad_request"),
    ("POST", URL, {"json": {**NEW, "key": ""}}, "actor.empty_key"),
    ("POST", URL, {"json": {**NEW, "key": "k" * 1025}}, "actor.key_too_large"),
    ("POST", URL, {"json": {**NEW, "foo": 1}}, "api.bad_request"),
    ("POST", URL, {"json": {"name": "probe"}}, "api.bad_request"),
    ("POST", URL, {"json": {**NEW, "crash_policy": "nope"}}, "api.bad_request"),
    ("POST", URL, {"json": {**NEW, "runner_name_selector": "nopool"}}, "actor.no_runner_config_configured"),
    ("POST", URL, {"json": {**NEW, "datacenter": "mars"}}, "datacenter.not_found"),
    ("POST", URL, {"json": {**NEW, "name": "ghost"}}, "actor.not_registered"),
    ("POST", URL, {"json": {**NEW, "input": "!!"}}, "api.bad_request"),
    ("POST", URL, {"json": {**NEW, "input": "_w=="}}, "api.bad_request"),
    ("POST", URL, {"json": {**NEW, "key": "a\x00b"}}, "actor.invalid_request"),
    ("POST", URL, {"content": b"{", "headers": {"content-type": "application/json"}}, "api.bad_request"),
    ("POST", URL, {"content": b"{}"}, "api.bad_request"),
    ("POST", URL, {"content": b'{"x":' + b"[" * 50_000, "headers": JSON}, "api.bad_request"),
    ("PUT", URL, {"json": {**NEW, "key": None}}, "api.bad_request"),
    ("PUT", URL, {"json": {**NEW, "key": ""}}, "actor.empty_key"),
    ("DELETE", "/actors/zzz?namespace=default", {}, "api.bad_request"),
    ("DELETE", "/actors/tpm899o4hpr4v5nz6us6aaaaaacl00?namespace=default", {}, "actor.not_found"),
    ("DELETE", "/actors/tpm899o4hpr4v5nz6us6aaaaaacl00", {}, "api.bad_request"),
]


@pytest.mark.parametrize(("method", "url", "request_", "name"), REFUSED)
async def test_what_is_wrong_is_400_and_has_a_name(
    http: httpx.AsyncClient, method: str, url: str, request_: dict[str, Any], name: str
) -> None:
    response = await http.request(method, url, **request_)
    body = response.json()
    assert (response.status_code, f"{body['group']}.{body['code']}") == (400, name)


async def test_an_input_over_the_limit_is_refused(http: httpx.AsyncClient, platform: Platform) -> None:
    platform.config = replace(platform.config, max_input=1000)
    response = await http.post(URL, json={**NEW, "input": b64encode(cbor.encode("x" * 1001)).decode()})
    assert (response.status_code, response.json()["code"]) == (400, "input_too_large")


async def test_methods_that_a_route_has_not(http: httpx.AsyncClient) -> None:
    response = await http.delete(URL)
    assert (response.status_code, response.content) == (405, b"")
    assert response.headers["allow"] == "GET,HEAD,POST,PUT"
    assert (await http.get("/actors/a/kv/b?namespace=default")).status_code == 404


@pytest.mark.parametrize("path", ["/actors/a/b%0Ac", "/gateway/a%0Ab/health", "/actors/a/kv/keys/b%0Ac"])
async def test_a_line_break_in_a_path_leads_to_the_door_all_the_same(
    http: httpx.AsyncClient, path: str
) -> None:
    response = await http.get(f"{path}?namespace=default")
    assert response.json()["group"] in ("api", "actor")


async def test_preflight_and_cors(http: httpx.AsyncClient) -> None:
    asked = {
        "origin": "https://a.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    response = await http.options("/actors", headers=asked)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["access-control-allow-methods"] == "POST"
    assert response.headers["access-control-allow-headers"] == "content-type"
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    response = await http.get("/metadata", headers={"origin": "https://a.example"})
    assert response.headers["access-control-allow-origin"] == "https://a.example"


async def test_the_first_request_of_every_client(http: httpx.AsyncClient, platform: Platform) -> None:
    platform.config = replace(platform.config, token="t")
    metadata = await http.get("/metadata?namespace=default")
    assert metadata.status_code == 200 and "clientEndpoint" not in metadata.json()
    health = (await http.get("/health")).json()
    assert (health["status"], health["runtime"]) == ("ok", "engine")
    assert len((await http.get("/health")).headers["x-rivet-ray-id"]) == 30


async def test_a_configured_token_is_required(http: httpx.AsyncClient, platform: Platform) -> None:
    platform.config = replace(platform.config, token="t")
    refused = await http.get(f"{URL}&name=probe")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    allowed = await http.get(f"{URL}&name=probe", headers={"authorization": "Bearer t"})
    assert allowed.status_code == 200
