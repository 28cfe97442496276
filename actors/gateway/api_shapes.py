"""The answers of the HTTP doors as types: what the doors return, and what the OpenAPI document says of them.

Data alone. Times are Unix milliseconds.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


# -- the management API ------------------------------------------------------------------------------
class Server(TypedDict):
    runtime: Literal["engine"]
    version: str


class Health(Server):
    status: Literal["ok"]


class Readiness(TypedDict):
    """`checks` says of each part whether it is well."""

    status: Literal["ready", "degraded", "not_ready"]
    checks: dict[str, bool]


class ActorInfo(TypedDict):
    """One actor. Times are Unix milliseconds, null when unset.

    The last two are there while an operator has paused it, or its queues: since then.
    """

    actor_id: str
    name: str
    key: str | None
    namespace_id: str
    datacenter: str
    runner_name_selector: str
    crash_policy: str
    create_ts: int
    start_ts: int | None
    pending_allocation_ts: int | None
    connectable_ts: int | None
    sleep_ts: int | None
    reschedule_ts: int | None
    destroy_ts: int | None
    error: NotRequired[dict[str, Any]]
    pause_ts: NotRequired[int]
    queues_pause_ts: NotRequired[int]


class Pagination(TypedDict):
    """`cursor` asks for the next page."""

    cursor: str | None


class ActorPage(TypedDict):
    actors: list[ActorInfo]
    pagination: Pagination


class ActorMade(TypedDict):
    actor: ActorInfo


class ActorFound(TypedDict):
    """`created` says whether it was made just now."""

    actor: ActorInfo
    created: bool


class NamePage(TypedDict):
    names: dict[str, Any]
    pagination: Pagination


class KeyValue(TypedDict):
    """`value` is base64."""

    value: str
    update_ts: int


class Done(TypedDict):
    """Nothing more to say."""


class Namespace(TypedDict):
    namespace_id: str
    name: str
    display_name: str
    create_ts: int


class NamespacePage(TypedDict):
    namespaces: list[Namespace]
    pagination: Pagination


class Datacenter(TypedDict):
    label: int
    name: str
    url: str


class DatacenterPage(TypedDict):
    datacenters: list[Datacenter]
    pagination: Pagination


class RunnerConfigPage(TypedDict):
    runner_configs: dict[str, Any]
    pagination: Pagination


class RunnerPage(TypedDict):
    runners: list[Any]
    pagination: Pagination


class RunnerNamePage(TypedDict):
    names: list[str]
    pagination: Pagination


# -- one actor ---------------------------------------------------------------------------------------
class ActorMetadata(TypedDict):
    runtime: Literal["rivetkit"]
    type: str
    version: str


class ActionOutput(TypedDict):
    """What the action returned."""

    output: Any


class QueueOutcome(TypedDict):
    """`response` where the sender waited and the message was completed with one."""

    status: Literal["completed", "timedOut"]
    response: NotRequired[Any]


# -- its inspector -----------------------------------------------------------------------------------
class StateSeen(TypedDict):
    """No `state` where the class declares none."""

    state: NotRequired[Any]
    isStateEnabled: bool


class Changed(TypedDict):
    ok: Literal[True]


class ConnDetails(TypedDict):
    type: None
    params: Any
    stateEnabled: bool
    state: Any
    subscriptions: int
    isHibernatable: bool


class ConnSeen(TypedDict):
    type: None
    id: str
    details: ConnDetails


class ConnsSeen(TypedDict):
    connections: list[ConnSeen]


class Actions(TypedDict):
    """The names of the actions."""

    rpcs: list[str]


class MessageSeen(TypedDict):
    id: int
    name: str
    createdAtMs: int


class QueueSeen(TypedDict):
    """All queues together; `truncated` when there are more messages than asked for."""

    size: int
    maxSize: int
    truncated: bool
    messages: list[MessageSeen]


class MessageSent(TypedDict):
    id: str
    name: str
    createdAtMs: int


class Count(TypedDict):
    count: int


class Moved(TypedDict):
    moved: bool


class Edited(TypedDict):
    edited: bool


class KeyStored(TypedDict):
    stored: bool


class Disconnected(TypedDict):
    disconnected: bool


class EventSent(TypedDict):
    sent: bool


class Muted(TypedDict):
    muted: bool


class Unmuted(TypedDict):
    unmuted: bool


class ConnStateEdited(TypedDict):
    edited: bool


class ScheduleSeen(TypedDict):
    """`id` is the name of a recurring one, the number of a one-shot; null is what there is not."""

    id: str
    kind: str
    action: str
    args: list[Any]
    nextRunAt: int | None
    lastRunAt: int | None
    pausedAt: int | None
    orphanedAt: int | None
    expression: str | None
    timezone: str | None
    intervalMs: int | None


class SchedulesSeen(TypedDict):
    """What is to fire, the next one first."""

    schedules: list[ScheduleSeen]


class Scheduled(TypedDict):
    """The name of a recurring schedule, the number of a one-shot."""

    id: str | int


class Fired(TypedDict):
    fired: bool


class Paused(TypedDict):
    paused: bool


class Resumed(TypedDict):
    resumed: bool


class Skipped(TypedDict):
    """The time that is passed over, in Unix milliseconds; null if there is none."""

    skipped: int | None


class Deleted(TypedDict):
    deleted: bool


class WorkflowSeen(TypedDict):
    history: None
    workflowState: None
    isWorkflowEnabled: Literal[False]


class Traces(TypedDict):
    otlp: list[Any]
    clamped: bool


class Summary(StateSeen):
    connections: list[ConnSeen]
    rpcs: list[str]
    queueSize: int
    isDatabaseEnabled: Literal[False]
    workflowState: None
    isWorkflowEnabled: Literal[False]
    workflowHistory: None
