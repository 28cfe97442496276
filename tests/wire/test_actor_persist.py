"""actors.protocol.persist against records that RivetKit's own codecs wrote, versions 1 to 4."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.protocol import persist
from actors.protocol.envelope import Versioned
from tests.wire import golden

FILE = golden.load("actor_persist.json")
RECORDS: dict[str, tuple[Versioned[Any], type[msgspec.Struct]]] = {
    "PersistedActor": (persist.ACTOR_RECORD, persist.PersistedActor),
    "Actor": (persist.ACTOR_RECORD, persist.Actor),
    "Conn": (persist.CONN_RECORD, persist.Conn),
    "QueueMetadata": (persist.QUEUE_METADATA, persist.QueueMetadata),
    "QueueMessage": (persist.QUEUE_MESSAGE, persist.QueueMessage),
}


def record(kind: type[msgspec.Struct], notation: dict[str, Any]) -> Any:
    members = golden.fields(notation)
    for event in members.get("scheduled_events", []):
        if "kind" in event:
            event["kind"] = event["kind"]["val"]
    return msgspec.convert(members, kind)


@pytest.mark.parametrize(
    "vector", FILE["vectors"], ids=lambda vector: f"{vector['type']}-v{vector['version']}"
)
def test_reads_and_writes_the_bytes_of_the_original(vector: dict[str, Any]) -> None:
    wire, kind = RECORDS[vector["type"]]
    built = record(kind, vector["message"])
    assert wire.encode(built, vector["version"]).hex() == vector["embedded_hex"]
    assert wire.decode(bytes.fromhex(vector["embedded_hex"])) == (built, vector["version"])


def test_every_record_has_vectors() -> None:
    assert {vector["type"] for vector in FILE["vectors"]} == set(RECORDS)


def test_an_old_actor_is_read_as_the_latest() -> None:
    old = next(vector for vector in FILE["vectors"] if vector["version"] == 1)
    actor = persist.read_actor(bytes.fromhex(old["embedded_hex"]))
    assert actor.has_initialized
    assert actor.scheduled_events == [
        persist.ScheduleEvent("e1", 1795424018202, "inc", bytes.fromhex("810a"))
    ]


def test_the_keys_are_those_of_the_original() -> None:
    conn_id = bytes.fromhex(FILE["kv_keys_hex"]["conn"])[1:].decode()
    keys = {
        "persistData": persist.ACTOR_KEY,
        "conn": persist.conn_key(conn_id),
        "inspectorToken": persist.INSPECTOR_TOKEN_KEY,
        "userKv_foo": persist.user_key("foo"),
        "queuePrefix": persist.QUEUE_MESSAGE_PREFIX[:2],
        "queueMetadata": persist.QUEUE_METADATA_KEY,
        "queueMessagesPrefix": persist.QUEUE_MESSAGE_PREFIX,
        "queueMessage_1": persist.queue_message_key(1),
        "queueMessage_max": persist.queue_message_key(2**64 - 1),
        "lastPushedAlarm": persist.ALARM_KEY,
        "workflowPrefix": persist.WORKFLOW_PREFIX,
        "tracesPrefix": persist.TRACES_PREFIX,
    }
    assert {name: key.hex() for name, key in keys.items()} == FILE["kv_keys_hex"]
