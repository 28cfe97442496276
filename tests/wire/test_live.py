"""Recordings of the original engine and runtime: our codecs read its requests and write its answers again."""

from __future__ import annotations

import json as plain_json
from typing import Any
from urllib.parse import urlsplit

import pytest

from actors.errors import MISSING, ActorError
from actors.protocol import cbor, client, json
from actors.protocol.codec import Codec, codec_for, codec_for_body
from actors.protocol.handshake import header_target, parse_skip_ready_wait, parse_subprotocols
from actors.protocol.messages import ActionRequest, ActorSpecifier, Frame
from actors.protocol.urls import parse_gateway_path
from tests.wire import golden

HTTP = [case for case in golden.load("live/http_actor_routes.json")["cases"] if "request" in case]
API = [case for case in golden.load("live/http_actors_api.json")["cases"] if "response" in case]
SOCKETS = golden.load("live/ws_connect.json")["cases"] + golden.load("live/ws_cbor_ids.json")["cases"]


def name(case: dict[str, Any]) -> str:
    return str(case["name"])


def data(body: dict[str, str] | None) -> bytes:
    body = body or {}
    return bytes.fromhex(body["hex"]) if "hex" in body else body.get("text", "").encode()


def encoding(case: dict[str, Any]) -> str:
    asked = case["request"]["headers"].get("x-rivet-encoding", "json")
    return asked if asked in ("cbor", "bare") else "json"


def tree(codec: Codec, body: bytes) -> Any:
    """The body as a map, compat tags untouched."""
    if codec.encoding == "json":
        return plain_json.loads(body)
    if codec.encoding == "cbor":
        return cbor.load(body)
    message, _ = client.HTTP_ACTION_RESPONSE.decode(body)
    return {"output": cbor.load(message.output)}


def succeeded(case: dict[str, Any]) -> bool:
    response = case["response"]
    is_action = "/action/" in case["request"]["path"]
    return is_action and response["status"] == 200 and bool(data(response["body"]))


@pytest.mark.parametrize("case", [case for case in HTTP if succeeded(case)], ids=name)
def test_an_answer_read_and_written_again_is_the_same(case: dict[str, Any]) -> None:
    body = data(case["response"]["body"])
    codec = codec_for_body(encoding(case), body)
    original = tree(codec, body)
    output = (json if codec.encoding == "json" else cbor).decode(output_bytes(codec, body, original))
    assert equal(tree(codec, codec.http_action_response(output)), original)


def output_bytes(codec: Codec, body: bytes, original: Any) -> bytes:
    """The bytes of the output alone."""
    if codec.encoding == "json":
        return plain_json.dumps(original["output"]).encode()
    return cbor.dump(original["output"])


def equal(ours: Any, theirs: Any) -> bool:
    """Equal but for what Python joins: a small BigInt is a number, an ArrayBuffer is bytes."""
    return without_small_integers(ours) == without_small_integers(theirs)


def without_small_integers(node: Any) -> Any:
    if isinstance(node, list):
        if len(node) == 2 and node[0] == "$BigInt" and abs(int(node[1])) <= 2**53:
            return int(node[1])
        if len(node) == 2 and node[0] == "$ArrayBuffer":
            return ["$Uint8Array", node[1]]
        return [without_small_integers(item) for item in node]
    if isinstance(node, dict):
        return {key: without_small_integers(item) for key, item in node.items()}
    return None if node != node else node


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in HTTP
        if case["request"]["method"] == "POST"
        and "/action/echo" in case["request"]["path"]
        and case["response"]["status"] == 200
    ],
    ids=name,
)
def test_arguments_are_understood_as_by_the_original(case: dict[str, Any]) -> None:
    body = data(case["request"]["body"])
    codec = codec_for_body(encoding(case), body)
    echoed = codec.http_action_response(codec.http_action_request(body))
    assert equal(tree(codec, echoed), tree(codec, data(case["response"]["body"])))


def failed(case: dict[str, Any]) -> bool:
    response = case["response"]
    by_the_inspector = "/inspector" in case["request"]["path"]  # writes "metadata": null, in its own codec
    return response["status"] >= 400 and bool(data(response["body"])) and not by_the_inspector


@pytest.mark.parametrize("case", [case for case in HTTP if failed(case)], ids=name)
def test_errors_have_the_bytes_of_the_original(case: dict[str, Any]) -> None:
    body = data(case["response"]["body"])
    codec = codec_for_body(encoding(case), body)
    if codec.encoding == "bare":
        sent, _ = client.HTTP_RESPONSE_ERROR.decode(body)
        metadata = MISSING if sent.metadata is None else cbor.decode(sent.metadata)
        failure = ActorError(sent.group, sent.code, sent.message, metadata)
        assert codec.http_error(failure, sent.actor) == body
        return
    read = json.decode(body) if codec.encoding == "json" else cbor.decode(body)
    failure = ActorError(read["group"], read["code"], read["message"], read.get("metadata", MISSING))
    actor = read.get("actor")
    specifier = ActorSpecifier(actor["actorId"], actor["generation"], actor["key"]) if actor else None
    ours = codec.http_error(failure, specifier)
    assert (json.decode(ours) if codec.encoding == "json" else cbor.decode(ours)) == read


def frames(case: dict[str, Any], direction: str) -> list[Frame]:
    return [
        frame["text"] if frame["type"] == "text" else bytes.fromhex(frame["hex"])
        for frame in case["frames"]
        if frame["dir"] == direction and "..." not in frame.get("text", "") + frame.get("hex", "")
    ]


def conversations() -> list[dict[str, Any]]:
    """Connections of actors in a known encoding; raw sockets carry the user's own frames."""
    return [
        case
        for case in SOCKETS
        if case["frames"] and not case["name"].startswith(("raw ", "path unknown")) and frames(case, "s2c")
    ]


def codec_of(case: dict[str, Any]) -> Codec:
    return codec_for(parse_subprotocols(case["subprotocols"]).encoding, 4)


LENIENT = {"cbor id bigint json array"}
"""Refused by the original, taken by us: the id as the json encoding writes it."""


@pytest.mark.parametrize("case", conversations(), ids=name)
def test_frames_of_clients_are_read_or_refused_as_by_the_original(case: dict[str, Any]) -> None:
    codec = codec_of(case)
    sent = frames(case, "c2s")
    refused = case["close"]["reason"] == "actor.invalid_request" and case["name"] not in LENIENT
    for frame in sent[:-1] if refused else sent:
        codec.decode_client(frame)
    if refused:
        assert is_refused(codec, sent[-1])


def is_refused(codec: Codec, frame: Frame) -> bool:
    try:
        message = codec.decode_client(frame)
    except ActorError as exc:
        return exc.name in ("protocol.malformed", "protocol.unsupported_version")
    # The original cannot read bytes and tags in cbor, we can.
    return isinstance(message, ActionRequest) and codec.encoding == "cbor"


@pytest.mark.parametrize("case", conversations(), ids=name)
def test_frames_of_the_server_are_written_as_by_the_original(case: dict[str, Any]) -> None:
    codec = codec_of(case)
    for frame in frames(case, "s2c"):
        ours = rewritten(codec, frame)
        if codec.encoding == "bare":
            assert ours == frame
        elif codec.encoding == "json":
            assert equal(plain_json.loads(ours), plain_json.loads(frame))
        else:
            assert isinstance(ours, bytes)
            assert isinstance(frame, bytes)
            assert cbor.load(ours) == cbor.load(frame)


def rewritten(codec: Codec, frame: Frame) -> Frame:
    """The frame that our codec writes for the message in `frame`."""
    tag, val = message_of(codec, frame)
    if tag == "Init":
        return codec.init(val["actorId"], val["connectionId"])
    if tag == "ActionResponse":
        return codec.action_response(val["id"], val["output"])
    if tag == "Event":
        return codec.event(val["name"], val["args"])
    actor = val.get("actor")
    specifier = ActorSpecifier(actor["actorId"], actor["generation"], actor["key"]) if actor else None
    failure = ActorError(val["group"], val["code"], val["message"], val.get("metadata", MISSING))
    return codec.error(failure, val["actionId"], specifier)


def message_of(codec: Codec, frame: Frame) -> tuple[str, dict[str, Any]]:
    if codec.encoding != "bare":
        body = json.decode(frame) if isinstance(frame, str) else cbor.decode(frame)
        return body["body"]["tag"], body["body"]["val"]
    assert isinstance(frame, bytes)
    message, _ = client.TO_CLIENT.decode(frame)
    match message:
        case client.Init():
            return "Init", {"actorId": message.actor_id, "connectionId": message.connection_id}
        case client.ActionResponse():
            return "ActionResponse", {"id": message.id, "output": cbor.decode(message.output)}
        case client.Event():
            return "Event", {"name": message.name, "args": cbor.decode(message.args)}
    actor = message.actor
    return "Error", {
        "group": message.group,
        "code": message.code,
        "message": message.message,
        "metadata": MISSING if message.metadata is None else cbor.decode(message.metadata),
        "actionId": message.action_id,
        "actor": actor and {"actorId": actor.actor_id, "generation": actor.generation, "key": actor.key},
    }


ROUTING = [
    case
    for case in API
    if case["response"]["headers"].get("x-rivet-error", "").startswith(("guard.query_", "guard.no_route"))
    or case["response"]["headers"].get("x-rivet-error", "")
    in ("guard.missing_header", "guard.invalid_header")
]


@pytest.mark.parametrize("case", ROUTING, ids=name)
def test_bad_addresses_are_refused_in_the_words_of_the_original(case: dict[str, Any]) -> None:
    request = case["request"]
    parts = urlsplit(request["path"])
    with pytest.raises(ActorError) as caught:
        if parse_gateway_path(parts.path, parts.query) is None:
            header_target(parts.path, {"host": "127.0.0.1:6420", **request["headers"]})
            parse_skip_ready_wait(request["headers"].get("x-rivet-skip-ready-wait"))
    assert caught.value.payload() == plain_json.loads(case["response"]["body"]["text"])
    assert caught.value.status == case["response"]["status"]


def test_every_kind_of_bad_address_is_recorded() -> None:
    assert len({case["response"]["headers"]["x-rivet-error"] for case in ROUTING}) >= 9
