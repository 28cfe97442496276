"""Entrance: the way into one generation: who comes in is let through to its work, or told why not.

Part of the task, which gateways call. Never moves the lifecycle: it reads the state and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final, Protocol

from actors.errors import ActorError, error
from actors.logs import ADDED, DISPATCHED, OVERLOADED, STOPPING
from actors.runtime.calls import Invocation, Reply
from actors.runtime.conn import Conn, ConnectRequest, Port, Socket
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Delivery
from actors.runtime.delivery import delivered_once
from actors.runtime.http import Request
from actors.runtime.kinds import Kind
from actors.runtime.lifecycle import State, accepts_calls
from actors.runtime.parts import Parts
from actors.runtime.requests import Exchange
from actors.runtime.visit import Visit
from actors.runtime.warnings import LimitedWarnings

INTERNAL_ERROR: Final = 1011

logger = logging.getLogger(__name__)


class Stage(Protocol):
    """The task, as far as its entrance looks at it."""

    @property
    def state(self) -> State: ...


class Entrance:
    """One per generation. What its methods promise is written at those of the task, which call them."""

    __slots__ = ("_definition", "_dispatcher", "_parts", "_stage", "_warnings")

    def __init__(
        self, stage: Stage, parts: Parts, definition: ActorDefinition, warnings: LimitedWarnings
    ) -> None:
        self._stage = stage
        self._parts = parts
        self._dispatcher = parts.dispatcher
        self._definition = definition
        self._warnings = warnings

    def check_open(self, conn: Conn[Any] | None = None) -> None:
        """Whether anyone, or the one behind `conn`, may start something now. Raises why not."""
        if conn is not None and not conn.open:
            raise error("connection.not_found", conn_id=conn.id)
        if not accepts_calls(self._stage.state, conn is not None):
            if self._stage.state is State.LOADING:
                raise error("actor.starting")
            identity = self._parts.identity
            self._warnings.warn(logger, STOPPING, identity.actor_id, identity.fields())
            raise error("actor.stopping")

    # -- actions -------------------------------------------------------------------------------------
    def dispatch(self, action: str, args: Sequence[Any], reply: Reply, conn: Conn[Any] | None) -> None:
        if self._stage.state is not State.STARTED or (conn is not None and not conn.open):
            self._check_open_for(action, conn)
        self._dispatcher.start(self._accept(action, args, reply, conn, None))

    def call(
        self, request: ConnectRequest, action: str, args: Sequence[Any], reply: Reply, outbox: int | None
    ) -> None:
        if self._stage.state is not State.STARTED:
            self._check_open_for(action, None)
        if outbox is not None and self._parts.hold.calls:
            raise error("actor.paused")
        invocation = self._accept(action, args, reply, None, request)
        if outbox is not None:
            invocation.action = delivered_once(invocation.action, self._parts.context.blocks, outbox)
        admission = self._parts.admission
        if not admission.needed:
            self._dispatcher.start(invocation)
            return
        visit = Visit(admission, request, reply, self._start_visited, self._turn_away)
        self._parts.work.spawn(Kind.CONNECTING, visit.run(invocation)).add_done_callback(visit.over)

    def _check_open_for(self, action: str, conn: Conn[Any] | None) -> None:
        try:
            self.check_open(conn)
        except ActorError:
            self._note(action, "rejected_lifecycle")
            raise

    def _warn(self, full: ActorError) -> None:
        identity = self._parts.identity
        self._warnings.warn(logger, OVERLOADED, identity.actor_id, identity.fields(**full.metadata))

    def _note(self, action: str, outcome: str) -> None:
        """`action` may be a client's invention: only a name that the class has is told."""
        command = action if action in self._definition.actions else "unknown"
        DISPATCHED.say(logger, self._parts.identity.fields(command=command, outcome=outcome))

    def _turn_away(self, refusal: ActorError) -> None:
        """No action comes of a visit. Who meets an actor on its way to sleep is sent to the next one."""
        self._dispatcher.release()
        if refusal.name != "actor.stopping":
            self._parts.work.measures.turned_away()

    def _start_visited(self, invocation: Invocation) -> None:
        self.check_open()
        self._dispatcher.start(invocation)

    def _accept(
        self,
        action: str,
        args: Sequence[Any],
        reply: Reply,
        conn: Conn[Any] | None,
        request: ConnectRequest | None,
    ) -> Invocation:
        identity = self._parts.identity
        try:
            definition = self._definition.action(action)
        except ActorError:
            self._parts.work.measures.turned_away()
            raise
        try:
            self._dispatcher.reserve(action)
        except ActorError as full:
            self._parts.work.measures.turned_away()
            self._warn(full)
            self._note(action, "enqueue_failed")
            raise
        if logger.isEnabledFor(logging.DEBUG):  # not `wanted`: this runs for every call
            self._note(action, "enqueued")
        try:
            return Invocation(identity, definition, definition.bind(args), reply, conn, request)
        except BaseException:
            self._parts.work.measures.turned_away()
            self._dispatcher.release()
            raise

    # -- requests and connections --------------------------------------------------------------------
    def request(self, request: Request, exchange: Exchange) -> asyncio.Task[None]:
        self.check_open()
        try:
            return self._parts.requests.start(request, exchange)
        except ActorError as refusal:
            if refusal.name == "actor.overloaded":
                self._warn(refusal)
            raise

    def deliver(self, request: ConnectRequest, delivery: Delivery, reply: Reply) -> None:
        self.check_open()
        try:
            self._parts.deliveries.start(request, delivery, reply)
        except ActorError as refusal:
            if refusal.name == "actor.overloaded":
                self._warn(refusal)
            raise

    async def connect(self, request: ConnectRequest, port: Port, socket: Socket | None) -> Conn[Any]:
        self.check_open()
        parts = self._parts
        conn: Conn[Any] = Conn(request, port, parts.connections, socket)
        await parts.admission.admit(conn)
        if self._stage.state is not State.STARTED:
            if self._stage.state is not State.TERMINATED:  # it was let in, and goes again
                parts.admission.farewell(conn)
            self.check_open()
        parts.connections.add(conn)
        parts.work.measures.connected()
        if ADDED.wanted(logger):
            fields = parts.identity.fields(conn_id=conn.id, is_hibernatable=conn.socket is not None)
            ADDED.say(logger, fields | {"active_count": len(parts.connections)})
        asyncio.get_running_loop().call_soon(conn.release)
        return conn

    def subscribe(self, conn: Conn[Any], name: str) -> asyncio.Task[None] | None:
        parts, event = self._parts, self._definition.events.get(name)
        asks = parts.admission.asks_for_events and conn.open and name not in conn.subscriptions
        if asks and event is not None:
            return parts.work.spawn(Kind.SUBSCRIBING, self._ask(conn, name, event.name))
        parts.connections.subscribe(conn, name)
        return None

    async def _ask(self, conn: Conn[Any], name: str, event: str) -> None:
        """The hook is told the published name of the event, whichever the client calls it by."""
        parts = self._parts
        try:
            await parts.admission.permit_event(conn, event)
        except ActorError as refusal:
            parts.connections.dismiss(conn, INTERNAL_ERROR, refusal.name)
        else:
            parts.connections.subscribe(conn, name)
