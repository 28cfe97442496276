"""Mailbox: the queues of one actor. Messages come in, are handed out under a lease, and leave when completed.

One per generation of a class that declares queues; opened at its first use. The way in for the author's API
and for external sends. It never sees the task: what it needs comes with the constructor.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from actors.clock import Clock
from actors.errors import MISSING, ActorError, error
from actors.logs import GIVEN_UP, LEASE_OVER, MESSAGE_FAILED, named
from actors.runtime.backlog import Backlog, Entry
from actors.runtime.block import refuse_inside
from actors.runtime.calls import Reply
from actors.runtime.completions import Answer, Completions, Outcome, completed
from actors.runtime.core import Core
from actors.runtime.dead_letters import DeadLetters
from actors.runtime.definition import ActorDefinition, QueueDefinition
from actors.runtime.failure import line_of, reason_of, trace_of
from actors.runtime.leases import Leases
from actors.runtime.message import Message
from actors.runtime.queue_alarm import QueueAlarm
from actors.runtime.queue_limits import check_count, check_manner, check_seconds, check_size
from actors.runtime.queue_rows import QueueRows, failed
from actors.runtime.queue_tools import QueueTools
from actors.runtime.receivers import Receivers
from actors.runtime.watch import Aspect
from actors.storage.queue import Bodies, MessagePut

D = TypeVar("D", bound=QueueTools)

logger = logging.getLogger(__name__)


class Mailbox:
    """`definitions` are the queues by their published name."""

    __slots__ = (
        "_backlog",
        "_clock",
        "_completions",
        "_leases",
        "_limits",
        "_measures",
        "_opening",
        "_receivers",
        "_rows",
        "_stream",
        "definitions",
    )

    def __init__(self, definition: ActorDefinition, rows: QueueRows, clock: Clock, core: Core) -> None:
        queues: Iterable[QueueDefinition] = definition.queues.values()
        self.definitions: Mapping[str, QueueDefinition] = {queue.name: queue for queue in queues}
        self._limits = definition.options
        self._rows = rows
        self._clock = clock
        self._stream = core.stream
        self._measures = core.work.measures
        self._backlog = Backlog(core.watch.noting(Aspect.QUEUE, self._measures.queued), core.watch.message)
        self._receivers = Receivers(clock, core, self._backlog, self._next)
        self._leases = Leases(clock, core.work, self._lease_over)
        self._completions = Completions(core.stream)
        rows.alarm = QueueAlarm(clock, self._backlog, rows.tell)
        self._opening: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Stored messages as far as this generation knows: none before its first use of the queue."""
        return len(self._backlog)

    # -- sending -------------------------------------------------------------------------------------
    async def send(
        self,
        queue: QueueDefinition,
        body: bytes,
        *,
        delay: float = 0.0,
        priority: int = 0,
        dedupe: str | None = None,
        reply: Reply | None = None,
    ) -> int:
        """Store a message; returns its id once it is durable. `reply` gets the outcome of its completion.

        With a `dedupe` key whose message is still there nothing is stored: that message's id is returned. In
        an atomic block it is stored with the block, and this returns at once. Raises queue.invalid_request,
        queue.message_too_large, queue.full, storage.unavailable: then nothing has been stored.
        """
        check_manner(delay, priority, dedupe)
        check_size(queue.name, body, self._limits.max_queue_message_size)
        await self._open()
        await self._rows.passage()
        entry = self._backlog.twin(queue.name, dedupe)
        if entry is None:
            if len(self._backlog) >= self._limits.max_queue_size:
                raise error("queue.full", limit=self._limits.max_queue_size)
            now = self._clock.now_ms()
            available_at = now + round(delay * 1000)
            entry = self._backlog.new(queue.name, now, available_at, priority, dedupe)
            put, alarm = MessagePut(entry.stored(), body), self._rows.alarm.by(available_at)
            entry.write = self._rows.submit(puts=[put], alarm=alarm)
            entry.write.add_done_callback(partial(self._stored, entry))
        if reply is not None:
            self._completions.add(entry.message_id, reply)
        if entry.place == "coming" and entry.write is not None and not self._rows.staging:
            try:
                await asyncio.shield(entry.write)
            except BaseException:
                if reply is not None:
                    self._completions.remove(entry.message_id, reply)
                raise
        return entry.message_id

    async def send_and_wait(
        self, queue: QueueDefinition, body: bytes, timeout: float | None, **how: Any
    ) -> Any:
        """The response with which the message is completed, None without one. Raises queue.timed_out."""
        refuse_inside("send_and_wait()")
        check_seconds("timeout", timeout)
        answer = Answer()
        message_id = await self.send(queue, body, reply=answer, **how)
        try:
            outcome = await answer.within(self._clock, timeout)
        finally:
            self._completions.remove(message_id, answer)
        return None if outcome.response is MISSING else outcome.response

    def forget_reply(self, message_id: int, reply: Reply) -> bool:
        """`reply` waits no longer. False if it has been answered."""
        return self._completions.remove(message_id, reply)

    def _stored(self, entry: Entry, written: asyncio.Future[Bodies]) -> None:
        entry.write = None
        if failed(written):
            self._backlog.forget(entry)
            self._rows.alarm.doubt()
        else:
            self._measures.sent()
            self._backlog.stored(entry, self._clock.now_ms())
            self._receivers.serve()

    # -- receiving -----------------------------------------------------------------------------------
    async def receive(
        self, names: Iterable[str], count: int = 1, timeout: float | None = None
    ) -> list[Message[Any, Any]]:
        """Up to `count` messages, waiting for the first `timeout` seconds; none if none comes.

        Raises actor.aborted once the actor is ending, storage.unavailable, queue.invalid_request.
        """
        refuse_inside("receiving messages")
        check_seconds("timeout", timeout)
        check_count("count", count)
        await self._open()
        self._rows.alarm.asked(names)
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        while True:
            left = None if deadline is None else deadline - self._clock.monotonic()
            entry = await self._receivers.wait(names, left)
            if entry is None:
                return []
            entries = [entry]
            while len(entries) < count and (entry := self._receivers.next(names)) is not None:
                entries.append(entry)
            messages = await self._hand_out(entries)
            if messages:
                return messages

    async def wait(self, names: Iterable[str], timeout: float | None = None) -> bool:
        """Whether a message can be had within `timeout` seconds, for whoever asks. Raises as `receive`."""
        refuse_inside("receiving messages")
        check_seconds("timeout", timeout)
        await self._open()
        entry = await self._receivers.wait(names, timeout)
        if entry is None:
            return False
        self._put_back([entry])
        return True

    def _next(self, names: Iterable[str]) -> Entry | None:
        """Take the next one; what has used up its attempts, by crashes, is given up on the way."""
        while (entry := self._backlog.take(names)) is not None:
            if entry.attempts < self.definitions[entry.name].max_attempts:
                return entry
            self._bury(entry, entry.error or "The actor ended each time while the message was in hand.")
        return None

    async def _hand_out(self, entries: Sequence[Entry]) -> list[Message[Any, Any]]:
        """Once the attempt is counted for good: a message that kills its consumer must come to an end."""
        for entry in entries:
            entry.attempts += 1
        written = self._rows.submit(marks=[entry.mark() for entry in entries])
        try:
            bodies = await asyncio.shield(written)
        except asyncio.CancelledError:
            written.add_done_callback(lambda _: self._take_back(entries))
            raise
        except ActorError:
            self._take_back(entries)
            raise
        found = [self._message(entry, bodies.get(entry.message_id)) for entry in entries]
        messages = [message for message in found if message is not None]
        self._measures.received(len(messages))
        return messages

    def _message(self, entry: Entry, body: bytes | None) -> Message[Any, Any] | None:
        if body is None:  # somebody has deleted it in the database
            self._backlog.forget(entry)
            return None
        queue = self.definitions[entry.name]
        try:
            value = queue.decode(body)
        except ActorError as failure:
            self._measures.message_failed()
            self._bury(entry, str(failure))
            return None
        self._leases.begin(entry, queue.lease)
        return Message(self, entry, value)

    def _take_back(self, entries: Iterable[Entry]) -> None:
        """Nobody has seen them: the attempt does not count."""
        for entry in entries:
            entry.attempts -= 1
        self._put_back(entries)

    def _put_back(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._backlog.admit(entry, self._clock.now_ms())
        self._rows.alarm.look()
        self._receivers.serve()

    # -- what becomes of a message in hand -----------------------------------------------------------
    async def complete(self, entry: Entry, attempt: int, response: Any) -> None:
        """See `Message.complete`. The state first: what the message did is not lost with it."""
        self._check(entry, attempt)
        outcome = completed(self.definitions[entry.name], response)
        self._release(entry)
        try:
            if not self._rows.staging:
                await self._stream.saved()
            written = self._rows.submit(drops=[entry.message_id])
        except BaseException:
            self._hold_again(entry)
            raise
        written.add_done_callback(partial(self._completed, entry, outcome))
        if not self._rows.staging:
            await asyncio.shield(written)

    def _completed(self, entry: Entry, outcome: Outcome, written: asyncio.Future[Bodies]) -> None:
        if failed(written):
            self._hold_again(entry)
        else:
            self._backlog.forget(entry)
            self._rows.alarm.look()
            self._completions.settle(entry.message_id, outcome)

    async def failed(self, entry: Entry, attempt: int, failure: Exception) -> None:
        """The block of a message raised. See `Message`."""
        about = {"queue": entry.name, "message_id": entry.message_id, "error": named(failure)}
        MESSAGE_FAILED.say(logger, self._rows.identity.fields(**about), failure)
        self._measures.message_failed()
        if entry.place == "held" and entry.attempts == attempt:
            reason = reason_of(failure)
            trace = trace_of(failure) if attempt >= self.definitions[entry.name].max_attempts else None
            await self.give_back(entry, attempt, None, reason, trace)

    async def give_back(
        self, entry: Entry, attempt: int, delay: float | None, reason: str | None, trace: str | None = None
    ) -> None:
        """See `Message.retry`. The `trace` is for a last attempt, and only the database keeps it."""
        queue = self.definitions[entry.name]
        delay = queue.pause(attempt) if delay is None else delay
        check_manner(delay, 0, None)
        self._check(entry, attempt)
        self._release(entry)
        before, now = (entry.available_at, entry.error), self._clock.now_ms()
        if attempt >= queue.max_attempts:
            entry.died_at, reason = now, reason or "It was given back at its last attempt."
        else:
            entry.available_at = now + round(delay * 1000)
        entry.error = None if reason is None else line_of(reason)
        written = self._rows.submit(marks=[entry.mark(trace)])
        written.add_done_callback(partial(self._given_back, entry, before))
        await asyncio.shield(written)

    def _given_back(
        self, entry: Entry, before: tuple[int, str | None], written: asyncio.Future[Bodies]
    ) -> None:
        if failed(written):
            entry.available_at, entry.error = before
            entry.died_at = None
            self._hold_again(entry)
        elif entry.died_at is not None:
            self._given_up(entry)
        else:
            self._put_back([entry])

    def extend(self, entry: Entry, attempt: int, seconds: float | None) -> None:
        """See `Message.extend`."""
        check_seconds("lease", seconds)
        self._check(entry, attempt)
        self._leases.begin(entry, self.definitions[entry.name].lease if seconds is None else seconds)

    def _check(self, entry: Entry, attempt: int) -> None:
        if entry.place == "held" and entry.attempts == attempt:
            return
        if entry.place == "leaving" or self._backlog.find(entry.message_id) is None:
            raise error("queue.already_completed")
        raise error("queue.lease_expired", id=entry.message_id)

    def _release(self, entry: Entry) -> None:
        entry.place = "leaving"
        self._leases.end(entry)

    def _hold_again(self, entry: Entry) -> None:
        entry.place = "held"
        self._leases.begin(entry, self.definitions[entry.name].lease)

    def _lease_over(self, entry: Entry) -> None:
        queue = self.definitions[entry.name]
        entry.error = f"Its lease of {queue.lease:g} s ran out."
        self._measures.message_failed()
        identity = self._rows.identity
        LEASE_OVER.say(logger, identity.fields(queue=entry.name, message_id=entry.message_id))
        if entry.attempts >= queue.max_attempts:
            self._bury(entry, entry.error)
        else:
            self._put_back([entry])

    def _bury(self, entry: Entry, reason: str) -> None:
        """Give up what nobody has in hand. If that is not stored, the next generation finds it out again."""
        self._leases.end(entry)
        entry.error = line_of(reason)
        entry.died_at = self._clock.now_ms()
        self._rows.submit(marks=[entry.mark()])
        self._given_up(entry)

    def _given_up(self, entry: Entry) -> None:
        self._backlog.bury(entry)
        self._rows.alarm.look()
        fields = {"queue": entry.name, "message_id": entry.message_id, "attempts": entry.attempts}
        GIVEN_UP.say(logger, self._rows.identity.fields(**fields))
        self._completions.fail(entry.message_id, error("queue.dead_letter", attempts=entry.attempts))

    async def by_hand(self, deed: type[D]) -> D:
        """What people do to messages themselves. Raises storage.unavailable."""
        await self._open()
        told = (self._leases, self._completions, self._clock, self._put_back, self.give_back)
        return deed(self._rows, self._backlog, *told)

    # -- the life of the actor -----------------------------------------------------------------------
    async def rouse(self) -> None:
        """The actor was woken for its messages. Whether anybody asks for them is up to the author."""
        await self._open()

    async def settle(self) -> None:
        """The actor falls asleep: leave an alarm for what is to wake it again. Raises as `send` does."""
        change = self._rows.alarm.last()
        if change is not None:
            await asyncio.shield(self._rows.submit(alarm=change))

    def abort(self) -> None:
        """The actor is ending: nobody waits for messages any more. What is in hand may be completed."""
        self._receivers.abort()

    def close(self) -> None:
        """The generation is over: what is in hand comes again in the next one."""
        self._receivers.close()
        self._leases.close()
        self._completions.close()
        self._rows.alarm.close()
        self._backlog.close()

    @property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self._rows, self._clock, self._backlog, self._open, self._put_back)

    async def contents(self) -> Backlog:
        """All that is stored. Raises storage.unavailable."""
        await self._open()
        return self._backlog

    async def _open(self) -> None:
        if self._opening is None:
            self._opening = self._clock.spawn(self._load(), name="queue opening")
        if not self._opening.done():
            await asyncio.shield(self._opening)
        elif self._opening.cancelled() or self._opening.exception() is not None:
            self._opening = None
            await self._open()

    async def _load(self) -> None:
        contents = await self._rows.open()
        self._backlog.load(contents, self._clock.now_ms())
        self._rows.alarm.found(contents.due_at)
