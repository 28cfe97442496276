"""The inspector's BARE messages against 302 of RivetKit's own generated codecs, versions 1 to 6."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.errors import ActorError
from actors.protocol import inspector_answers as answers
from actors.protocol import inspector_requests as requests
from actors.protocol import inspector_shapes as shapes
from actors.protocol.envelope import Versioned
from actors.protocol.inspector_answers import in_version
from tests.wire import golden

TYPES: dict[str, tuple[Any, Versioned[Any]]] = {
    "ToClient": (answers, answers.TO_CLIENT),
    "ToServer": (requests, requests.TO_SERVER),
}
VECTORS = golden.load("inspector_protocol.json")["vectors"]
UPGRADED = [vector for vector in VECTORS if vector.get("official_upgrade_to_latest") is not None]
LATEST = 6


def message(kind: str, notation: Any) -> Any:
    module, _ = TYPES[kind]
    body = golden.fields(notation["body"])
    members = body["val"]
    if "events" in members:
        members = {**members, "events": [event(item) for item in members["events"]]}
    return msgspec.convert(members, getattr(module, body["tag"]))


def event(notation: Any) -> shapes.Event:
    body = notation["body"]
    return shapes.Event(msgspec.convert(body["val"], getattr(shapes, body["tag"])))


def label(vector: dict[str, Any]) -> str:
    return f"{vector['message']['body']['tag']}-v{vector['version']}"


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_writes_the_bytes_of_the_original(vector: dict[str, Any]) -> None:
    built, codec = message(vector["type"], vector["message"]), TYPES[vector["type"]][1]
    assert codec.encode(built, vector["version"]).hex() == vector["embedded_hex"]
    assert codec.encode_payload(built, vector["version"]).hex() == vector["payload_hex"]


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_reads_the_bytes_of_the_original(vector: dict[str, Any]) -> None:
    built, codec = message(vector["type"], vector["message"]), TYPES[vector["type"]][1]
    assert codec.decode(bytes.fromhex(vector["embedded_hex"])) == (built, vector["version"])
    assert codec.decode_payload(bytes.fromhex(vector["payload_hex"]), vector["version"]) == built


@pytest.mark.parametrize("vector", UPGRADED, ids=label)
def test_an_older_message_reads_as_its_official_upgrade(vector: dict[str, Any]) -> None:
    codec = TYPES[vector["type"]][1]
    decoded, _ = codec.decode(bytes.fromhex(vector["embedded_hex"]))
    if vector["type"] == "ToClient":
        decoded = in_version(LATEST, decoded)
    upgraded = message(vector["type"], vector["official_upgrade_to_latest"])
    assert codec.encode(decoded, LATEST) == codec.encode(upgraded, LATEST)


def test_only_the_event_log_of_version_1_has_no_upgrade() -> None:
    left = [vector for vector in VECTORS if vector not in UPGRADED]
    assert {label(vector) for vector in left} == {"EventsRequest-v1", "ClearEventsRequest-v1"}
    assert (len(VECTORS), len(left)) == (302, 4)


@pytest.mark.parametrize("kind", TYPES)
def test_every_message_has_vectors(kind: str) -> None:
    module, _ = TYPES[kind]
    own = [item for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__]
    names = {item.__name__ for item in own if isinstance(item, type)}
    assert names == {vector["message"]["body"]["tag"] for vector in VECTORS if vector["type"] == kind}


@pytest.mark.parametrize("version", [0, 7])
def test_an_unknown_version_is_named(version: int) -> None:
    with pytest.raises(ActorError, match=f"Unsupported inspector protocol version {version}"):
        requests.TO_SERVER.decode(version.to_bytes(2, "little") + b"\x00\x00")
    with pytest.raises(ActorError, match=f"Unsupported inspector protocol version {version}"):
        requests.TO_SERVER.decode_payload(b"\x00\x00", version)


@pytest.mark.parametrize(
    ("version", "sent", "told"),
    [
        (5, answers.SchedulesResponse(1, []), "inspector.schedules_dropped"),
        (5, answers.SchedulesUpdated([]), "inspector.schedules_dropped"),
        (5, answers.ScheduleHistoryResponse(1, "a", []), "inspector.schedules_dropped"),
        (5, answers.ScheduleDeleteResponse(1, "a", True), "inspector.schedules_dropped"),
        (3, answers.WorkflowReplayResponse(1, None, False), "inspector.workflow_history_dropped"),
        (2, answers.DatabaseSchemaResponse(1, b""), "inspector.database_dropped"),
        (2, answers.DatabaseTableRowsResponse(1, b""), "inspector.database_dropped"),
        (1, answers.QueueUpdated(0), "inspector.queue_dropped"),
        (1, answers.QueueResponse(1, shapes.QueueStatus(0, 0, [], False)), "inspector.queue_dropped"),
        (1, answers.TraceQueryResponse(1, b""), "inspector.trace_dropped"),
        (1, answers.WorkflowHistoryResponse(1, None, False), "inspector.workflow_history_dropped"),
        (1, answers.WorkflowHistoryUpdated(b""), "inspector.workflow_history_dropped"),
        (2, answers.EventsUpdated([]), "inspector.events_dropped"),
        (6, answers.EventsResponse(1, []), "inspector.events_dropped"),
    ],
)
def test_what_a_version_lacks_becomes_an_error(version: int, sent: Any, told: str) -> None:
    assert in_version(version, sent) == answers.Error(told)
    assert in_version(1 if "events" in told else version + 1, sent) == sent
