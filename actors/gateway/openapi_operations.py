"""What the OpenAPI document says of each route of the doors, one row each; a test compares it with them.

Data alone: bodies and answers are the types that the doors themselves read and write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from actors.gateway import api_shapes as shapes
from actors.gateway.inspector_connections import ConnStateEdit, DirectEvent, NamedConn, UnwantedConn
from actors.gateway.inspector_keys import KeyPrefix, KeyWrite
from actors.gateway.inspector_messages import MessageEdit, WaitingMessage
from actors.gateway.inspector_planning import Plan
from actors.gateway.inspector_routes import (
    ActionCall,
    Letters,
    NewMessage,
    PastRange,
    PlannedSchedule,
    StatePatch,
)
from actors.gateway.listing import LIST_FIELDS
from actors.gateway.making import CreateRequest, GetOrCreateRequest
from actors.gateway.orders_api import EmptyBody
from actors.protocol.shapes import HttpAction, HttpQueue

Door: TypeAlias = Literal["open", "management", "actor", "inspector"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answer` is None for plain text; `namespaced`: `namespace` must be given."""

    method: str
    path: str
    summary: str
    answer: Any
    door: Door = "management"
    query: tuple[str, ...] = ()
    body: Any = None
    namespaced: bool = True


def _actor(method: str, path: str, summary: str, answer: Any, body: Any = None) -> Operation:
    whole = f"/gateway/{{actor_id}}{path}"
    return Operation(method, whole, summary, answer, "actor", body=body, namespaced=False)


def _inspect(
    method: str, path: str, summary: str, answer: Any, body: Any = None, query: tuple[str, ...] = ()
) -> Operation:
    whole = f"/gateway/{{actor_id}}/inspector{path}"
    return Operation(method, whole, summary, answer, "inspector", query, body, namespaced=False)


_PAGED: Final = ("limit", "cursor")

# One row on one or two lines: a table is read downwards, so the formatter keeps off.
# fmt: off
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation("GET", "/openapi.json", "This document.", dict[str, Any], "open", namespaced=False),
    Operation("GET", "/metadata", "What kind of server this is.", shapes.Server, "open"),
    Operation("GET", "/health", "Whether this process is a node and takes work.", shapes.Health, "open"),
    Operation("GET", "/ready", "Whether this process should be sent work, and how all below it is doing.",
        shapes.Readiness, "open"),
    # -- the management API
    Operation("GET", "/actors", "Actors by ids, or by name and perhaps key, newest first.",
        shapes.ActorPage, query=LIST_FIELDS),
    Operation("POST", "/actors", "Create an actor; its key must be free.",
        shapes.ActorMade, body=CreateRequest),
    Operation("PUT", "/actors", "Get an actor, or create it.", shapes.ActorFound, body=GetOrCreateRequest),
    Operation("GET", "/actors/names", "The names of actors there are or can be.",
        shapes.NamePage, query=_PAGED),
    Operation("DELETE", "/actors/{actor_id}", "Destroy an actor and all it keeps.", shapes.Done),
    Operation("POST", "/actors/{actor_id}/sleep", "Tell an actor to go to sleep.",
        shapes.Done, body=EmptyBody),
    Operation("POST", "/actors/{actor_id}/reschedule", "End an actor and start it again.",
        shapes.Done, body=EmptyBody),
    Operation("POST", "/actors/{actor_id}/save", "Store the state now; answered once it is durable.",
        shapes.Done, body=EmptyBody),
    Operation("POST", "/actors/{actor_id}/pause", "Let nothing of an actor begin: what comes waits.",
        shapes.Done, body=EmptyBody),
    Operation("POST", "/actors/{actor_id}/resume", "Let a paused actor go on, with what has waited.",
        shapes.Done, body=EmptyBody),
    Operation("POST", "/actors/{actor_id}/pause-queues", "Hand out no messages of an actor's queues.",
        shapes.Done, body=EmptyBody),
    Operation("POST", "/actors/{actor_id}/resume-queues", "Hand out messages again.",
        shapes.Done, body=EmptyBody),
    Operation("GET", "/actors/{actor_id}/kv/keys/{key}",
        "The token of the actor's inspector, under the key `Aw==`; no other key is served.", shapes.KeyValue),
    Operation("GET", "/namespaces", "The one namespace.", shapes.NamespacePage,
        query=("name", "namespace_id", "namespace_ids", *_PAGED), namespaced=False),
    Operation("GET", "/datacenters", "The one datacenter.", shapes.DatacenterPage, namespaced=False),
    Operation("GET", "/runner-configs", "The one pool.", shapes.RunnerConfigPage,
        query=("runner_name", "runner_names", "variant", *_PAGED)),
    Operation("GET", "/runners", "None beside the nodes.", shapes.RunnerPage,
        query=("name", "runner_id", "runner_ids", "include_stopped", *_PAGED)),
    Operation("GET", "/runners/names", "None beside the nodes.", shapes.RunnerNamePage, query=_PAGED),
    # -- one actor
    _actor("GET", "", "A greeting, from the actor.", None),
    _actor("GET", "/health", "Wakes the actor; `ok` when it is awake.", None),
    _actor("GET", "/metadata", "What kind of actor this is.", shapes.ActorMetadata),
    _actor("POST", "/action/{action}", "Call an action; the answer comes once it is durable.",
        shapes.ActionOutput, HttpAction),
    _actor("POST", "/queue/{queue}", "Send a message to a queue; with `wait`, what became of it.",
        shapes.QueueOutcome, HttpQueue),
    # -- its inspector
    _inspect("GET", "/state", "The state.", shapes.StateSeen),
    _inspect("PATCH", "/state", "Replace the whole state; answered once it is durable.",
        shapes.Changed, StatePatch),
    _inspect("GET", "/connections", "Who is connected.", shapes.ConnsSeen),
    _inspect("POST", "/connections/disconnect", "Close one connection.", shapes.Disconnected, UnwantedConn),
    _inspect("POST", "/connections/send", "Send an event to one connection.", shapes.EventSent, DirectEvent),
    _inspect("POST", "/connections/mute", "Send one connection no events.", shapes.Muted, NamedConn),
    _inspect("POST", "/connections/unmute", "Send it events again.", shapes.Unmuted, NamedConn),
    _inspect("POST", "/connections/state", "Replace the state of a connection, if it is as expected.",
        shapes.ConnStateEdited, ConnStateEdit),
    _inspect("GET", "/rpcs", "The names of the actions.", shapes.Actions),
    _inspect("POST", "/action/{action}", "Run an action, with `args`, or `properties` as the one argument.",
        shapes.ActionOutput, ActionCall),
    _inspect("POST", "/kv", "Write or remove a key, if it holds what is expected.",
        shapes.KeyStored, KeyWrite),
    _inspect("POST", "/kv/clear", "Remove all keys that begin alike.", shapes.Changed, KeyPrefix),
    _inspect("GET", "/queue", "The messages of all queues.", shapes.QueueSeen, query=("limit",)),
    _inspect("POST", "/queue", "Put a message into a queue.", shapes.MessageSent, NewMessage),
    _inspect("POST", "/queue/purge", "Remove messages that wait, all without `ids`.", shapes.Count, Letters),
    _inspect("POST", "/queue/requeue",
        "Let messages be had at once: with `ids` also those in hand, without all that are put off.",
        shapes.Count, Letters),
    _inspect("POST", "/queue/front", "Let a message that waits be had first of its queue.",
        shapes.Moved, WaitingMessage),
    _inspect("POST", "/queue/edit", "Give a message that waits another body, if it is as expected.",
        shapes.Edited, MessageEdit),
    _inspect("POST", "/queue/replay", "Let dead letters begin anew, all without `ids`.",
        shapes.Count, Letters),
    _inspect("POST", "/queue/discard", "Remove dead letters, all without `ids`.", shapes.Count, Letters),
    _inspect("GET", "/schedules", "What the actor is to run, the next one first.", shapes.SchedulesSeen),
    _inspect("POST", "/schedules", "Make a schedule, or change the one of that name.",
        shapes.Scheduled, Plan),
    _inspect("POST", "/schedules/run", "Run a schedule now, beside its times.",
        shapes.Fired, PlannedSchedule),
    _inspect("POST", "/schedules/pause", "Let nothing of a schedule begin until it is resumed.",
        shapes.Paused, PlannedSchedule),
    _inspect("POST", "/schedules/resume", "Let a paused schedule go on.", shapes.Resumed, PlannedSchedule),
    _inspect("POST", "/schedules/skip", "Pass over the next time of a schedule.",
        shapes.Skipped, PlannedSchedule),
    _inspect("POST", "/schedules/backfill", "Run past times of a recurring schedule again.",
        shapes.Count, PastRange),
    _inspect("POST", "/schedules/delete", "Cancel a schedule: by its name, a one-shot by its number.",
        shapes.Deleted, PlannedSchedule),
    _inspect("GET", "/summary", "All that can be looked at, in one.", shapes.Summary),
    _inspect("GET", "/workflow-history", "Always empty: actors here have no workflows.", shapes.WorkflowSeen),
    _inspect("POST", "/workflow/replay", "Always empty: actors here have no workflows.", shapes.WorkflowSeen),
    _inspect("GET", "/traces", "Always empty.", shapes.Traces),
    _inspect("GET", "/database/schema", "Always `database.not_enabled`.", shapes.Done),
    _inspect("GET", "/database/rows", "Always `database.not_enabled`.", shapes.Done),
    _inspect("POST", "/database/execute", "Always `database.not_enabled`.", shapes.Done),
)
# fmt: on
