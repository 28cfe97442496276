"""Entrance: the way into one generation: who comes in is let through to its work, or told why not.

Part of the task, which gateways call. Never moves the lifecycle: it reads the state and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from actors.errors import ActorError, error
from actors.runtime.calls import Invocation, Reply
from actors.runtime.conn import Conn, ConnectRequest, Port, Socket
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Delivery
from actors.runtime.http import Request
from actors.runtime.lifecycle import State, accepts_calls
from actors.runtime.parts import Parts
from actors.runtime.requests import Exchange
from actors.runtime.visit import Visit
from actors.runtime.warnings import LimitedWarnings
from actors.runtime.work import Kind

logger = logging.getLogger(__name__)


class Stage(Protocol):
    """The task, as far as its entrance looks at it."""

    state: State


class Entrance:
    """One per generation. What its methods promise is written at those of the task, which call them."""

    __slots__ = ("_actions", "_dispatcher", "_parts", "_stage", "_warnings")

    def __init__(
        self, stage: Stage, parts: Parts, definition: ActorDefinition, warnings: LimitedWarnings
    ) -> None:
        self._stage = stage
        self._parts = parts
        self._dispatcher = parts.dispatcher
        self._actions = definition.actions
        self._warnings = warnings

    def check_open(self, conn: Conn[Any] | None = None) -> None:
        """Whether anyone, or the one behind `conn`, may start something now. Raises why not."""
        if conn is not None and not conn.open:
            raise error("connection.not_found", conn_id=conn.id)
        if not accepts_calls(self._stage.state, conn is not None):
            raise error("actor.starting" if self._stage.state is State.LOADING else "actor.stopping")

    # -- actions -------------------------------------------------------------------------------------
    def dispatch(self, action: str, args: Sequence[Any], reply: Reply, conn: Conn[Any] | None) -> None:
        if self._stage.state is not State.STARTED or (conn is not None and not conn.open):
            self.check_open(conn)
        self._dispatcher.start(self._accept(action, args, reply, conn, None))

    def call(self, request: ConnectRequest, action: str, args: Sequence[Any], reply: Reply) -> None:
        if self._stage.state is not State.STARTED:
            self.check_open()
        invocation = self._accept(action, args, reply, None, request)
        admission = self._parts.admission
        if not admission.needed:
            self._dispatcher.start(invocation)
            return
        visit = Visit(admission, request, reply, self._start_visited, self._dispatcher.release)
        self._parts.work.spawn(Kind.CONNECTING, visit.run(invocation)).add_done_callback(visit.over)

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
        definition = self._actions.get(action)
        if definition is None:
            raise error("actor.action_not_found", action=action)
        try:
            self._dispatcher.reserve(action)
        except ActorError as full:
            fields = {**identity.fields(), **full.metadata}
            self._warnings.warn(logger, "an actor is overloaded", identity.actor_id, fields)
            raise
        try:
            return Invocation(identity, definition, definition.bind(args), reply, conn, request)
        except BaseException:
            self._dispatcher.release()
            raise

    # -- requests and connections --------------------------------------------------------------------
    def request(self, request: Request, exchange: Exchange) -> asyncio.Task[None]:
        self.check_open()
        return self._parts.requests.start(request, exchange)

    def deliver(self, request: ConnectRequest, delivery: Delivery, reply: Reply) -> None:
        self.check_open()
        self._parts.deliveries.start(request, delivery, reply)

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
        asyncio.get_running_loop().call_soon(conn.release)
        return conn
