"""Admission: lets a client in through the author's connection hooks, and sees it off. Called by the task.

Nobody sees a client before it has been accepted; `on_disconnect` runs once for each that was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from actors.errors import ActorError, sanitize
from actors.runtime.calls import Caller, chain_now, current
from actors.runtime.chain import new_link
from actors.runtime.conn import Conn
from actors.runtime.definition import ActorDefinition
from actors.runtime.hooks import run_bounded, run_hook
from actors.runtime.identity import Identity
from actors.runtime.stream import Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.work import Kind, Work

logger = logging.getLogger(__name__)


class Admission:
    """The connection hooks of one actor, each with a timeout of its own."""

    __slots__ = ("_clock", "_expose", "_hooks", "_identity", "_instance", "_options", "_stream", "_work")

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

    @property
    def identity(self) -> Identity:
        return self._identity

    def serve(self, instance: object) -> None:
        """The author's object that the hooks get as self."""
        self._instance = instance

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
                logger.exception("a connection was refused by an error", extra=self._identity.fields())
            raise sanitize(failure, self._expose) from failure
        finally:
            self._stream.end_write()
            current.reset(token)

    def farewell(self, conn: Conn[Any]) -> None:
        """A client that was let in has gone: run `on_disconnect` in the background."""
        if self._hooks.on_disconnect is not None:
            self._work.spawn(Kind.DISCONNECTING, self._see_off(conn))

    async def _see_off(self, conn: Conn[Any]) -> None:
        current.set(Caller(new_link(self._identity, "on_disconnect"), conn=conn))
        self._stream.begin_write()
        try:
            limit = self._options.on_disconnect_timeout
            await self._bounded("on_disconnect", self._hooks.on_disconnect, limit, conn)
        except Exception:  # the client has gone whatever the hook does
            logger.exception("on_disconnect failed", extra=self._identity.fields())
        finally:
            self._stream.end_write()

    async def _bounded(self, name: str, hook: Callable[..., Any] | None, limit: float, arg: Any) -> Any:
        if hook is None:
            return None
        return await run_bounded(self._clock, limit, name, run_hook(hook, self._instance, arg))
