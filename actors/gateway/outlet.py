"""Outlet: the bounded writer of one websocket, the `Port` that the runtime writes frames to.

Frames pass straight through while the server takes them without waiting. What it does not take is held. More
than `limit` bytes for PATIENCE seconds, or BURST times as much, and the connection is closed as
`message.slow_consumer`: many answers at once are no sign of a slow client. Never blocks, never raises.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Final

from actors.clock import Clock, TimerHandle
from actors.gateway.backlog import frame_size
from actors.gateway.pipe import Message, Pipe
from actors.gateway.session import INTERNAL_ERROR
from actors.logs import SOCKET_GONE, named
from actors.protocol.codec import Codec
from actors.protocol.handshake import close_reason
from actors.runtime.conn import Traffic
from actors.runtime.websocket import Close

SLOW_CONSUMER: Final = 1008
PATIENCE: Final = 5.0
"""Seconds for which more than the limit may be held."""
BURST: Final = 8
"""How many times the limit is never held."""
CLOSE_GRACE: Final = 5.0
"""Seconds that a client gets to take what is written and the close frame, before the connection is cut."""

logger = logging.getLogger("actors.gateway")


class Outlet:
    """One per websocket. `traffic` counts what it writes; what comes in is counted by whoever reads.

    A frame of more than `largest` bytes ends the connection. The door sets `codec` and `largest` anew once it
    knows the client's encoding and the actor's class.
    """

    __slots__ = (
        "_backlog",
        "_clock",
        "_closing",
        "_cut",
        "_drained",
        "_late",
        "_limit",
        "_pipe",
        "codec",
        "ended",
        "largest",
        "traffic",
    )

    def __init__(self, pipe: Pipe, codec: Codec, clock: Clock, limit: int, largest: int) -> None:
        self.codec = codec
        self.largest = largest
        self.traffic = Traffic()
        self._pipe = pipe
        self._clock = clock
        self._limit = limit
        self._backlog: deque[tuple[Message, int]] | None = None
        self._closing = False
        self._cut: TimerHandle | None = None
        self._late: TimerHandle | None = None
        self._drained: asyncio.Event | None = None
        # Called with the close that has been asked for; with None once the connection is found to be gone.
        self.ended: Callable[[Close | None], None] | None = None

    @property
    def unsent(self) -> int:
        """Bytes held for a client that does not read."""
        return self.traffic.unsent

    @property
    def closed(self) -> bool:
        """Whether a close frame has been asked for, or the connection is gone: nothing more is written."""
        return self._closing

    @property
    def round_trip(self) -> float | None:
        """Seconds, as the pipe tells."""
        return self._pipe.round_trip

    def write(self, frame: str | bytes) -> None:
        if self._closing:
            self.traffic.dropped += 1
            return
        size = frame_size(frame)
        if size > self.largest:
            self.traffic.dropped += 1
            self.close(INTERNAL_ERROR, "message.outgoing_too_long")
            return
        if self._backlog is not None and self.unsent + size > self._limit * BURST:
            self.traffic.dropped += 1
            self._overflow()
            return
        self.traffic.sent += 1
        self.traffic.sent_bytes += size
        if isinstance(frame, str):
            message: Message = {"type": "websocket.send", "text": frame}
        else:
            message = {"type": "websocket.send", "bytes": frame}
        if self._backlog is None:
            self._push(message, size)
        else:
            self._hold(message, size)
            if self.unsent > self._limit and self._late is None:
                self._late = self._clock.call_later(PATIENCE, self._overflow)

    def close(self, code: int, reason: str) -> None:
        """Send the close frame after everything written so far. Only the first close counts."""
        if self._closing:
            return
        self._closing = True
        self._forgive()
        message: Message = {"type": "websocket.close", "code": code, "reason": close_reason(reason)}
        if self._backlog is None:
            self._push(message, 0)
        else:
            self._hold(message, 0)
        if self._backlog is not None:
            self._cut = self._clock.call_later(CLOSE_GRACE, self._pipe.abort)
        self._tell()
        if self.ended is not None:
            self.ended(Close(code, reason))

    async def room(self) -> None:
        """Return when the server has taken everything, or the connection is gone."""
        while self._backlog is not None and not self._closing:
            if self._drained is None:
                self._drained = asyncio.Event()
            self._drained.clear()
            await self._drained.wait()

    def detach(self) -> None:
        """The connection is gone: drop what is held and ignore what comes."""
        self._closing = True
        self._free()
        if self._cut is not None:
            self._cut.cancel()
        if self.ended is not None:
            self.ended(None)

    def _push(self, message: Message, size: int) -> None:
        """One step of the server's `send`, without a task: while the client reads, that is all of it."""
        step = self._pipe.send(message)
        try:
            awaited = step.send(None)
        except StopIteration:
            return
        except Exception as gone:  # each server has its own exception for a client that is gone
            SOCKET_GONE.say(logger, {"error": named(gone)})
            self.detach()
            return
        self._backlog = deque()
        self.traffic.unsent = size
        self._clock.spawn(self._drain(_Suspended(step, awaited), size), name="actors-outlet")

    def _hold(self, message: Message, size: int) -> None:
        if self._backlog is not None:
            self._backlog.append((message, size))
            self.traffic.unsent += size

    def _overflow(self) -> None:
        self._free()
        self.close(SLOW_CONSUMER, "message.slow_consumer")

    def _free(self) -> None:
        """Drop what is held: it has been counted as sent."""
        if self._backlog is not None:
            dropped = [size for message, size in self._backlog if message["type"] == "websocket.send"]
            self.traffic.dropped += len(dropped)
            self.traffic.sent -= len(dropped)
            self.traffic.sent_bytes -= sum(dropped)
            self._backlog.clear()
            self._count(0)
        self._tell()

    def _count(self, unsent: int) -> None:
        """So much is left: a client that has caught up is not slow."""
        self.traffic.unsent = max(0, unsent)
        if self.unsent <= self._limit:
            self._forgive()

    def _forgive(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _tell(self) -> None:
        if self._drained is not None:
            self._drained.set()

    async def _drain(self, first: _Suspended, size: int) -> None:
        try:
            await first
            self._count(self.unsent - size)
            while self._backlog:
                message, size = self._backlog.popleft()
                await self._pipe.send(message)
                self._count(self.unsent - size)
        except Exception as gone:  # as in _push
            SOCKET_GONE.say(logger, {"error": named(gone)})
            self.detach()
        else:
            if self._closing and self._cut is not None:
                self._cut.cancel()
        finally:
            self._backlog = None
            self._tell()


class _Suspended:
    """A coroutine that was started outside a task and now waits: await it inside one to finish it."""

    __slots__ = ("_awaited", "_step")

    def __init__(self, step: Any, awaited: Any) -> None:
        self._step = step
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, None]:
        awaited = self._awaited
        while True:
            try:
                sent = yield awaited
            except BaseException as exc:  # a cancelled task must reach the coroutine too
                resume, value = self._step.throw, exc
            else:
                resume, value = self._step.send, sent
            try:
                awaited = resume(value)
            except StopIteration:
                return
