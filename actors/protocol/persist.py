"""RivetKit's stored form of an actor: actor-persist records, versions 1 to 4, and the layout of its KV keys.

Read when actors are imported from the original and written when they are exported; our own store has tables.
RivetKit: rivetkit-rust/packages/actor-persist, ts/actor/keys.ts.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from actors.protocol.envelope import Versioned
from actors.protocol.schema import I64, U16, U32, U64, Bytes4, since, struct, union

Cbor: TypeAlias = bytes


class ScheduleEvent(msgspec.Struct, frozen=True):
    """A pending action. `timestamp` is in milliseconds; `args` is CBOR of a list."""

    event_id: str
    timestamp: I64
    action: str
    args: Cbor | None


class Actor(msgspec.Struct, frozen=True):
    """An actor's record from version 3 on. Connections have keys of their own."""

    input: Cbor | None
    has_initialized: bool
    state: Cbor
    scheduled_events: list[ScheduleEvent]


class Subscription(msgspec.Struct, frozen=True):
    event_name: str


class Conn(msgspec.Struct, frozen=True):
    """A hibernating connection, from version 3 on. The message indexes wrap at 65,536."""

    id: str
    parameters: Cbor
    state: Cbor
    subscriptions: list[Subscription]
    gateway_id: Bytes4
    request_id: Bytes4
    server_message_index: U16
    client_message_index: U16
    request_path: str
    request_headers: dict[str, str]


class QueueMetadata(msgspec.Struct, frozen=True):
    """`next_id` starts at 1 and never goes back; `size` counts stored messages."""

    next_id: U64
    size: U32


class QueueMessage(msgspec.Struct, frozen=True):
    """A stored message. Times are in milliseconds."""

    name: str
    body: Cbor
    created_at: I64
    failure_count: U32 | None = None
    available_at: I64 | None = None
    in_flight: bool | None = None
    in_flight_at: I64 | None = None


class GenericPersistedScheduleEvent(msgspec.Struct, frozen=True):
    action: str
    args: Cbor | None


class PersistedScheduleEvent(msgspec.Struct, frozen=True):
    """A pending action in versions 1 and 2, its kind behind a union of one member."""

    event_id: str
    timestamp: I64
    kind: Annotated[GenericPersistedScheduleEvent, union((GenericPersistedScheduleEvent,), 2)]


class PersistedConnection(msgspec.Struct, frozen=True):
    """A connection in versions 1 and 2, inside the actor's record."""

    id: str
    token: str
    parameters: Cbor
    state: Cbor
    subscriptions: list[Subscription]
    last_seen: I64
    hibernatable_request_id: Annotated[bytes | None, since(2)] = None


class PersistedHibernatableWebSocket(msgspec.Struct, frozen=True):
    request_id: bytes
    last_seen_timestamp: I64
    msg_index: I64


class PersistedActor(msgspec.Struct, frozen=True):
    """An actor's record in versions 1 and 2."""

    input: Cbor | None
    has_initialized: bool
    state: Cbor
    connections: list[PersistedConnection]
    scheduled_events: list[PersistedScheduleEvent]
    hibernatable_web_sockets: Annotated[list[PersistedHibernatableWebSocket], since(2)] = []


_WHAT: Final = "actor record"
_LATEST: Final = 4

ACTOR_RECORD: Final[Versioned[PersistedActor | Actor]] = Versioned(
    _WHAT,
    {
        1: struct(PersistedActor, 1),
        2: struct(PersistedActor, 2),
        3: struct(Actor, 3),
        4: struct(Actor, 4),
    },
)
CONN_RECORD: Final = Versioned(_WHAT, {version: struct(Conn, version) for version in (3, _LATEST)})
QUEUE_METADATA: Final = Versioned(_WHAT, {_LATEST: struct(QueueMetadata, _LATEST)})
QUEUE_MESSAGE: Final = Versioned(_WHAT, {_LATEST: struct(QueueMessage, _LATEST)})

ACTOR_KEY: Final = b"\x01"
CONN_PREFIX: Final = b"\x02"
INSPECTOR_TOKEN_KEY: Final = b"\x03"
USER_PREFIX: Final = b"\x04"
QUEUE_METADATA_KEY: Final = b"\x05\x01\x01"
QUEUE_MESSAGE_PREFIX: Final = b"\x05\x01\x02"
ALARM_KEY: Final = b"\x06"
WORKFLOW_PREFIX: Final = b"\x06\x01"
TRACES_PREFIX: Final = b"\x07\x01"


def read_actor(data: bytes) -> Actor:
    """The record of any version, brought up to date: version 3 moved connections out, so theirs are dropped.

    Raises `protocol.malformed` or `protocol.unsupported_version`.
    """
    record, _ = ACTOR_RECORD.decode(data)
    if isinstance(record, Actor):
        return record
    events = [
        ScheduleEvent(event.event_id, event.timestamp, event.kind.action, event.kind.args)
        for event in record.scheduled_events
    ]
    return Actor(record.input, record.has_initialized, record.state, events)


def conn_key(conn_id: str) -> bytes:
    """KV key of a connection's record."""
    return CONN_PREFIX + conn_id.encode()


def user_key(key: str | bytes) -> bytes:
    """KV key of a value that actor code stores under `key`."""
    return USER_PREFIX + (key.encode() if isinstance(key, str) else key)


def queue_message_key(message_id: int) -> bytes:
    """KV key of a queue message; keys sort as the ids do."""
    return QUEUE_MESSAGE_PREFIX + message_id.to_bytes(8, "big")
