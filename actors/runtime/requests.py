"""Requests: runs `on_request` of one actor, and sends what it returns, each part once it is durable.

Every request is one task that holds sleep open and that the grace period waits for. Called by the task.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Protocol

from actors.errors import ActorError, error
from actors.logs import REQUEST_FAILED, named
from actors.runtime.admission import Admission
from actors.runtime.calls import Caller, Reply, chain_now, current
from actors.runtime.chain import Chain, new_link
from actors.runtime.core import Core
from actors.runtime.definition import ActorDefinition
from actors.runtime.dispatch import Dispatcher, started_error
from actors.runtime.hold import Hold
from actors.runtime.hooks import Noted, run_bounded, run_hook
from actors.runtime.http import Request
from actors.runtime.identity import Identity
from actors.runtime.kinds import Kind
from actors.runtime.stream import Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.work import Work

logger = logging.getLogger(__name__)


class Exchange(Reply, Protocol):
    """The door's end of one request: a reply, and the body that follows it if the answer streams.

    A frame of `encode` has a `body`, which is an async iterator then. A second `deliver` is a failure after
    the head has left: the connection is to be cut.
    """

    async def room(self, size: int) -> None:
        """Return when the client has read so much that `size` bytes more may be held for it."""
        ...

    def chunk(self, data: bytes) -> None:
        """Send a part of the body, for which there is room; an empty one is the end."""
        ...


class Requests:
    """One per actor. `serve` gives it the author's object before the first request."""

    __slots__ = (
        "admission",
        "clock",
        "dispatcher",
        "expose",
        "hold",
        "hook",
        "identity",
        "instance",
        "stream",
        "timeout",
        "work",
    )

    def __init__(
        self,
        identity: Identity,
        definition: ActorDefinition,
        surroundings: Surroundings,
        admission: Admission,
        dispatcher: Dispatcher,
    ) -> None:
        options = definition.options
        self.identity = identity
        self.hook = definition.hooks.on_request
        self.timeout = options.on_request_timeout or options.action_timeout
        self.clock = surroundings.clock
        self.expose = surroundings.expose_errors
        self.admission = admission
        self.dispatcher = dispatcher
        self.stream: Stream
        self.work: Work
        self.hold: Hold
        self.instance: object = None

    def serve(self, instance: object, core: Core) -> None:
        """The author's object that the hook gets as self, and where its work is counted."""
        self.instance = instance
        self.stream = core.stream
        self.work = core.work
        self.hold = core.hold

    def start(self, request: Request, exchange: Exchange) -> asyncio.Task[None]:
        """Run the hook; `exchange` gets the answer. Cancel the task when the client has gone.

        Raises actor.overloaded and actor.call_chain_too_long before anything has started.
        """
        cause = chain_now()
        self.dispatcher.reserve("on_request")
        serving = _Serving(self, request, exchange)
        try:
            task = self.work.spawn(Kind.HTTP_REQUEST, serving.run(cause))
        except BaseException:
            self.dispatcher.release()
            raise
        task.add_done_callback(serving.over)
        return task


class _Serving:
    """One request on its way. `_answered` once its head has joined the stream."""

    __slots__ = ("_answered", "_exchange", "_request", "_requests")

    def __init__(self, requests: Requests, request: Request, exchange: Exchange) -> None:
        self._requests = requests
        self._request = request
        self._exchange = exchange
        self._answered = False

    async def run(self, cause: Chain) -> None:
        requests, conn = self._requests, self._request.conn
        current.set(Caller(new_link(requests.identity, "on_request"), cause, conn))
        admitted = False
        try:
            await requests.hold.passage()
            await requests.admission.admit(conn)
            admitted = True
            await self._respond()
        except Exception as failure:
            self._fail(failure, admitted)
        except BaseException:
            # Cancelled from outside, or the process is going down: nobody knows what was done.
            self._refuse(error("actor.outcome_unknown"))
            raise
        finally:
            if admitted:
                with suppress(ActorError):  # a generation that has fallen sees nobody off
                    requests.admission.farewell(conn)

    def over(self, task: asyncio.Task[None]) -> None:
        """The task has ended; one that is cancelled before its first step never ran."""
        self._requests.dispatcher.release()
        if not self._answered:
            self._refuse(error("actor.stopping"))

    async def _respond(self) -> None:
        frame = await self._ask()
        self._answered = True
        self._requests.stream.emit(self._exchange.deliver, frame, self._exchange)
        if hasattr(frame.body, "__aiter__"):
            await self._send(aiter(frame.body))

    async def _ask(self) -> Any:
        requests = self._requests
        await requests.stream.passage("on_request")
        requests.stream.begin_write()
        try:
            asked = run_hook(requests.hook, requests.instance, self._request)
            output = await run_bounded(requests.clock, requests.timeout, "on_request", asked)
            return self._exchange.encode(output)
        finally:
            requests.stream.end_write()

    async def _send(self, body: AsyncIterator[bytes | str]) -> None:
        """Each part leaves once what was written before it is durable."""
        stream, exchange = self._requests.stream, self._exchange
        try:
            while True:
                try:
                    part = await Noted(anext(body), stream.note_write)
                except StopAsyncIteration:
                    break
                data = part.encode() if isinstance(part, str) else bytes(part)
                if data:
                    await exchange.room(len(data))
                    stream.emit(exchange.chunk, data, exchange)
            stream.emit(exchange.chunk, b"", exchange)
        finally:
            close = getattr(body, "aclose", None)
            if close is not None:
                await close()

    def _fail(self, failure: Exception, admitted: bool) -> None:
        requests = self._requests
        if not isinstance(failure, ActorError | ConnectionResetError):
            own = {"error": named(failure), "ray_id": self._request.conn.request.ray}
            REQUEST_FAILED.say(logger, requests.identity.fields(**own), failure)
        if isinstance(failure, ActorError) and not admitted:
            self._refuse(failure)
        else:
            self._refuse(started_error(failure, requests.expose))

    def _refuse(self, err: ActorError) -> None:
        self._answered = True
        exchange = self._exchange
        self._requests.stream.emit(exchange.deliver, exchange.encode_error(err), exchange)
