"""Parts of the inspector's messages: connections, queues, schedules, tabs, and the events of version 1.

Fields named `Cbor` hold CBOR of plain values. RivetKit: rivetkit-rust/packages/inspector-protocol/schemas.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec

from actors.protocol.schema import Uint, union

VERSIONS: Final = range(1, 7)
WHAT: Final = "inspector protocol"

Cbor: TypeAlias = bytes
WorkflowHistory: TypeAlias = bytes


class Connection(msgspec.Struct, frozen=True):
    """`details` is CBOR of `{type, params, stateEnabled, state, subscriptions, isHibernatable}`."""

    id: str
    details: Cbor


class QueueMessageSummary(msgspec.Struct, frozen=True):
    id: Uint
    name: str
    created_at_ms: Uint


class QueueStatus(msgspec.Struct, frozen=True):
    size: Uint
    max_size: Uint
    messages: list[QueueMessageSummary]
    truncated: bool


class TabConfigEntry(msgspec.Struct, frozen=True):
    """A tab of the actor's own, or a built-in one that it hides."""

    id: str
    label: str | None
    icon: str | None
    hidden: bool


class Schedule(msgspec.Struct, frozen=True):
    """`kind` is "at", "cron" or "every"; a one-off of kind "at" has no name. Times in Unix milliseconds."""

    id: str
    name: str | None
    kind: str
    action: str
    args: Cbor
    next_run_at: Uint
    last_run_at: Uint | None
    expression: str | None
    timezone: str | None
    interval_ms: Uint | None
    max_history: Uint | None


class ScheduleError(msgspec.Struct, frozen=True):
    group: str
    code: str
    message: str
    metadata: Cbor | None


class ScheduleFire(msgspec.Struct, frozen=True):
    """One run of a schedule. `result` is "running", "ok", "error" or "skipped"."""

    action: str
    scheduled_at: Uint
    fired_at: Uint
    finished_at: Uint | None
    result: str
    error: ScheduleError | None


# -- version 1 ---------------------------------------------------------------------------------------
class ActionEvent(msgspec.Struct, frozen=True):
    name: str
    args: Cbor
    conn_id: str


class BroadcastEvent(msgspec.Struct, frozen=True):
    event_name: str
    args: Cbor


class SubscribeEvent(msgspec.Struct, frozen=True):
    event_name: str
    conn_id: str


class UnSubscribeEvent(msgspec.Struct, frozen=True):
    event_name: str
    conn_id: str


class FiredEvent(msgspec.Struct, frozen=True):
    event_name: str
    args: Cbor
    conn_id: str


_EVENTS: Final = (ActionEvent, BroadcastEvent, SubscribeEvent, UnSubscribeEvent, FiredEvent)


class Event(msgspec.Struct, frozen=True):
    """Something that happened in an actor; `body` is one of the five above. Gone since version 2."""

    body: Annotated[Any, union(_EVENTS, 1)]
