"""What an inspector asks of an actor over its websocket, in the versions 1 to 6.

The door answers each with the message of `inspector_answers` that quotes its `id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from actors.protocol.envelope import Versioned
from actors.protocol.inspector_shapes import VERSIONS, WHAT, Cbor
from actors.protocol.schema import Uint, Versions, members_in, since, union, until


class PatchStateRequest(msgspec.Struct, frozen=True):
    """Replace the whole state. Has no id: its answer is the new state."""

    state: Cbor


class StateRequest(msgspec.Struct, frozen=True):
    id: Uint


class ConnectionsRequest(msgspec.Struct, frozen=True):
    id: Uint


class ActionRequest(msgspec.Struct, frozen=True):
    """`args` is CBOR of a list."""

    id: Uint
    name: str
    args: Cbor


class EventsRequest(msgspec.Struct, frozen=True):
    id: Uint


class ClearEventsRequest(msgspec.Struct, frozen=True):
    id: Uint


class RpcsListRequest(msgspec.Struct, frozen=True):
    id: Uint


class TraceQueryRequest(msgspec.Struct, frozen=True):
    id: Uint
    start_ms: Uint
    end_ms: Uint
    limit: Uint


class QueueRequest(msgspec.Struct, frozen=True):
    id: Uint
    limit: Uint


class WorkflowHistoryRequest(msgspec.Struct, frozen=True):
    id: Uint


class WorkflowReplayRequest(msgspec.Struct, frozen=True):
    id: Uint
    entry_id: str | None


class DatabaseSchemaRequest(msgspec.Struct, frozen=True):
    id: Uint


class DatabaseTableRowsRequest(msgspec.Struct, frozen=True):
    id: Uint
    table: str
    limit: Uint
    offset: Uint


class SchedulesRequest(msgspec.Struct, frozen=True):
    id: Uint


class ScheduleHistoryRequest(msgspec.Struct, frozen=True):
    id: Uint
    schedule_id: str
    limit: Uint


class ScheduleDeleteRequest(msgspec.Struct, frozen=True):
    id: Uint
    schedule_id: str
    kind: str


ToServer: TypeAlias = (
    PatchStateRequest
    | StateRequest
    | ConnectionsRequest
    | ActionRequest
    | EventsRequest
    | ClearEventsRequest
    | RpcsListRequest
    | TraceQueryRequest
    | QueueRequest
    | WorkflowHistoryRequest
    | WorkflowReplayRequest
    | DatabaseSchemaRequest
    | DatabaseTableRowsRequest
    | SchedulesRequest
    | ScheduleHistoryRequest
    | ScheduleDeleteRequest
)

_TAGS: Final[Mapping[type[msgspec.Struct], Versions]] = {
    PatchStateRequest: since(1),
    StateRequest: since(1),
    ConnectionsRequest: since(1),
    ActionRequest: since(1),
    EventsRequest: until(1),
    ClearEventsRequest: until(1),
    RpcsListRequest: since(1),
    TraceQueryRequest: since(2),
    QueueRequest: since(2),
    WorkflowHistoryRequest: since(2),
    WorkflowReplayRequest: since(4),
    DatabaseSchemaRequest: since(3),
    DatabaseTableRowsRequest: since(3),
    SchedulesRequest: since(6),
    ScheduleHistoryRequest: since(6),
    ScheduleDeleteRequest: since(6),
}

TO_SERVER: Final[Versioned[ToServer]] = Versioned(
    WHAT, {version: union(members_in(version, _TAGS), version) for version in VERSIONS}
)
