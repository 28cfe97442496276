"""What each request of an inspector's websocket is answered with, as messages of `inspector_answers`.

Knows no frames and no versions. RivetKit: rivetkit-core/src/registry/inspector_ws.rs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from actors.errors import error
from actors.gateway.inspector_schedules import delete, history, listed
from actors.gateway.inspector_view import InspectorReply, conn_details, told
from actors.protocol import cbor
from actors.protocol import inspector_answers as answers
from actors.protocol import inspector_requests as requests
from actors.protocol.inspector_shapes import Connection, QueueMessageSummary, QueueStatus, TabConfigEntry
from actors.runtime.connections import ConnectRequest
from actors.runtime.inspection import Inspection
from actors.runtime.task import ActorTask

QUEUE_LIMIT: Final = 200
"""The most messages of a queue that are listed."""


class Answering:
    """For one inspector at one actor. `request` says who it is: its actions run on its behalf.

    `refused` names the error that it gets for any change, None where it may make some.
    """

    __slots__ = ("_expose", "_refused", "_request", "_task", "inspection")

    def __init__(self, task: ActorTask, request: ConnectRequest, refused: str | None, expose: bool) -> None:
        self._task = task
        self._request = request
        self._refused = refused
        self._expose = expose
        self.inspection = task.inspection

    async def init(self) -> answers.Init:
        """Everything at once, for the greeting."""
        seen = self.inspection
        queue, schedules = await seen.queue(0), await listed(seen.scheduler)
        return answers.Init(
            connections=conns_of(seen),
            state=state_of(seen),
            is_state_enabled=seen.state_enabled,
            rpcs=seen.actions(),
            is_database_enabled=False,
            queue_size=queue.size,
            tab_config=tabs_of(seen),
            schedules=schedules,
        )

    async def answer(self, message: requests.ToServer) -> answers.ToClient:
        """Raises what is wrong with it, or what it met."""
        if isinstance(message, _CHANGES) and self._refused is not None:
            raise error(self._refused)
        return await _ANSWERS[type(message)](self, message)

    def told(self, failure: Exception) -> str:
        """How the client reads it: by its code, for the protocol has no groups."""
        err = told(failure, self._expose)
        if err.name == "protocol.malformed" and isinstance(err.metadata, dict):
            return str(err.metadata["reason"])
        return f"{err.code}: {err.message}"

    # -- state and connections -----------------------------------------------------------------------
    async def _state(self, asked: requests.StateRequest) -> answers.ToClient:
        return answers.StateResponse(asked.id, state_of(self.inspection), self.inspection.state_enabled)

    async def _patch_state(self, asked: requests.PatchStateRequest) -> answers.ToClient:
        await self._task.serving.replace_state(cbor.decode(asked.state))
        return answers.StateUpdated(state_of(self.inspection) or b"")

    async def _connections(self, asked: requests.ConnectionsRequest) -> answers.ToClient:
        return answers.ConnectionsResponse(asked.id, conns_of(self.inspection))

    # -- actions -------------------------------------------------------------------------------------
    async def _rpcs(self, asked: requests.RpcsListRequest) -> answers.ToClient:
        return answers.RpcsListResponse(asked.id, self.inspection.actions())

    async def _act(self, asked: requests.ActionRequest) -> answers.ToClient:
        args = cbor.decode(asked.args)
        if not isinstance(args, list):
            raise error("actor.invalid_request", reason="the arguments are no list")
        reply = InspectorReply(cbor.encode)
        self._task.call(self._request, asked.name, args, reply)
        return answers.ActionResponse(asked.id, await reply.answer)

    # -- queues and schedules ------------------------------------------------------------------------
    async def _queue(self, asked: requests.QueueRequest) -> answers.ToClient:
        seen = await self.inspection.queue(min(asked.limit, QUEUE_LIMIT))
        messages = [QueueMessageSummary(one.id, one.name, one.created_at) for one in seen.messages]
        status = QueueStatus(seen.size, seen.max_size, messages, seen.truncated)
        return answers.QueueResponse(asked.id, status)

    async def _schedules(self, asked: requests.SchedulesRequest) -> answers.ToClient:
        return answers.SchedulesResponse(asked.id, await listed(self.inspection.scheduler))

    async def _schedule_history(self, asked: requests.ScheduleHistoryRequest) -> answers.ToClient:
        runs = await history(self.inspection.scheduler, asked.schedule_id, asked.limit)
        return answers.ScheduleHistoryResponse(asked.id, asked.schedule_id, runs)

    async def _schedule_delete(self, asked: requests.ScheduleDeleteRequest) -> answers.ToClient:
        deleted = await delete(self.inspection.scheduler, asked.schedule_id, asked.kind)
        return answers.ScheduleDeleteResponse(asked.id, asked.schedule_id, deleted)

    # -- what actors here do not have ----------------------------------------------------------------
    async def _events(self, asked: Any) -> answers.ToClient:
        return answers.Error("inspector.events_dropped")

    async def _traces(self, asked: requests.TraceQueryRequest) -> answers.ToClient:
        return answers.TraceQueryResponse(asked.id, b"")

    async def _workflow(self, asked: requests.WorkflowHistoryRequest) -> answers.ToClient:
        return answers.WorkflowHistoryResponse(asked.id, None, is_workflow_enabled=False)

    async def _replay(self, asked: requests.WorkflowReplayRequest) -> answers.ToClient:
        return answers.WorkflowReplayResponse(asked.id, None, is_workflow_enabled=False)

    async def _database(self, asked: Any) -> answers.ToClient:
        raise error("database.not_enabled")


_CHANGES: Final = (
    requests.PatchStateRequest,
    requests.ActionRequest,
    requests.WorkflowReplayRequest,
    requests.ScheduleDeleteRequest,
)
"""What asks for more than to look."""

Method: TypeAlias = Callable[[Answering, Any], Awaitable[answers.ToClient]]

_ANSWERS: Final[Mapping[type[requests.ToServer], Method]] = {
    requests.StateRequest: Answering._state,
    requests.PatchStateRequest: Answering._patch_state,
    requests.ConnectionsRequest: Answering._connections,
    requests.RpcsListRequest: Answering._rpcs,
    requests.ActionRequest: Answering._act,
    requests.QueueRequest: Answering._queue,
    requests.SchedulesRequest: Answering._schedules,
    requests.ScheduleHistoryRequest: Answering._schedule_history,
    requests.ScheduleDeleteRequest: Answering._schedule_delete,
    requests.EventsRequest: Answering._events,
    requests.ClearEventsRequest: Answering._events,
    requests.TraceQueryRequest: Answering._traces,
    requests.WorkflowHistoryRequest: Answering._workflow,
    requests.WorkflowReplayRequest: Answering._replay,
    requests.DatabaseSchemaRequest: Answering._database,
    requests.DatabaseTableRowsRequest: Answering._database,
}


def state_of(seen: Inspection) -> bytes | None:
    """The state in CBOR; None without one, for no client could read zero bytes."""
    return cbor.encode(seen.state) if seen.state_enabled else None


def conns_of(seen: Inspection) -> list[Connection]:
    return [Connection(conn.id, cbor.encode(conn_details(conn, cbor.encode))) for conn in seen.connections()]


def tabs_of(seen: Inspection) -> list[TabConfigEntry]:
    return [TabConfigEntry(tab.id, tab.label, tab.icon, hidden=tab.folder is None) for tab in seen.tabs]
