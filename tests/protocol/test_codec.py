"""The codecs together: versions, round trips in every encoding, refusals, and what a reply must survive."""

from __future__ import annotations

import json as plain_json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError, UserError, error
from actors.protocol import cbor, client, json, values
from actors.protocol.codec import FIRST_ANSWER, Codec, codec_for, codec_for_body
from actors.protocol.messages import ActionRequest, ActorSpecifier, Encoding, Frame, SubscriptionRequest
from actors.protocol.values import UNDEFINED
from tests.protocol.test_values import trees

CODECS = [codec_for("json"), codec_for("cbor"), *[codec_for("bare", version) for version in client.VERSIONS]]
ACTOR = ActorSpecifier("id", 2, "room")


def label(codec: Codec) -> str:
    return f"{codec.encoding}-{codec.version}"


each_codec = pytest.mark.parametrize("codec", CODECS, ids=label)


def action_frame(codec: Codec, action_id: int, name: str, args: Any) -> Frame:
    """The frame of a client that tags its values, as TypeScript does in json and bare."""
    if codec.encoding == "bare":
        request = client.ActionRequest(action_id, name, cbor.encode(args))
        return client.TO_SERVER.encode(request, codec.version)
    encode = values.encode_json if codec.encoding == "json" else values.encode_cbor
    val = {"id": action_id, "name": name, "args": encode(args)}
    body = {"body": {"tag": "ActionRequest", "val": val}}
    return json.dump(body).decode() if codec.encoding == "json" else cbor.dump(body)


def server_message(codec: Codec, frame: Frame) -> tuple[str, Any]:
    """Tag and members of a frame of ours, values decoded."""
    if codec.encoding != "bare":
        body = (json.decode(frame) if isinstance(frame, str) else cbor.decode(frame))["body"]
        return body["tag"], body["val"]
    assert isinstance(frame, bytes)
    message, version = client.TO_CLIENT.decode(frame)
    assert version == codec.version
    return type(message).__name__, message


def test_there_is_one_codec_for_each_encoding_and_version() -> None:
    assert [codec_for("bare", version).version for version in client.VERSIONS] == [1, 2, 3, 4]
    assert codec_for("bare").version == FIRST_ANSWER == 3
    assert codec_for("json", 1) is codec_for("json", 4)
    assert [codec_for(encoding).binary for encoding in ("json", "cbor", "bare")] == [False, True, True]
    assert codec_for("json").content_type == "application/json"
    assert codec_for("cbor").content_type == codec_for("bare").content_type == "application/octet-stream"


def test_unknown_encodings_and_versions_are_refused() -> None:
    with pytest.raises(ActorError) as caught:
        codec_for("xml")
    assert caught.value.name == "protocol.unsupported_encoding"
    for version in (0, 5):
        with pytest.raises(ActorError) as caught:
            codec_for("bare", version)
        assert caught.value.name == "protocol.unsupported_version"


@pytest.mark.parametrize(
    ("body", "version"),
    [(b"", 3), (b"\x04", 3), (b"\x04\x00\x01\x80", 4), (b"\x01\x00", 1), (b"\x09\x00", 3)],
)
def test_an_answer_mirrors_the_version_of_the_body(body: bytes, version: int) -> None:
    assert codec_for_body("bare", body).version == version
    assert codec_for_body("json", body) is codec_for("json")


@each_codec
def test_an_action_request_is_read(codec: Codec) -> None:
    message = codec.decode_client(action_frame(codec, 2**40, "send", [1, "x", None]))
    assert message == ActionRequest(2**40, "send", [1, "x", None], codec.version)


@each_codec
@pytest.mark.parametrize(("args", "meant"), [(None, []), ({"a": 1}, [{"a": 1}]), (UNDEFINED, []), (5, [5])])
def test_arguments_that_are_no_list_are_one_argument(codec: Codec, args: Any, meant: list[Any]) -> None:
    message = codec.decode_client(action_frame(codec, 1, "send", args))
    assert isinstance(message, ActionRequest)
    assert message.args == meant


@each_codec
def test_bad_arguments_are_a_fault_of_that_call_alone(codec: Codec) -> None:
    tagged = ["$Nope", 1]
    if codec.encoding == "bare":
        request = client.ActionRequest(7, "send", cbor.dump([tagged]))
        frame: Frame = client.TO_SERVER.encode(request, codec.version)
    else:
        tree = {"body": {"tag": "ActionRequest", "val": {"id": 7, "name": "send", "args": [tagged]}}}
        frame = json.dump(tree).decode() if codec.encoding == "json" else cbor.dump(tree)
    message = codec.decode_client(frame)
    assert isinstance(message, ActionRequest)
    assert (message.id, message.args) == (7, [])
    assert message.fault is not None
    assert message.fault.name == "protocol.malformed"


def test_an_escaped_dollar_is_found_in_json() -> None:
    text = '{"body":{"tag":"ActionRequest","val":{"id":1,"name":"f","args":[["\\u0024BigInt","5"]]}}}'
    message = codec_for("json").decode_client(text)
    assert isinstance(message, ActionRequest)
    assert message.args == [5]


def test_json_may_come_in_binary_frames_and_the_others_may_not_in_text() -> None:
    text = '{"body":{"tag":"SubscriptionRequest","val":{"eventName":"tick","subscribe":true}}}'
    assert codec_for("json").decode_client(text.encode()) == SubscriptionRequest("tick", True, 4)
    for encoding in ("cbor", "bare"):
        with pytest.raises(ActorError, match="expected a binary frame"):
            codec_for(encoding).decode_client(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        "[]",
        "{}",
        '{"body":{}}',
        '{"body":{"tag":"Zip","val":{}}}',
        '{"body":{"tag":"ActionRequest","val":{"name":"f","args":[]}}}',
        '{"body":{"tag":"ActionRequest","val":{"id":1,"name":"f"}}}',
        '{"body":{"tag":"ActionRequest","val":{"id":-1,"name":"f","args":[]}}}',
        '{"body":{"tag":"ActionRequest","val":{"id":18446744073709551616,"name":"f","args":[]}}}',
        '{"body":{"tag":"ActionRequest","val":{"id":["$BigInt","x"],"name":"f","args":[]}}}',
        '{"body":{"tag":"ActionRequest","val":{"id":["$Set",[]],"name":"f","args":[]}}}',
        '{"body":{"tag":"SubscriptionRequest","val":{"eventName":"tick","subscribe":1}}}',
    ],
)
def test_malformed_messages_are_refused_in_json_and_cbor(text: str) -> None:
    with pytest.raises(ActorError) as caught:
        codec_for("json").decode_client(text)
    assert caught.value.name == "protocol.malformed"
    data = b"" if text in ("", "{") else cbor.dump(plain_json.loads(text))
    with pytest.raises(ActorError) as caught:
        codec_for("cbor").decode_client(data)
    assert caught.value.name == "protocol.malformed"


@each_codec
def test_the_greeting_names_actor_and_connection(codec: Codec) -> None:
    tag, val = server_message(codec, codec.init("actor", "conn"))
    assert tag == "Init"
    if codec.encoding == "bare":
        assert (val.actor_id, val.connection_id) == ("actor", "conn")
    else:
        assert val == {"actorId": "actor", "connectionId": "conn"}


@each_codec
@given(output=trees, action_id=st.integers(0, 2**64 - 1))
def test_an_output_reaches_the_client(codec: Codec, output: Any, action_id: int) -> None:
    tag, val = server_message(codec, codec.action_response(action_id, output))
    assert tag == "ActionResponse"
    if codec.encoding == "bare":
        assert (val.id, cbor.decode(val.output)) == (action_id, output)
    else:
        assert val["id"] == action_id
        assert (val["output"] == output) if output is not UNDEFINED else ("output" not in val)


@each_codec
@given(args=st.lists(trees, max_size=3), name=st.text(max_size=5))
def test_an_event_reaches_the_client(codec: Codec, args: list[Any], name: str) -> None:
    tag, val = server_message(codec, codec.event(name, args))
    assert tag == "Event"
    if codec.encoding == "bare":
        assert (val.name, cbor.decode(val.args)) == (name, args)
    else:
        assert val == {"name": name, "args": args}


def test_a_big_id_stays_whole() -> None:
    text = codec_for("json").action_response(2**64 - 1, None)
    assert (
        text
        == '{"body":{"tag":"ActionResponse","val":{"id":["$BigInt","18446744073709551615"],"output":null}}}'
    )


@each_codec
def test_an_error_of_an_action_carries_everything(codec: Codec) -> None:
    frame = codec.error(UserError("No", "not_yet", {"turn": {1}}), 3, ACTOR)
    tag, val = server_message(codec, frame)
    assert tag == "Error"
    if codec.encoding == "bare":
        assert (val.group, val.code, val.message, val.action_id) == ("user", "not_yet", "No", 3)
        assert cbor.decode(val.metadata) == {"turn": {1}}
        assert val.actor == (ACTOR if codec.version == 4 else None)
    else:
        actor = {"actorId": "id", "generation": 2, "key": "room"}
        assert val == {**UserError("No", "not_yet", {"turn": {1}}).payload(), "actor": actor, "actionId": 3}


@each_codec
def test_an_error_of_the_connection_has_no_action(codec: Codec) -> None:
    _, val = server_message(codec, codec.error(error("actor.stopping")))
    if codec.encoding == "bare":
        assert (val.metadata, val.action_id, val.actor) == (None, None, None)
    else:
        assert val == {**error("actor.stopping").payload(), "actionId": None}


@each_codec
def test_an_error_reply_never_fails_itself(codec: Codec) -> None:
    broken = ActorError("user", "odd", "file \udcff", {"file": object()})
    assert codec.error(broken, 1)
    assert codec.http_error(broken)


def http_bodies(codec: Codec, tree: dict[str, Any], bare: Callable[[int], bytes]) -> bytes:
    match codec.encoding:
        case "json":
            return json.encode(tree)
        case "cbor":
            return cbor.encode(tree)
    return bare(codec.version)


@each_codec
@given(args=st.lists(trees, max_size=3))
def test_arguments_over_http_come_whole(codec: Codec, args: list[Any]) -> None:
    request = client.HttpActionRequest(cbor.encode(args))
    body = http_bodies(
        codec, {"args": args}, lambda version: client.HTTP_ACTION_REQUEST.encode(request, version)
    )
    assert codec.http_action_request(body) == args


@each_codec
def test_an_empty_body_is_no_action_request(codec: Codec) -> None:
    with pytest.raises(ActorError) as caught:
        codec.http_action_request(b"")
    assert (caught.value.name, caught.value.status) == ("protocol.malformed", 400)


@pytest.mark.parametrize(
    "codec", [codec for codec in CODECS if codec.encoding != "bare" or codec.version >= 3], ids=label
)
def test_a_queue_message_without_a_body_is_none(codec: Codec) -> None:
    request = client.HttpQueueSendRequest(cbor.encode(UNDEFINED), None, True, 5)
    body = http_bodies(
        codec,
        {"wait": True, "timeout": 5},
        lambda version: client.HTTP_QUEUE_SEND_REQUEST.encode(request, version),
    )
    sent = codec.http_queue_request(body)
    assert (sent.body, sent.name, sent.wait, sent.timeout) == (None, None, True, 5)


@pytest.mark.parametrize("encoding", ["json", "cbor"])
@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("timeout", value) for value in (-1, "5", 1.5, {}, True, 2**64, "x" * 1000)),
        *(("wait", value) for value in (1, "yes", [], 0.0)),
    ],
)
def test_a_wait_or_a_time_that_cannot_be_is_named(encoding: Encoding, member: str, value: Any) -> None:
    written = cbor.dump if encoding == "cbor" else lambda tree: plain_json.dumps(tree).encode()
    with pytest.raises(ActorError, match=f"Malformed queue request: {member} is .*, not ") as caught:
        codec_for(encoding).http_queue_request(written({"body": 1, member: value}))
    assert (caught.value.name, caught.value.metadata["field"]) == ("protocol.malformed", member)
    assert len(caught.value.message) < 150


@pytest.mark.parametrize("encoding", ["json", "cbor"])
@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("delay", value) for value in (-1, "soon", 1.5, True, {}, 2**64, "x" * 1000)),
        *(("priority", value) for value in ("high", 0.5, False, [1])),
        *(("dedupe", value) for value in (5, True, ["d"])),
    ],
)
def test_a_manner_that_cannot_be_is_named(encoding: Encoding, member: str, value: Any) -> None:
    """And shortly: a long value does not come back whole."""
    written = cbor.dump if encoding == "cbor" else lambda tree: plain_json.dumps(tree).encode()
    with pytest.raises(ActorError, match=f"Queue request is invalid: {member} is .*, not ") as caught:
        codec_for(encoding).http_queue_request(written({"body": 1, member: value}))
    assert (caught.value.name, caught.value.status) == ("queue.invalid_request", 400)
    assert caught.value.metadata["field"] == member
    assert len(caught.value.message) < 150


@pytest.mark.parametrize("member", ["wait", "timeout", "delay", "priority", "dedupe"])
def test_a_manner_of_null_is_none(member: str) -> None:
    sent = codec_for("json").http_queue_request(f'{{"body":1,"{member}":null}}'.encode())
    assert (sent.wait, sent.timeout, sent.delay, sent.priority, sent.dedupe) == (False, None, 0, 0, None)


def test_bare_answers_of_a_queue_have_their_version() -> None:
    codec = codec_for("bare", 3)
    assert codec.http_queue_response("timedOut") == b"\x03\x00\x08timedOut\x00"
    assert codec.http_queue_response("completed", None) == b"\x03\x00\x09completed\x01\x01\xf6"


@each_codec
@given(frame=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(codec: Codec, frame: bytes) -> None:
    readers: list[Callable[[bytes], Any]] = [
        codec.decode_client,
        codec.http_action_request,
        codec.http_queue_request,
    ]
    for read in readers:
        try:
            read(frame)
        except ActorError as exc:
            assert exc.name in ("protocol.malformed", "protocol.unsupported_version", "queue.invalid_request")


@each_codec
@given(args=st.lists(trees, max_size=3), data=st.data())
def test_damaged_frames_are_read_or_refused(codec: Codec, args: list[Any], data: st.DataObject) -> None:
    frame = action_frame(codec, 7, "send", args)
    raw = frame.encode() if isinstance(frame, str) else frame
    place = data.draw(st.integers(0, len(raw) - 1))
    damaged = raw[:place] + bytes((data.draw(st.integers(0, 255)),)) + raw[place + 1 :]
    try:
        codec.decode_client(damaged)
    except ActorError as exc:
        assert exc.name in ("protocol.malformed", "protocol.unsupported_version")
