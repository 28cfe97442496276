"""Visit: an HTTP call to a class that has connection hooks: its connection lives as long as the call.

Hooks, then the action, then on_disconnect when the answer goes out. The caller is answered once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors.errors import ActorError, error
from actors.runtime.admission import Admission
from actors.runtime.calls import Invocation, Reply
from actors.runtime.conn import Conn, ConnectRequest


class Visit:
    """Stands in for the caller's reply. `act` starts the action; `refused` is told why none starts."""

    __slots__ = ("_act", "_admission", "_conn", "_refused", "_reply", "_started", "encode", "encode_error")

    def __init__(
        self,
        admission: Admission,
        request: ConnectRequest,
        reply: Reply,
        act: Callable[[Invocation], None],
        refused: Callable[[ActorError], None],
    ) -> None:
        self._admission = admission
        self._conn: Conn[Any] = Conn(request)
        self._reply = reply
        self._act = act
        self._refused = refused
        self._started = False
        self.encode = reply.encode
        self.encode_error = reply.encode_error

    async def run(self, invocation: Invocation) -> None:
        """Let the connection in and start its action. To be run as a task that `over` is the end of."""
        await self._admission.admit(self._conn)
        invocation.conn = self._conn
        invocation.reply = self
        try:
            self._act(invocation)
        except ActorError:
            # It was let in, and goes again without its action.
            self._admission.farewell(self._conn)
            raise
        self._started = True

    def over(self, task: asyncio.Task[None]) -> None:
        """The task has ended: if no action came of it, say why."""
        if self._started:
            return
        failure = None if task.cancelled() else task.exception()
        refusal = failure if isinstance(failure, ActorError) else error("actor.stopping")
        self._refused(refusal)
        self._reply.deliver(self._reply.encode_error(refusal))

    def deliver(self, frame: Any) -> None:
        """The answer of the action: the visitor goes."""
        self._admission.farewell(self._conn)
        self._reply.deliver(frame)
