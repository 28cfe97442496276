"""The HTTP door: actions, framework routes, errors, headers; over the slim handler and over Django's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actors.gateway.platform import Platform

Query = Callable[..., str]


async def test_an_action_answers_with_its_output(http: httpx.AsyncClient, query: Query) -> None:
    response = await http.post(query("probe", "a", "/action/inc"), json={"args": [5]})
    assert (response.status_code, response.json()) == (200, {"output": 5})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-rivet-actor-key"] == "a"
    assert response.headers["x-rivet-actor-generation"] == "1"
    assert len(response.headers["x-rivet-ray-id"]) == 30


async def test_a_message_is_stored_and_its_sender_may_wait(http: httpx.AsyncClient, query: Query) -> None:
    url = query("foreman", "f", "/queue/waity")
    assert (await http.post(url, json={"body": "one"})).json() == {"status": "completed"}
    response = await http.post(url, json={"body": {"v": 1}, "wait": True, "timeout": 10_000})
    assert response.json() == {"status": "completed", "response": {"done": 1}}
    assert (response.headers["x-rivet-actor-key"], len(response.headers["x-rivet-ray-id"])) == ("f", 30)
    unheard = await http.post(query("foreman", "f", "/queue/deaf"), json={"wait": True, "timeout": 1})
    assert (unheard.status_code, unheard.json()) == (200, {"status": "timedOut"})


async def test_an_actor_is_reached_by_its_id_too(http: httpx.AsyncClient, query: Query) -> None:
    actor_id = (await http.post(query("probe", "a", "/action/inc"), json={"args": []})).headers[
        "x-rivet-actor"
    ]
    response = await http.post(f"/gateway/{actor_id}/action/get", json={"args": []})
    assert response.json() == {"output": 1}
    response = await http.post(f"/gateway/{actor_id}@any-token/action/get", json={"args": []})
    assert response.json() == {"output": 1}


async def test_a_chunked_body_is_read_whole(http: httpx.AsyncClient, query: Query) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in (b'{"ar', b'gs":', b"[4]}"):
            yield part

    response = await http.post(query("probe", "chunks", "/action/inc"), content=chunks())
    assert response.json() == {"output": 4}


@pytest.mark.parametrize(
    ("encoding", "body", "answer"),
    [
        ("cbor", "b90001646172677381636e756d", "a1666f757470757401"),
        ("bare", "04000581636e756d", "04000101"),
        ("bare", "03000581636e756d", "03000101"),
    ],
)
async def test_the_encoding_is_the_requests(
    http: httpx.AsyncClient, query: Query, encoding: str, body: str, answer: str
) -> None:
    response = await http.post(
        query("probe", "enc", "/action/ret"),
        content=bytes.fromhex(body),
        headers={"x-rivet-encoding": encoding},
    )
    assert (response.status_code, response.content.hex()) == (200, answer)
    assert response.headers["content-type"] == "application/octet-stream"


async def test_params_reach_the_connection_of_the_call(http: httpx.AsyncClient, query: Query) -> None:
    response = await http.post(
        query("probe", "p", "/action/connInfo"), json={}, headers={"x-rivet-conn-params": '{"a": 1}'}
    )
    output = response.json()["output"]
    assert (output["params"], output["state"]) == ({"a": 1}, {"p": {"a": 1}})


async def test_a_refused_connection_is_the_actions_error(http: httpx.AsyncClient, query: Query) -> None:
    response = await http.post(
        query("probe", "p", "/action/echo"), json={}, headers={"x-rivet-conn-params": '{"reject": true}'}
    )
    assert (response.status_code, response.json()["code"]) == (500, "rejected")


ACTOR_ERRORS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", "/action/nope", {"json": {}}, 404, "actor.action_not_found"),
    ("POST", "/action/userErr", {"json": {}}, 500, "user.user_error"),
    ("POST", "/action/err", {"json": {}}, 500, "rivetkit.internal_error"),
    ("POST", "/action/slow", {"json": {}}, 408, "actor.action_timed_out"),
    ("POST", "/action/bigret", {"json": {"args": [1_100_000]}}, 400, "message.outgoing_too_long"),
    ("POST", "/action/echo", {"content": b"x" * 70_000}, 400, "message.incoming_too_long"),
    ("POST", "/action/echo", {"content": b""}, 400, "core.internal_error"),
    ("POST", "/action/echo", {"content": b"{"}, 400, "core.internal_error"),
    (
        "POST",
        "/action/echo",
        {"json": {}, "headers": {"x-rivet-conn-params": "{"}},
        400,
        "core.internal_error",
    ),
    ("POST", "/action/inc", {"json": {"args": ["x"]}}, 400, "actor.invalid_request"),
    ("GET", "/action/echo", {}, 405, "actor.method_not_allowed"),
    ("POST", "/health", {}, 405, "actor.method_not_allowed"),
    ("POST", "/action/a/b", {}, 404, "actor.not_found"),
    ("POST", "/action/", {}, 404, "actor.not_found"),
    ("GET", "/connect", {}, 404, "actor.not_found"),
    ("GET", "/nope", {}, 404, "actor.not_found"),
    ("POST", "/queue/jobs", {"content": b"{"}, 400, "core.internal_error"),
    ("GET", "/queue/jobs", {}, 405, "actor.method_not_allowed"),
]


@pytest.mark.parametrize("case", ACTOR_ERRORS, ids=lambda case: f"{case[0]} {case[1]} {case[4]}")
async def test_errors_of_an_actor_name_it(
    http: httpx.AsyncClient, query: Query, case: tuple[str, str, dict[str, Any], int, str]
) -> None:
    method, rest, request_, status, name = case
    await http.post(query("probe", "errors", "/action/get"), json={})
    response = await http.request(method, query("probe", "errors", rest), **request_)
    body = response.json()
    assert (response.status_code, f"{body['group']}.{body['code']}") == (status, name)
    assert body["actor"]["key"] == "errors" and body["actor"]["generation"] >= 1
    assert body["actor"]["actorId"] == response.headers["x-rivet-actor"]
    assert "x-rivet-error" not in response.headers


async def test_what_cannot_be_read_is_told_why(http: httpx.AsyncClient, query: Query) -> None:
    body = await http.post(query("probe", "p", "/action/echo"), content=b'{"args": [1}')
    assert body.json()["message"].startswith("Malformed JSON: ")
    params = await http.post(
        query("probe", "p", "/action/echo"), json={}, headers={"x-rivet-conn-params": "{"}
    )
    assert params.json()["message"] == "Invalid x-rivet-conn-params header: expected JSON."


GATEWAY_ERRORS: list[tuple[str, int, str]] = [
    ("/gateway", 404, "api.not_found"),
    ("/gateway//a/health", 404, "api.not_found"),
    ("/gateway/zzz/health", 404, "actor.not_found"),
    ("/gateway/tpm899o4hpr4v5nz6us6k94knval00/health", 404, "actor.not_found"),
    ("/gateway/probe/health?rvt-namespace=default&rvt-method=get&rvt-key=none", 404, "actor.not_found"),
    ("/gateway/probe/health?rvt-namespace=nope&rvt-method=get", 400, "namespace.not_found"),
    ("/gateway/probe/health?rvt-namespace=default", 400, "guard.query_invalid_params"),
    (
        "/gateway/probe/health?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=nopool&rvt-key=q",
        400,
        "actor.no_runner_config_configured",
    ),
    ("/gateway/probe@tok/health?rvt-namespace=default&rvt-method=get", 400, "guard.query_path_token_syntax"),
    (
        "/gateway/probe/action/a%ZZ?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default",
        500,
        "envoy.fetch_failed",
    ),
    ("/request/abc", 404, "api.not_found"),
]


@pytest.mark.parametrize(("url", "status", "name"), GATEWAY_ERRORS)
async def test_errors_of_the_door_are_json_and_named_in_a_header(
    http: httpx.AsyncClient, url: str, status: int, name: str
) -> None:
    response = await http.get(url, headers={"x-rivet-encoding": "bare"})
    body = response.json()
    assert (response.status_code, f"{body['group']}.{body['code']}") == (status, name)
    assert response.headers["x-rivet-error"] == name
    assert "actor" not in body


async def test_headers_can_name_the_actor_of_a_raw_request_only(
    http: httpx.AsyncClient, query: Query
) -> None:
    made = await http.post(query("probe", "h", "/action/get"), json={})
    headers = {"x-rivet-target": "actor", "x-rivet-actor": made.headers["x-rivet-actor"]}
    raw = await http.get("/request/abc?x=1", headers=headers)
    assert (raw.status_code, raw.json()["url"]) == (201, "http://127.0.0.1/abc?x=1")
    assert raw.headers["x-rivet-actor-key"] == "h"
    assert (await http.get("/action/echo", headers=headers)).json()["code"] == "no_route"
    del headers["x-rivet-actor"]
    assert (await http.get("/request/abc", headers=headers)).json()["code"] == "missing_header"
    assert (await http.get("/request/abc", headers={"x-rivet-target": "zip"})).json()["code"] == "no_route"


async def test_pages_of_an_actor(http: httpx.AsyncClient, query: Query) -> None:
    assert (await http.get(query("probe", "pages", "/health"))).text == "ok"
    assert (await http.get(query("probe", "pages", "/"))).text.startswith("This is an RivetKit actor.")
    metadata = await http.get(query("probe", "pages", "/metadata"))
    assert metadata.json()["runtime"] == "rivetkit"
    assert metadata.headers["referrer-policy"] == "no-referrer"


async def test_a_broken_header_is_refused(http: httpx.AsyncClient, query: Query) -> None:
    response = await http.get(query("probe", "x", "/health"), headers={"x-rivet-skip-ready-wait": "x"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")


async def test_a_preflight_is_answered_without_asking_anyone(http: httpx.AsyncClient) -> None:
    response = await http.options(
        "/gateway/whatever/action/x",
        headers={"origin": "https://a.example", "access-control-request-headers": "x-rivet-encoding"},
    )
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    assert response.headers["access-control-allow-headers"] == "x-rivet-encoding"
    assert response.headers["access-control-max-age"] == "86400"


async def test_errors_carry_cors_headers_as_well(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    platform.config = replace(platform.config, token="t")
    headers = {"origin": "https://a.example", "x-rivet-token": "t"}
    response = await http.get(query("probe", "c", "/nope"), headers=headers)
    assert response.status_code == 404
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    assert response.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("headers", "url_token", "status"),
    [
        ({}, "", 403),
        ({"authorization": "Bearer wrong"}, "", 403),
        ({"authorization": "Bearer s3cret"}, "", 200),
        ({"x-rivet-token": "s3cret"}, "", 200),
        ({}, "&rvt-token=s3cret", 200),
        ({}, "&rvt-token=s3cre", 403),
    ],
)
async def test_a_configured_token_is_required(
    http: httpx.AsyncClient,
    platform: Platform,
    query: Query,
    headers: dict[str, str],
    url_token: str,
    status: int,
) -> None:
    platform.config = replace(platform.config, token="s3cret")
    response = await http.post(query("probe", "t", "/action/get") + url_token, json={}, headers=headers)
    assert response.status_code == status
    if status == 403:
        assert response.json()["code"] == "forbidden"
        assert platform.node is not None and platform.node.stats().awake == 0


@pytest.mark.parametrize("handler", ["slim"])  # Django's handler has its own answer for a broken view
async def test_an_exception_in_a_door_is_answered_and_logged(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("actors.gateway.views.admit_caller", broken)
    response = await http.get("/gateway/a/health")
    assert (response.status_code, response.json()["group"]) == (500, "core")
    assert "bug" not in response.text


async def test_a_draining_process_sends_clients_elsewhere(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    await platform.drain()
    response = await http.post(query("probe", "late", "/action/get"), json={})
    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert (await http.get("/health")).status_code == 503
