"""InspectorSession: one inspector's websocket at one running actor. Requests in, answers and news out.

Fed by the consumer, opened by `inspector_socket`. Each request is answered in a task of its own, so a slow
action holds up nothing. News are gathered: one message for all changes of a while, and none to a client that
has not yet read the last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from actors.clock import Clock
from actors.errors import ActorError
from actors.gateway.backlog import Backlog, frame_size
from actors.gateway.inspector_answering import Answering, conns_of, state_of
from actors.gateway.inspector_schedules import listed
from actors.gateway.outlet import Outlet
from actors.logs import SOCKET_FAILED, named
from actors.protocol.inspector_answers import (
    TO_CLIENT,
    ConnectionsUpdated,
    Error,
    QueueUpdated,
    SchedulesUpdated,
    StateUpdated,
    ToClient,
    exists_in,
    in_version,
)
from actors.protocol.inspector_requests import TO_SERVER, ToServer
from actors.protocol.messages import Frame, binary
from actors.runtime.watch import Aspect, Attachment

TOO_BIG: Final = 1009
PAUSE: Final = 0.05
"""Seconds between one round of news and the next."""

logger = logging.getLogger("actors.gateway")


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the two understand each other: a version agreed on in the URL, or each frame with its own."""

    version: int
    prefixed: bool

    def read(self, frame: Frame) -> ToServer:
        """Raises protocol.malformed, protocol.unsupported_version."""
        data = binary(frame)
        if self.prefixed:
            message, _ = TO_SERVER.decode(data)
            return message
        return TO_SERVER.decode_payload(data, self.version)

    def write(self, message: ToClient) -> bytes:
        told = in_version(self.version, message)
        encode = TO_CLIENT.encode if self.prefixed else TO_CLIENT.encode_payload
        return encode(told, self.version)


class _Asked:
    """One request, until it has been answered."""

    __slots__ = ("index", "waits")

    def __init__(self, index: int, waits: int) -> None:
        self.index = index
        self.waits = waits


class InspectorSession:
    """A `Conversation` for the consumer, a `Watcher` for the actor. `attachment` is held until the end."""

    __slots__ = (
        "_answering",
        "_clock",
        "_largest",
        "_news",
        "_publishing",
        "_wiring",
        "attachment",
        "backlog",
        "port",
    )

    def __init__(
        self, outlet: Outlet, wiring: Wiring, answering: Answering, clock: Clock, largest: int
    ) -> None:
        self.port = outlet
        self.backlog: Backlog[_Asked] = Backlog()
        self.attachment: Attachment | None = None
        self._answering = answering
        self._clock = clock
        self._largest = largest
        self._wiring = wiring
        self._news = Aspect(0)
        self._publishing: asyncio.Task[None] | None = None

    async def greet(self) -> None:
        """Send the first message; from then on news."""
        init = await self._answering.init()
        # Nothing is awaited in between: whatever changes from here on is news.
        self._send(init)
        self.attachment = self._answering.inspection.attach(self)

    # -- the client's side ---------------------------------------------------------------------------
    def receive(self, frame: Frame) -> None:
        if frame_size(frame) > self._largest:
            self.port.close(TOO_BIG, "message.incoming_too_long")
            return
        asked = _Asked(self.backlog.next_index(), frame_size(frame))
        self.backlog.keep(asked)
        self._clock.spawn(self._answer(asked, frame), name="inspector answer")

    def end(self, code: int, reason: str) -> None:
        """The client is gone. What it has begun goes on."""
        if self.attachment is not None:
            self.attachment.close()
        if self._publishing is not None:
            self._publishing.cancel()

    async def _answer(self, asked: _Asked, frame: Frame) -> None:
        try:
            self._send(await self._answering.answer(self._wiring.read(frame)))
        except Exception as failure:
            if not isinstance(failure, ActorError):
                SOCKET_FAILED.say(logger, {"error": named(failure)}, failure)
            self._send(Error(self._answering.told(failure)))
        finally:
            self.backlog.let_go(asked)

    def _send(self, message: ToClient) -> None:
        self.port.write(self._wiring.write(message))

    # -- the actor's side ----------------------------------------------------------------------------
    def changed(self, aspect: Aspect) -> None:
        self._news |= aspect
        if self._publishing is None:
            self._publishing = self._clock.spawn(self._publish(), name="inspector news")

    def ended(self) -> None:
        self.port.close(1000, "actor.stopped")

    async def _publish(self) -> None:
        """Everything that is new, from the next turn of the loop on, until nothing is."""
        while self._news and not self.port.closed:
            news, self._news = self._news, Aspect(0)
            await self._tell(news)
            await self.port.room()
            await self._clock.sleep(PAUSE)
        self._publishing = None

    async def _tell(self, news: Aspect) -> None:
        try:
            async for message in self._messages(news):
                if exists_in(self._wiring.version, message):
                    self._send(message)
        except ActorError as failure:  # the author's value is no data that can travel
            self._send(Error(self._answering.told(failure)))

    async def _messages(self, news: Aspect) -> AsyncIterator[ToClient]:
        seen = self._answering.inspection
        if Aspect.STATE in news and (state := state_of(seen)) is not None:
            yield StateUpdated(state)
        if Aspect.CONNECTIONS in news:
            yield ConnectionsUpdated(conns_of(seen))
        if Aspect.QUEUE in news:
            yield QueueUpdated(seen.queue_size)
        if Aspect.SCHEDULES in news:
            yield SchedulesUpdated(await listed(seen.scheduler))
