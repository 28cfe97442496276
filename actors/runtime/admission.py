"""Admission: the author's hooks that a client passes: to come in, to subscribe, and when it leaves.

Called by the task. Nobody sees a client before it has been accepted; `on_disconnect` runs once for each that
was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from actors.errors import ActorError, error, sanitize
from actors.logs import DISCONNECT_FAILED, MESSAGE_REFUSED, REFUSED, REMOVED, UNSUBSCRIBED, LogEvent, named
from actors.runtime.calls import Caller, chain_now, current, ray_now
from actors.runtime.chain import new_link
from actors.runtime.conn import Conn
from actors.runtime.definition import ActorDefinition
from actors.runtime.hooks import run_bounded, run_hook
from actors.runtime.identity import Identity
from actors.runtime.kinds import Kind
from actors.runtime.stream import Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.work import Work

logger = logging.getLogger(__name__)


class Admission:
    """The connection hooks of one actor, each with a timeout of its own."""

    __slots__ = (
        "_clock",
        "_expose",
        "_first",
        "_hooks",
        "_identity",
        "_instance",
        "_options",
        "_stream",
        "_work",
    )

    def __init__(
        self,
        identity: Identity,
        definition: ActorDefinition,
        surroundings: Surroundings,
        stream: Stream,
        work: Work,
    ) -> None:
        self._identity = identity
        self._hooks = definition.hooks
        self._options = definition.options
        self._clock = surroundings.clock
        self._expose = surroundings.expose_errors
        self._stream = stream
        self._work = work
        self._instance: object = None
        self._first: asyncio.Task[None] | None = None

    @property
    def identity(self) -> Identity:
        return self._identity

    def serve(self, instance: object) -> None:
        """The author's object that the hooks get as self."""
        self._instance = instance

    def close(self) -> None:
        """The generation is over: no hook begins any more."""
        self._instance = None

    @property
    def needed(self) -> bool:
        """Whether the class has any connection hook: without, an HTTP call costs no connection."""
        hooks = self._hooks
        return any((hooks.on_before_connect, hooks.create_conn_state, hooks.on_connect, hooks.on_disconnect))

    async def admit(self, conn: Conn[Any]) -> None:
        """Run the hooks for a client that wants in. Raises what they raise, as a client may see it."""
        if not self.needed:
            return
        token = current.set(Caller(new_link(self._identity, "connect"), chain_now(), conn))
        try:
            await self._stream.passage("connect")
        except BaseException:
            current.reset(token)
            raise
        self._stream.begin_write()
        try:
            with self._work.region(Kind.CONNECTING):
                hooks, options = self._hooks, self._options
                request, limit = conn.request, options.on_before_connect_timeout
                await self._bounded("on_before_connect", hooks.on_before_connect, limit, request)
                limit = options.create_conn_state_timeout
                conn.state = await self._bounded("create_conn_state", hooks.create_conn_state, limit, request)
                await self._bounded("on_connect", hooks.on_connect, options.on_connect_timeout, conn)
        except Exception as failure:
            if not isinstance(failure, ActorError):
                own = {"error": named(failure), "ray_id": conn.request.ray}
                REFUSED.say(logger, self._identity.fields(**own), failure)
            raise sanitize(failure, self._expose) from failure
        finally:
            self._stream.end_write()
            current.reset(token)

    @property
    def asks_for_events(self) -> bool:
        """Whether the class decides who may subscribe."""
        return self._hooks.can_subscribe is not None

    async def permit_event(self, conn: Conn[Any], event: str) -> None:
        """Ask `can_subscribe`. Raises auth.forbidden, or what the hook raises, as a client may see it."""
        current.set(Caller(new_link(self._identity, "can_subscribe"), conn=conn))
        await self._stream.passage("can_subscribe")
        limit = self._options.can_subscribe_timeout
        asked = self._bounded("can_subscribe", self._hooks.can_subscribe, limit, conn, event)
        await self._permit("can_subscribe", asked, UNSUBSCRIBED)

    async def permit_message(self, conn: Conn[Any], queue: str) -> None:
        """Ask `can_publish`, if there is one. Raises as `permit_event`."""
        if self._hooks.can_publish is not None:
            await self._stream.passage("can_publish")
            limit = self._options.can_publish_timeout
            asked = self._bounded("can_publish", self._hooks.can_publish, limit, conn, queue)
            await self._permit("can_publish", asked, MESSAGE_REFUSED)

    async def _permit(self, name: str, asked: Awaitable[Any], failed: LogEvent) -> None:
        """Only True permits: nothing that the hook says by mistake."""
        self._stream.begin_write()
        try:
            answer = await asked
            if not isinstance(answer, bool):
                raise TypeError(f"{name} must return True or False, not {answer!r}")
            if not answer:
                raise error("auth.forbidden")
        except Exception as failure:
            if not isinstance(failure, ActorError):
                own = {"error": named(failure), "ray_id": ray_now()}
                failed.say(logger, self._identity.fields(**own), failure)
            raise sanitize(failure, self._expose) from failure
        finally:
            self._stream.end_write()

    def farewell(self, conn: Conn[Any]) -> None:
        """A client that was let in has gone: run `on_disconnect` in the background."""
        if REMOVED.wanted(logger):
            hibernatable = conn.socket is not None
            REMOVED.say(logger, self._identity.fields(conn_id=conn.id, is_hibernatable=hibernatable))
        if self._hooks.on_disconnect is not None:
            self._work.spawn(Kind.DISCONNECTING, self._see_off(conn))

    def hold_farewells(self, first: Coroutine[Any, Any, None]) -> None:
        """No client is seen off before `first` is done, and none if that is cancelled."""
        self._first = self._work.spawn(Kind.RESTORING, first)

    async def _see_off(self, conn: Conn[Any]) -> None:
        if self._first is not None:
            await asyncio.shield(self._first)
        current.set(Caller(new_link(self._identity, "on_disconnect"), conn=conn))
        await self._stream.passage("on_disconnect")
        self._stream.begin_write()
        try:
            limit = self._options.on_disconnect_timeout
            await self._bounded("on_disconnect", self._hooks.on_disconnect, limit, conn)
        except Exception as failure:  # the client has gone whatever the hook does
            DISCONNECT_FAILED.say(logger, self._identity.fields(error=named(failure)), failure)
        finally:
            self._stream.end_write()

    async def _bounded(self, name: str, hook: Callable[..., Any] | None, limit: float, *args: Any) -> Any:
        if hook is None:
            return None
        return await run_bounded(self._clock, limit, name, run_hook(hook, self._instance, *args))
