"""What the official client sent to a stub server is understood: URLs, headers, bodies and frames."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from actors.protocol.codec import codec_for, codec_for_body
from actors.protocol.handshake import parse_conn_params, parse_subprotocols
from actors.protocol.messages import ActionRequest, Frame, SubscriptionRequest
from actors.protocol.urls import DirectTarget, GatewayPath, QueryTarget, parse_gateway_path
from tests.wire import golden

CAPTURES = [capture for capture in golden.load("client_captures.json")["captures"] if "url" in capture]
GATEWAY = [capture for capture in CAPTURES if capture["url"].startswith("/gateway/")]
REQUESTS = [capture for capture in GATEWAY if capture["kind"] == "http"]
SOCKETS = [capture for capture in GATEWAY if capture["kind"] == "ws"]


ARGUMENTS: dict[str, list[Any]] = {
    "get().action": [1, {"a": "x"}],
    "getOrCreate().action with params+input": ["y"],
    "getForId().action": [],
    "get missing": [],
    "skipReadyWait action": [],
}


def label(capture: dict[str, Any]) -> str:
    return f"{capture['phase']} {capture['url'].partition('?')[0]}"


def parsed(capture: dict[str, Any]) -> GatewayPath:
    parts = urlsplit(capture["url"])
    path = parse_gateway_path(parts.path, parts.query)
    assert path is not None
    return path


def data(body: dict[str, str] | None) -> bytes:
    if body is None:
        return b""
    return bytes.fromhex(body["hex"]) if "hex" in body else body["text"].encode()


def of_route(route: str) -> list[dict[str, Any]]:
    return [capture for capture in REQUESTS if parsed(capture).path.startswith(route)]


@pytest.mark.parametrize("capture", GATEWAY, ids=label)
def test_urls_address_an_actor_and_leave_it_a_clean_path(capture: dict[str, Any]) -> None:
    path = parsed(capture)
    assert isinstance(path.target, QueryTarget if "rvt-method" in capture["url"] else DirectTarget)
    assert path.target.token == capture["headers"].get("x-rivet-token", path.target.token)
    assert path.path.split("/")[1] in ("action", "queue", "request", "connect", "websocket")
    assert "rvt-" not in path.query


@pytest.mark.parametrize("capture", of_route("/action/"), ids=label)
def test_action_bodies_are_read(capture: dict[str, Any]) -> None:
    codec = codec_for_body(capture["headers"]["x-rivet-encoding"], data(capture["body"]))
    assert codec.version == 4
    assert codec.http_action_request(data(capture["body"])) == ARGUMENTS[capture["phase"].partition(" ")[2]]


@pytest.mark.parametrize("capture", of_route("/queue/"), ids=label)
def test_queue_bodies_are_read(capture: dict[str, Any]) -> None:
    codec = codec_for_body(capture["headers"]["x-rivet-encoding"], data(capture["body"]))
    sent = codec.http_queue_request(data(capture["body"]))
    assert (sent.body, sent.name) == ({"a": 1}, "jobs")
    assert sent.timeout == (5000 if sent.wait else None)


@pytest.mark.parametrize(
    "capture", [capture for capture in REQUESTS if "x-rivet-conn-params" in capture["headers"]], ids=label
)
def test_params_are_read_from_the_header(capture: dict[str, Any]) -> None:
    header = capture["headers"]["x-rivet-conn-params"]
    expected = {"token": "ü"} if "token" in header else {"p": 1}
    assert parse_conn_params(header.encode("latin-1")) == expected
    assert parse_conn_params(header.encode("utf-8")) == expected


@pytest.mark.parametrize(
    "capture", [capture for capture in SOCKETS if parsed(capture).path == "/connect"], ids=label
)
def test_connections_are_read(capture: dict[str, Any]) -> None:
    offered = parse_subprotocols([capture["headers"]["sec-websocket-protocol"]])
    codec = codec_for(offered.encoding)
    frames: list[Frame] = [
        frame["text"] if "text" in frame else bytes.fromhex(frame["binary_hex"])
        for frame in capture["frames"]
    ]
    expected = [
        SubscriptionRequest("tick", True, 4),
        ActionRequest(0, "echo", [1, "x"], 4),
        SubscriptionRequest("other", True, 4),
        SubscriptionRequest("other", False, 4),
    ]
    assert [codec.decode_client(frame) for frame in frames] == (expected if frames else [])
    assert offered.params == ({"token": "ü&"} if frames else None)


def test_the_captures_hold_every_route_in_every_encoding() -> None:
    assert len(of_route("/action/")) >= 9
    assert len(of_route("/queue/")) == 6
    assert sum(bool(capture["frames"]) for capture in SOCKETS if parsed(capture).path == "/connect") == 3
