"""Completions: who waits for a message of one actor to be completed. In memory: they end with the generation.

Used by the mailbox. An answer joins the actor's stream, so it leaves once the state that it tells is durable.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from actors.clock import Clock
from actors.errors import MISSING, ActorError, error
from actors.protocol.messages import QueueStatus
from actors.runtime.calls import Reply
from actors.runtime.definition import QueueDefinition
from actors.runtime.stream import Stream


class Outcome(NamedTuple):
    """What became of a message. `response` is MISSING if its consumer gave none."""

    status: QueueStatus
    response: Any = MISSING


STORED = Outcome("completed")
TIMED_OUT = Outcome("timedOut")


def outcome_of(queue: QueueDefinition, response: Any) -> Outcome:
    """A copy of what the consumer answers; without an answer it must be one that None stands for."""
    if response is MISSING:
        queue.respond(None)
        return Outcome("completed")
    return Outcome("completed", queue.respond(response))


class Completions:
    """Replies by message id. Their `encode` is given an `Outcome`."""

    __slots__ = ("_replies", "_stream")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._replies: dict[int, list[Reply]] = {}

    def add(self, message_id: int, reply: Reply) -> None:
        self._replies.setdefault(message_id, []).append(reply)

    def remove(self, message_id: int, reply: Reply) -> bool:
        """It waits no longer. False if it has been answered, or never waited."""
        replies = self._replies.get(message_id, [])
        if reply not in replies:
            return False
        replies.remove(reply)
        if not replies:
            del self._replies[message_id]
        return True

    def settle(self, message_id: int, outcome: Outcome) -> None:
        """The message has been completed."""
        for reply in self._replies.pop(message_id, ()):
            try:
                frame = reply.encode(outcome)
            except ActorError as failure:
                frame = reply.encode_error(failure)
            self._stream.emit(reply.deliver, frame, reply)

    def fail(self, message_id: int, failure: ActorError) -> None:
        """It will not be completed any more."""
        for reply in self._replies.pop(message_id, ()):
            self._stream.emit(reply.deliver, reply.encode_error(failure), reply)

    def close(self) -> None:
        """The generation is over: nothing joins its stream any more."""
        dropped = error("queue.completion_waiter_dropped")
        replies, self._replies = self._replies, {}
        for waiting in replies.values():
            for reply in waiting:
                reply.deliver(reply.encode_error(dropped))


class Answer:
    """The reply of an actor that waits for its own queue."""

    __slots__ = ("here",)

    def __init__(self) -> None:
        self.here: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def encode(self, output: Outcome) -> Outcome:
        return output

    def encode_error(self, err: ActorError) -> ActorError:
        return err

    def deliver(self, frame: Outcome | ActorError) -> None:
        if self.here.done():
            return
        if isinstance(frame, ActorError):
            self.here.set_exception(frame)
        else:
            self.here.set_result(frame)

    async def within(self, clock: Clock, seconds: float | None) -> Outcome:
        """The outcome. Raises queue.timed_out after `seconds`, and what became of the message."""
        limit = clock.timeout(seconds)
        try:
            async with limit:
                return await self.here
        except TimeoutError:
            milliseconds = int((seconds or 0) * 1000)
            raise error("queue.timed_out", timeout_ms=milliseconds) from None
