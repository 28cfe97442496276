"""What an actor tells its inspectors over their websockets, in the versions 1 to 6.

`...Response` quotes the `id` of a request as `rid`; `...Updated` and `Init` come unasked. Whoever sends one
to an older inspector passes it through `in_version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

import msgspec

from actors.protocol.envelope import Versioned
from actors.protocol.inspector_shapes import (
    VERSIONS,
    WHAT,
    Cbor,
    Connection,
    Event,
    QueueStatus,
    Schedule,
    ScheduleFire,
    TabConfigEntry,
    WorkflowHistory,
)
from actors.protocol.schema import Uint, Versions, members_in, since, union, until


class Init(msgspec.Struct, frozen=True, kw_only=True):
    """The first message. `state` is None for an actor without one."""

    connections: list[Connection]
    events: Annotated[list[Event], until(1)] = []
    state: Cbor | None
    is_state_enabled: bool
    rpcs: list[str]
    is_database_enabled: bool
    queue_size: Annotated[Uint, since(2)] = 0
    workflow_history: Annotated[WorkflowHistory | None, since(2)] = None
    is_workflow_enabled: Annotated[bool, since(2)] = False
    tab_config: Annotated[list[TabConfigEntry], since(5)] = []
    schedules: Annotated[list[Schedule], since(6)] = []


class StateResponse(msgspec.Struct, frozen=True):
    rid: Uint
    state: Cbor | None
    is_state_enabled: bool


class StateUpdated(msgspec.Struct, frozen=True):
    state: Cbor


class ConnectionsResponse(msgspec.Struct, frozen=True):
    rid: Uint
    connections: list[Connection]


class ConnectionsUpdated(msgspec.Struct, frozen=True):
    connections: list[Connection]


class EventsResponse(msgspec.Struct, frozen=True):
    rid: Uint
    events: list[Event]


class EventsUpdated(msgspec.Struct, frozen=True):
    events: list[Event]


class ActionResponse(msgspec.Struct, frozen=True):
    rid: Uint
    output: Cbor


class RpcsListResponse(msgspec.Struct, frozen=True):
    rid: Uint
    rpcs: list[str]


class QueueResponse(msgspec.Struct, frozen=True):
    rid: Uint
    status: QueueStatus


class QueueUpdated(msgspec.Struct, frozen=True):
    queue_size: Uint


class TraceQueryResponse(msgspec.Struct, frozen=True):
    rid: Uint
    payload: bytes


class WorkflowHistoryResponse(msgspec.Struct, frozen=True):
    rid: Uint
    history: WorkflowHistory | None
    is_workflow_enabled: bool


class WorkflowHistoryUpdated(msgspec.Struct, frozen=True):
    history: WorkflowHistory


class WorkflowReplayResponse(msgspec.Struct, frozen=True):
    rid: Uint
    history: WorkflowHistory | None
    is_workflow_enabled: bool


class DatabaseSchemaResponse(msgspec.Struct, frozen=True):
    rid: Uint
    schema: Cbor


class DatabaseTableRowsResponse(msgspec.Struct, frozen=True):
    rid: Uint
    result: Cbor


class SchedulesResponse(msgspec.Struct, frozen=True):
    rid: Uint
    schedules: list[Schedule]


class SchedulesUpdated(msgspec.Struct, frozen=True):
    schedules: list[Schedule]


class ScheduleHistoryResponse(msgspec.Struct, frozen=True):
    rid: Uint
    schedule_id: str
    history: list[ScheduleFire]


class ScheduleDeleteResponse(msgspec.Struct, frozen=True):
    rid: Uint
    schedule_id: str
    deleted: bool


class Error(msgspec.Struct, frozen=True):
    """A request has failed: which one, the protocol does not say."""

    message: str


ToClient: TypeAlias = (
    Init
    | StateResponse
    | StateUpdated
    | ConnectionsResponse
    | ConnectionsUpdated
    | EventsResponse
    | EventsUpdated
    | ActionResponse
    | RpcsListResponse
    | QueueResponse
    | QueueUpdated
    | TraceQueryResponse
    | WorkflowHistoryResponse
    | WorkflowHistoryUpdated
    | WorkflowReplayResponse
    | DatabaseSchemaResponse
    | DatabaseTableRowsResponse
    | SchedulesResponse
    | SchedulesUpdated
    | ScheduleHistoryResponse
    | ScheduleDeleteResponse
    | Error
)

_FIRST_TAGS: Final[Mapping[type[msgspec.Struct], Versions]] = {
    StateResponse: since(1),
    ConnectionsResponse: since(1),
    EventsResponse: until(1),
    ActionResponse: since(1),
    RpcsListResponse: since(1),
    ConnectionsUpdated: since(1),
    EventsUpdated: until(1),
    StateUpdated: since(1),
    Error: since(1),
    Init: since(1),
}
"""The order of version 1; later ones have another."""
_TAGS: Final[Mapping[type[msgspec.Struct], Versions]] = {
    StateResponse: since(1),
    ConnectionsResponse: since(1),
    ActionResponse: since(1),
    ConnectionsUpdated: since(1),
    QueueUpdated: since(2),
    StateUpdated: since(1),
    WorkflowHistoryUpdated: since(2),
    SchedulesUpdated: since(6),
    RpcsListResponse: since(1),
    TraceQueryResponse: since(2),
    QueueResponse: since(2),
    WorkflowHistoryResponse: since(2),
    WorkflowReplayResponse: since(4),
    SchedulesResponse: since(6),
    ScheduleHistoryResponse: since(6),
    ScheduleDeleteResponse: since(6),
    Error: since(1),
    Init: since(1),
    DatabaseSchemaResponse: since(3),
    DatabaseTableRowsResponse: since(3),
}

_MEMBERS: Final = {
    version: members_in(version, _FIRST_TAGS if version == 1 else _TAGS) for version in VERSIONS
}
_DROPPED: Final[Mapping[type[msgspec.Struct], str]] = {
    EventsResponse: "events",
    EventsUpdated: "events",
    QueueResponse: "queue",
    QueueUpdated: "queue",
    TraceQueryResponse: "trace",
    WorkflowHistoryResponse: "workflow_history",
    WorkflowHistoryUpdated: "workflow_history",
    WorkflowReplayResponse: "workflow_history",
    DatabaseSchemaResponse: "database",
    DatabaseTableRowsResponse: "database",
    SchedulesResponse: "schedules",
    SchedulesUpdated: "schedules",
    ScheduleHistoryResponse: "schedules",
    ScheduleDeleteResponse: "schedules",
}

TO_CLIENT: Final[Versioned[ToClient]] = Versioned(
    WHAT, {version: union(members, version) for version, members in _MEMBERS.items()}
)


def exists_in(version: int, message: ToClient) -> bool:
    """Whether an inspector of that version knows such messages."""
    return type(message) in _MEMBERS[version]


def in_version(version: int, message: ToClient) -> ToClient:
    """The message itself, or the error that RivetKit sends in place of one which that version lacks."""
    if exists_in(version, message):
        return message
    return Error(f"inspector.{_DROPPED[type(message)]}_dropped")
