"""Websockets: runs `on_websocket` of one actor, once for each raw websocket, and ends what it leaves open.

A handler is one task that the grace period waits for; while it deals with a message it holds sleep as well.
Called by the task and its ending.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from actors.clock import Clock, TimerHandle
from actors.errors import ActorError, error
from actors.logs import WEBSOCKET_FAILED, named
from actors.protocol.messages import Frame
from actors.runtime.calls import Caller, current
from actors.runtime.chain import new_link
from actors.runtime.connections import Connections
from actors.runtime.definition import ActorDefinition
from actors.runtime.dispatch import started_error
from actors.runtime.hooks import Noted, run_hook
from actors.runtime.identity import Identity
from actors.runtime.kinds import Kind
from actors.runtime.stream import Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.websocket import Message, RawWebSocket
from actors.runtime.work import Work

NORMAL: Final = 1000
INTERNAL_ERROR: Final = 1011

logger = logging.getLogger(__name__)


class Websockets:
    """One per actor. `stopping`: the generation comes to its end, and sees to the open ones itself."""

    __slots__ = (
        "_running",
        "clock",
        "connections",
        "expose",
        "hook",
        "identity",
        "linger",
        "stopping",
        "stream",
        "work",
    )

    def __init__(
        self,
        identity: Identity,
        definition: ActorDefinition,
        surroundings: Surroundings,
        connections: Connections,
        stream: Stream,
        work: Work,
    ) -> None:
        self.identity = identity
        self.hook = definition.hooks.on_websocket
        self.linger = definition.options.on_disconnect_timeout
        self.clock: Clock = surroundings.clock
        self.expose = surroundings.expose_errors
        self.connections = connections
        self.stream = stream
        self.work = work
        self.stopping = False
        self._running: dict[_Serving, None] = {}

    def start(self, websocket: RawWebSocket, instance: object) -> None:
        """Run the hook of `instance` for a connection that has been let in."""
        serving = _Serving(self, websocket, instance)
        websocket.serve(serving)
        websocket.conn.websocket = websocket
        self._running[serving] = None
        serving.begin()

    def stop(self) -> None:
        """The actor comes to its end: handlers get what has arrived, and no more."""
        self.stopping = True
        for serving in self._running:
            serving.websocket.stop()

    def over(self, serving: _Serving) -> None:
        del self._running[serving]


class _Serving:
    """One handler at work, and the `Owner` of its websocket. `_busy`: it deals with something."""

    __slots__ = ("_all", "_busy", "_deadline", "_instance", "_task", "websocket")

    def __init__(self, every: Websockets, websocket: RawWebSocket, instance: object) -> None:
        self._all = every
        self._instance = instance
        self._busy = False
        self._deadline: TimerHandle | None = None
        self._task: asyncio.Task[None]
        self.websocket = websocket

    def begin(self) -> None:
        self._task = self._all.work.spawn(Kind.WEBSOCKET, self._run())
        self._task.add_done_callback(self._over)
        self._set_busy(True)

    async def _run(self) -> None:
        every, websocket = self._all, self.websocket
        current.set(Caller(new_link(every.identity, "on_websocket"), conn=websocket.conn))
        await Noted(run_hook(every.hook, self._instance, websocket), every.stream.note_write)

    def _over(self, task: asyncio.Task[None]) -> None:
        """The handler has ended: so does the connection, unless the actor ends and sees to that itself."""
        self._set_busy(False)
        if self._deadline is not None:
            self._deadline.cancel()
        self._all.over(self)
        if not self._stays(task):
            self._all.connections.dismiss(self.websocket.conn, *self._outcome(task))

    def _stays(self, task: asyncio.Task[None]) -> bool:
        """Whether the connection is left to the actor's end, which closes it or hands it on.

        The next generation also gets what the handler left undone of a client that has gone.
        """
        if not self._all.stopping or (not task.cancelled() and task.exception() is not None):
            return False
        socket = self.websocket.conn.socket
        unhandled = task.cancelled() and socket is not None and not socket.gone
        return self.websocket.closed is None or unhandled

    def _outcome(self, task: asyncio.Task[None]) -> tuple[int, str]:
        if self.websocket.closed is not None:
            self._log(None if task.cancelled() else task.exception())
            return self.websocket.closed.code, self.websocket.closed.reason
        if task.cancelled():
            return INTERNAL_ERROR, error("actor.outcome_unknown").name
        failure = task.exception()
        if failure is None:
            return NORMAL, ""
        self._log(failure)
        return INTERNAL_ERROR, started_error(failure, self._all.expose).name

    def _log(self, failure: BaseException | None) -> None:
        if failure is not None and not isinstance(failure, ActorError):
            own = {"error": named(failure), "ray_id": self.websocket.conn.request.ray}
            WEBSOCKET_FAILED.say(logger, self._all.identity.fields(**own), failure)

    # -- what the websocket asks ---------------------------------------------------------------------
    def send(self, data: Frame) -> None:
        self._all.stream.tell(self.websocket.port.send, data)

    def close(self, code: int, reason: str) -> None:
        conn = self.websocket.conn
        self._all.stream.emit(lambda _: conn.close(code, reason), None)

    async def drain(self) -> None:
        await self._all.stream.saved()
        await self.websocket.port.room()

    def take(self, message: Message | None) -> None:
        if message is not None:
            message.runs += 1
        self._set_busy(message is not None)
        if self.websocket.closed is not None:
            self._limit()

    def handled(self, message: Message) -> None:
        if self.websocket.conn.socket is None:
            message.deliver(None)
        else:
            self._all.stream.emit(message.deliver, None)

    def ended(self) -> None:
        if self._task.done():
            self._all.connections.remove(self.websocket.conn)
        else:
            self._limit()

    def _limit(self) -> None:
        """After the end a handler has so long for each message that is left, and for what it does last."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._all.clock.call_later(self._all.linger, self._task.cancel)

    def _set_busy(self, busy: bool) -> None:
        if busy is not self._busy:
            self._busy = busy
            work = self._all.work
            (work.begin if busy else work.end)(Kind.WEBSOCKET_MESSAGE)
