"""The inspector's HTTP endpoints as one table: `/inspector/state`, `/inspector/action/{name}`, the others.

Each takes an awake actor and a request that has been let in, and returns its answer as JSON.
RivetKit: rivetkit-typescript/packages/rivetkit/src/registry/native.ts, whose answers npm users know.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec

from actors.api.schedule import LAST_TIME
from actors.errors import MISSING, ActorError, error
from actors.gateway.inspector_connections import (
    ConnStateEdit,
    DirectEvent,
    NamedConn,
    UnwantedConn,
    disconnect,
    edit_state,
    tell,
)
from actors.gateway.inspector_keys import KeyPrefix, KeyWrite, clear_keys, write_key
from actors.gateway.inspector_messages import MessageEdit, WaitingMessage, edit, move
from actors.gateway.inspector_planning import Plan, plan
from actors.gateway.inspector_schedules import delete, pending, reference_of
from actors.gateway.inspector_view import InspectorReply, conn_details
from actors.protocol import json, values
from actors.runtime.connections import ConnectRequest
from actors.runtime.task import ActorTask

QUEUE_LIMIT: Final = 100
"""Messages of a queue that are listed unless the inspector asks for another number."""
_ACTION: Final = "/action/"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Inspected:
    """One request to the inspector of `task`. `path` is below `/inspector`; `request` says who asks."""

    task: ActorTask
    path: str
    query: str
    body: bytes
    request: ConnectRequest

    def parameter(self, name: str) -> str | None:
        """Of the query, the first of that name."""
        return next((value for key, value in parse_qsl(self.query, True) if key == name), None)

    def number(self, name: str, default: int) -> int:
        """An unsigned parameter. Raises inspector.invalid_request."""
        text = self.parameter(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise _wrong(name, "must be a whole number from 0 on")
        return int(text)

    def read(self, kind: type[T]) -> T:
        """The JSON body. Raises actor.invalid_request."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise error("actor.invalid_request", reason=f"the JSON body cannot be read: {exc}") from exc


Endpoint: TypeAlias = Callable[[Inspected], Awaitable[bytes]]


class StatePatch(msgspec.Struct):
    """`revision`, which is our own: of the stored state that is to be replaced, and no other."""

    state: Any = msgspec.UNSET
    revision: int | None = None


class ActionCall(msgspec.Struct):
    args: list[Any] = []
    properties: Any = msgspec.UNSET


class NewMessage(msgspec.Struct):
    name: str
    body: Any = None


class PlannedSchedule(msgspec.Struct):
    """A schedule: a recurring one by its name, a one-shot by the number of its id."""

    id: str
    kind: str


class PastRange(PlannedSchedule):
    """Times of a recurring schedule that are to be run again, in Unix milliseconds, the ends included."""

    since: Annotated[int, msgspec.Meta(ge=0, le=LAST_TIME)]
    until: Annotated[int, msgspec.Meta(ge=0, le=LAST_TIME)]


class Letters(msgspec.Struct):
    """Messages or dead letters of the queue `name`; without `ids` all of them."""

    name: str
    ids: list[int] | None = None


# -- state and connections ---------------------------------------------------------------------------
async def _state(asked: Inspected) -> bytes:
    return json.encode(_state_of(asked))


def _state_of(asked: Inspected) -> dict[str, Any]:
    """Without a state there is no member `state`."""
    seen = asked.task.inspection
    shown = {"state": seen.state} if seen.state_enabled else {}
    return {**shown, "isStateEnabled": seen.state_enabled}


async def _patch_state(asked: Inspected) -> bytes:
    patch = asked.read(StatePatch)
    if patch.state is msgspec.UNSET and asked.task.inspection.state_enabled:
        raise _wrong("state", "must be given")
    tree = None if patch.state is msgspec.UNSET else values.revive_json(patch.state)
    if patch.revision is not None:
        asked.task.inspection.check_revision(patch.revision)
    await asked.task.serving.replace_state(tree)
    return json.encode({"ok": True})


async def _connections(asked: Inspected) -> bytes:
    return json.encode({"connections": _connections_of(asked)})


def _connections_of(asked: Inspected) -> list[dict[str, Any]]:
    return [
        {"type": None, "id": conn.id, "details": conn_details(conn, json.encode)}
        for conn in asked.task.inspection.connections()
    ]


async def _disconnect(asked: Inspected) -> bytes:
    return json.encode({"disconnected": disconnect(asked.task, asked.read(UnwantedConn))})


async def _tell(asked: Inspected) -> bytes:
    return json.encode({"sent": tell(asked.task, asked.read(DirectEvent))})


async def _mute(asked: Inspected) -> bytes:
    return json.encode({"muted": asked.task.serving.mute(asked.read(NamedConn).id, True)})


async def _unmute(asked: Inspected) -> bytes:
    return json.encode({"unmuted": asked.task.serving.mute(asked.read(NamedConn).id, False)})


async def _edit_conn_state(asked: Inspected) -> bytes:
    return json.encode({"edited": edit_state(asked.task, asked.read(ConnStateEdit))})


# -- actions -----------------------------------------------------------------------------------------
async def _rpcs(asked: Inspected) -> bytes:
    return json.encode({"rpcs": asked.task.inspection.actions()})


async def _act(asked: Inspected) -> bytes:
    """Run the action as an HTTP call does, with a connection of its own."""
    call = asked.read(ActionCall)
    given = call.properties is not msgspec.UNSET
    if given and call.args:
        raise _wrong("parameters", "use either args or properties, not both")
    if given and not isinstance(call.properties, dict):
        raise _wrong("properties", "must be an object")
    args = values.revive_json([call.properties] if given else call.args)
    reply = InspectorReply(json.encode)
    asked.task.call(asked.request, unquote(asked.path.removeprefix(_ACTION)), args, reply)
    return b'{"output":' + await reply.answer + b"}"


# -- queues and schedules ----------------------------------------------------------------------------
async def _queue(asked: Inspected) -> bytes:
    status = await asked.task.inspection.queue(asked.number("limit", QUEUE_LIMIT))
    messages = [
        {"id": message.id, "name": message.name, "createdAtMs": message.created_at}
        for message in status.messages
    ]
    counts = {"size": status.size, "maxSize": status.max_size, "truncated": status.truncated}
    return json.encode({**counts, "messages": messages})


async def _enqueue(asked: Inspected) -> bytes:
    """The id is text in this answer alone."""
    message = asked.read(NewMessage)
    if not message.name:
        raise error("actor.invalid_request", "Queue message name must not be empty")
    stored = await asked.task.serving.enqueue(message.name, values.revive_json(message.body))
    return json.encode({"id": str(stored.id), "name": stored.name, "createdAtMs": stored.created_at})


async def _schedules(asked: Inspected) -> bytes:
    return json.encode(await pending(asked.task.inspection.scheduler))


async def _unschedule(asked: Inspected) -> bytes:
    planned = asked.read(PlannedSchedule)
    return json.encode({"deleted": await delete(asked.task.inspection.scheduler, planned.id, planned.kind)})


async def _schedule(asked: Inspected) -> bytes:
    wanted = asked.read(Plan)
    return json.encode({"id": await plan(asked.task, wanted, values.revive_json(wanted.args))})


async def _fire(asked: Inspected) -> bytes:
    scheduler = asked.task.inspection.scheduler
    return json.encode({"fired": await scheduler.run_now(_named(asked.read(PlannedSchedule)))})


async def _pause(asked: Inspected) -> bytes:
    scheduler = asked.task.inspection.scheduler
    return json.encode({"paused": await scheduler.pause(_named(asked.read(PlannedSchedule)))})


async def _resume(asked: Inspected) -> bytes:
    scheduler = asked.task.inspection.scheduler
    return json.encode({"resumed": await scheduler.resume(_named(asked.read(PlannedSchedule)))})


async def _skip(asked: Inspected) -> bytes:
    scheduler = asked.task.inspection.scheduler
    return json.encode({"skipped": await scheduler.skip(_named(asked.read(PlannedSchedule)))})


async def _backfill(asked: Inspected) -> bytes:
    scheduler, past = asked.task.inspection.scheduler, asked.read(PastRange)
    return json.encode({"count": await scheduler.backfill(_named(past), past.since, past.until)})


def _named(planned: PlannedSchedule) -> int | str:
    return reference_of(planned.id, planned.kind)


async def _write_key(asked: Inspected) -> bytes:
    return json.encode({"stored": await write_key(asked.task, asked.read(KeyWrite))})


async def _clear_keys(asked: Inspected) -> bytes:
    await clear_keys(asked.task, asked.read(KeyPrefix))
    return json.encode({"ok": True})


async def _purge(asked: Inspected) -> bytes:
    letters = asked.read(Letters)
    return json.encode({"count": await asked.task.serving.purge(letters.name, letters.ids)})


async def _requeue(asked: Inspected) -> bytes:
    letters = asked.read(Letters)
    return json.encode({"count": await asked.task.serving.requeue(letters.name, letters.ids)})


async def _front(asked: Inspected) -> bytes:
    return json.encode({"moved": await move(asked.task, asked.read(WaitingMessage))})


async def _edit(asked: Inspected) -> bytes:
    return json.encode({"edited": await edit(asked.task, asked.read(MessageEdit))})


async def _replay(asked: Inspected) -> bytes:
    letters = asked.read(Letters)
    return json.encode({"count": await asked.task.serving.revive(letters.name, letters.ids)})


async def _discard(asked: Inspected) -> bytes:
    letters = asked.read(Letters)
    return json.encode({"count": await asked.task.serving.discard(letters.name, letters.ids)})


# -- what actors here do not have --------------------------------------------------------------------
_NO_WORKFLOW: Final = {"workflowState": None, "isWorkflowEnabled": False}


async def _workflow(asked: Inspected) -> bytes:
    return json.encode({"history": None, **_NO_WORKFLOW})


async def _traces(asked: Inspected) -> bytes:
    return json.encode({"otlp": [], "clamped": False})


async def _database(asked: Inspected) -> bytes:
    raise error("database.not_enabled")


# -- all of it ---------------------------------------------------------------------------------------
async def _summary(asked: Inspected) -> bytes:
    status = await asked.task.inspection.queue(0)
    return json.encode(
        {
            **_state_of(asked),
            "connections": _connections_of(asked),
            "rpcs": asked.task.inspection.actions(),
            "queueSize": status.size,
            "isDatabaseEnabled": False,
            **_NO_WORKFLOW,
            "workflowHistory": None,
        }
    )


ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("GET", "/state"): _state,
    ("PATCH", "/state"): _patch_state,
    ("GET", "/connections"): _connections,
    ("GET", "/rpcs"): _rpcs,
    ("GET", "/queue"): _queue,
    ("POST", "/queue"): _enqueue,
    ("POST", "/connections/disconnect"): _disconnect,
    ("POST", "/connections/send"): _tell,
    ("POST", "/connections/mute"): _mute,
    ("POST", "/connections/unmute"): _unmute,
    ("POST", "/connections/state"): _edit_conn_state,
    ("POST", "/kv"): _write_key,
    ("POST", "/kv/clear"): _clear_keys,
    ("POST", "/queue/purge"): _purge,
    ("POST", "/queue/requeue"): _requeue,
    ("POST", "/queue/front"): _front,
    ("POST", "/queue/edit"): _edit,
    ("POST", "/queue/replay"): _replay,
    ("POST", "/queue/discard"): _discard,
    ("GET", "/schedules"): _schedules,
    ("POST", "/schedules"): _schedule,
    ("POST", "/schedules/run"): _fire,
    ("POST", "/schedules/pause"): _pause,
    ("POST", "/schedules/resume"): _resume,
    ("POST", "/schedules/skip"): _skip,
    ("POST", "/schedules/backfill"): _backfill,
    ("POST", "/schedules/delete"): _unschedule,
    ("GET", "/workflow-history"): _workflow,
    ("POST", "/workflow/replay"): _workflow,
    ("GET", "/traces"): _traces,
    ("GET", "/database/schema"): _database,
    ("GET", "/database/rows"): _database,
    ("POST", "/database/execute"): _database,
    ("GET", "/summary"): _summary,
}


def endpoint_of(method: str, path: str) -> Endpoint:
    """What answers `path`, below `/inspector`. Raises actor.not_found, for another method as well."""
    if method == "POST" and path.startswith(_ACTION):
        return _act
    endpoint = ENDPOINTS.get((method, path))
    if endpoint is None:
        raise error("actor.not_found", "Inspector route was not found")
    return endpoint


def _wrong(field: str, reason: str) -> ActorError:
    return error("inspector.invalid_request", field=field, reason=reason)


def error_json(err: ActorError) -> bytes:
    """An error of the inspector: its metadata is always there, null for none."""
    metadata = None if err.metadata is MISSING else err.metadata
    return json.encode({"group": err.group, "code": err.code, "message": err.message, "metadata": metadata})
