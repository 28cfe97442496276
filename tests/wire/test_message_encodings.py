"""The codecs against messages that the official client writes, and what its validators accept in return."""

from __future__ import annotations

import json as plain_json
from typing import Any

import pytest

from actors.errors import ActorError
from actors.protocol import cbor
from actors.protocol.codec import Codec, codec_for, codec_for_body
from actors.protocol.messages import ActionRequest, ActorSpecifier, Frame, QueueSend, SubscriptionRequest
from actors.protocol.values import UNDEFINED
from tests.wire import golden

FILE = golden.load("message_encodings.json")
ENCODINGS = ("json", "cbor", "bare")


def frame(entry: dict[str, Any], encoding: str) -> Frame:
    return entry[encoding]["text"] if encoding == "json" else bytes.fromhex(entry[encoding]["hex"])


def body(entry: dict[str, Any], encoding: str) -> bytes:
    written = frame(entry, encoding)
    return written.encode() if isinstance(written, str) else written


def arguments(notation: list[Any], encoding: str) -> list[Any]:
    """JSON.stringify writes undefined items as null; untagged cbor cannot tell `["$x", 1]` from a tag."""
    args: list[Any] = golden.js(notation)
    return [None if arg is UNDEFINED else arg for arg in args] if encoding == "json" else args


def is_ambiguous(entry: dict[str, Any], encoding: str) -> bool:
    """The client does not escape in cbor, so its `["$x", 1]` reads as an unknown tag."""
    return encoding == "cbor" and "'$x'" in str(entry)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "entry", FILE["to_server"], ids=lambda entry: str(entry["message"]["body"]["val"])[:50]
)
def test_reads_what_the_client_writes(entry: dict[str, Any], encoding: str) -> None:
    val = entry["message"]["body"]["val"]
    message = codec_for(encoding).decode_client(frame(entry, encoding))
    if entry["message"]["body"]["tag"] == "SubscriptionRequest":
        assert message == SubscriptionRequest(val["eventName"], val["subscribe"], 4)
        return
    assert isinstance(message, ActionRequest)
    assert (message.id, message.name, message.version) == (int(val["id"]["value"]), val["name"], 4)
    if is_ambiguous(entry, encoding):
        assert message.fault is not None
    else:
        assert message.fault is None
        assert message.args == arguments(val["args"], encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("entry", FILE["http_action_request"], ids=lambda entry: str(entry["args"]))
def test_reads_the_action_requests_of_the_client(entry: dict[str, Any], encoding: str) -> None:
    data = body(entry, encoding)
    codec = codec_for_body(encoding, data)
    if is_ambiguous(entry, encoding):
        with pytest.raises(ActorError, match="unknown tag"):
            codec.http_action_request(data)
    else:
        assert codec.http_action_request(data) == arguments(entry["args"], encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("entry", FILE["http_queue_request"], ids=lambda entry: str(entry["input"]))
def test_reads_the_queue_requests_of_the_client(entry: dict[str, Any], encoding: str) -> None:
    data = body(entry, encoding)
    given = golden.js(entry["input"])
    expected = QueueSend(given.get("body"), "jobs", given["wait"], given.get("timeout"))
    assert codec_for_body(encoding, data).http_queue_request(data) == expected


ACCEPTED = [
    entry["client_result"]
    for entry in FILE["client_accepts_to_client"]
    if "throws" not in entry["client_result"]
]


def written(codec: Codec, result: dict[str, Any]) -> Frame:
    """The frame that our codec writes for a message which the client's validator took."""
    tag, val = result["body"]["tag"], golden.js(result["body"]["val"])
    match tag:
        case "Init":
            return codec.init(val["actorId"], val["connectionId"])
        case "ActionResponse":
            return codec.action_response(val["id"], val["output"])
        case "Event":
            return codec.event(val["name"], val["args"])
    actor = ActorSpecifier(val["actor"]["actorId"], val["actor"]["generation"]) if "actor" in val else None
    failure = ActorError(val["group"], val["code"], val["message"])
    return codec.error(failure, val["actionId"], actor)


@pytest.mark.parametrize("result", ACCEPTED, ids=str)
def test_json_messages_are_such_as_the_client_accepts(result: dict[str, Any]) -> None:
    inputs = [
        plain_json.loads(entry["input"])
        for entry in FILE["client_accepts_to_client"]
        if entry["encoding"] == "json"
    ]
    message = plain_json.loads(written(codec_for("json"), result))
    without_null_metadata = [
        {
            "body": {
                **item["body"],
                "val": {key: value for key, value in item["body"]["val"].items() if key != "metadata"},
            }
        }
        for item in inputs
    ]
    assert message in inputs or message in without_null_metadata


def test_cbor_ids_have_the_form_that_the_client_accepts() -> None:
    accepted = [
        entry["input"]
        for entry in FILE["client_accepts_to_client"]
        if entry["encoding"] == "cbor" and "throws" not in entry["client_result"]
    ]
    assert [codec_for("cbor").action_response(0, 1)] == [bytes.fromhex(text) for text in accepted]


def test_the_client_reads_a_cbor_error() -> None:
    answer = codec_for("cbor").error(ActorError("g", "c", "m", {"a": 1}), 3, ActorSpecifier("id", 2, "k"))
    assert isinstance(answer, bytes)
    assert cbor.decode(answer) == {
        "body": {
            "tag": "Error",
            "val": {
                "group": "g",
                "code": "c",
                "message": "m",
                "metadata": {"a": 1},
                "actor": {"actorId": "id", "generation": 2, "key": "k"},
                "actionId": 3,
            },
        }
    }
    assert answer.endswith(b"hactionId\x1b" + (3).to_bytes(8, "big"))


def test_http_errors_leave_out_what_is_missing() -> None:
    accepted = {
        entry["input"]
        for entry in FILE["client_accepts_http_error"]
        if "throws" not in entry["client_result"]
    }
    codec = codec_for("json")
    assert codec.http_error(ActorError("g", "c", "m")).decode() in accepted
    assert codec.http_error(ActorError("g", "c", "m", None)).decode() in accepted
    assert codec.http_error(ActorError("g", "c", "m", {"a": 2**53 + 1})).decode() == (
        '{"group":"g","code":"c","message":"m","metadata":{"a":["$BigInt","9007199254740993"]}}'
    )


def test_queue_answers_are_such_as_the_client_accepts() -> None:
    accepted = {
        entry["input"]
        for entry in FILE["client_accepts_queue_response"]
        if "throws" not in entry["client_result"]
    }
    codec = codec_for("json")
    answers = {
        codec.http_queue_response("completed").decode(),
        codec.http_queue_response("timedOut").decode(),
        codec.http_queue_response("completed", None).decode(),
        codec.http_queue_response("completed", UNDEFINED).decode(),
    }
    assert answers == accepted
