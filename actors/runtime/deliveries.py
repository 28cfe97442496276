"""Deliveries: what clients send to the queues of one actor. Called by the entrance; ends in the mailbox.

Connection hooks, `can_publish`, the message durable, then the answer: at once, or when it has been completed.
Each sender is answered once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors.clock import TimerHandle
from actors.errors import ActorError, error
from actors.logs import MESSAGE_REFUSED, NO_SUCH_QUEUE, named
from actors.runtime.admission import Admission
from actors.runtime.atomic import Blocks
from actors.runtime.block import DeliveredBefore
from actors.runtime.calls import Caller, Reply, chain_now, current
from actors.runtime.chain import Chain, new_link
from actors.runtime.completions import STORED, TIMED_OUT, Outcome
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.definition import ActorDefinition
from actors.runtime.dispatch import Dispatcher, started_error
from actors.runtime.kinds import Kind
from actors.runtime.queue import Mailbox
from actors.runtime.stream import Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.work import Work

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to the queue of that wire name. `timeout` and `delay` in seconds.

    With `wait` the sender is answered when it has been completed, or after `timeout`. `outbox`: the stored
    call that this delivers; it goes in the transaction that stores the message.
    """

    queue: str
    body: Any
    wait: bool = False
    timeout: float | None = None
    delay: float = 0.0
    priority: int = 0
    dedupe: str | None = None
    outbox: int | None = None


class Deliveries:
    """One per actor. `mailbox` is None for a class without queues."""

    __slots__ = (
        "admission",
        "blocks",
        "clock",
        "definition",
        "dispatcher",
        "expose",
        "identity",
        "mailbox",
        "stream",
        "warnings",
        "work",
    )

    def __init__(
        self,
        definition: ActorDefinition,
        mailbox: Mailbox | None,
        admission: Admission,
        dispatcher: Dispatcher,
        surroundings: Surroundings,
    ) -> None:
        self.definition = definition
        self.mailbox = mailbox
        self.admission = admission
        self.dispatcher = dispatcher
        self.clock = surroundings.clock
        self.expose = surroundings.expose_errors
        self.warnings = surroundings.warnings
        self.identity = admission.identity
        self.stream: Stream
        self.work: Work
        self.blocks: Blocks

    def serve(self, stream: Stream, work: Work, blocks: Blocks) -> None:
        """Where answers go, where work is counted, and what calls of the outbox are stored in."""
        self.stream = stream
        self.work = work
        self.blocks = blocks

    def start(self, request: ConnectRequest, delivery: Delivery, reply: Reply) -> None:
        """Take a message in; `reply` gets an `Outcome`.

        Raises actor.overloaded and actor.call_chain_too_long before anything has started.
        """
        cause = chain_now()
        self.dispatcher.reserve("queue_send")
        sending = _Sending(self, Conn(request), delivery, reply)
        try:
            task = self.work.spawn(Kind.SENDING, sending.run(cause))
        except BaseException:
            self.dispatcher.release()
            raise
        task.add_done_callback(sending.over)
        sending.limit(self.definition.options.action_timeout, task)

    async def rouse(self) -> None:
        """The actor was woken by an alarm. Raises what `Mailbox.rouse` raises."""
        if self.mailbox is not None:
            await self.mailbox.rouse()

    async def settle(self) -> None:
        """The actor falls asleep. Raises what `Mailbox.settle` raises."""
        if self.mailbox is not None:
            await self.mailbox.settle()

    def abort(self) -> None:
        """The actor is ending."""
        if self.mailbox is not None:
            self.mailbox.abort()

    def close(self) -> None:
        """The generation is over."""
        if self.mailbox is not None:
            self.mailbox.close()


class _Sending:
    """One message on its way. Stands in for the sender's reply; `_decided` once its answer is on the way."""

    __slots__ = (
        "_admitted",
        "_conn",
        "_decided",
        "_deliveries",
        "_delivery",
        "_message_id",
        "_reply",
        "_submitted",
        "_timers",
        "encode",
        "encode_error",
    )

    def __init__(self, deliveries: Deliveries, conn: Conn[Any], delivery: Delivery, reply: Reply) -> None:
        self._deliveries = deliveries
        self._conn = conn
        self._delivery = delivery
        self._reply = reply
        self._admitted = self._submitted = self._decided = False
        self._message_id: int | None = None
        self._timers: list[TimerHandle] = []
        self.encode = reply.encode
        self.encode_error = reply.encode_error

    def limit(self, seconds: float, task: asyncio.Task[None]) -> None:
        """Answer within `seconds`, whatever is asked for."""
        self._timers.append(self._deliveries.clock.call_later(seconds, self._expire, task))

    async def run(self, cause: Chain) -> None:
        identity, delivery = self._deliveries.identity, self._delivery
        current.set(Caller(new_link(identity, "queue_send"), cause, self._conn))
        try:
            await self._deliveries.admission.admit(self._conn)
            self._admitted = True
            await self._deliveries.admission.permit_message(self._conn, self._name)
            await self._store(delivery)
        except Exception as failure:
            self._fail(failure)

    def over(self, task: asyncio.Task[None]) -> None:
        """The message is stored, or will not be: what follows is an answer."""
        self._deliveries.dispatcher.release()
        if not self._decided and self._message_id is None:
            # Cancelled on the way. Not stored means that the client may safely repeat it.
            self._refuse(error("actor.outcome_unknown" if self._submitted else "actor.stopping"))

    @property
    def _name(self) -> str:
        """The published name, as asked for if no queue has it."""
        queue = self._deliveries.definition.queues.get(self._delivery.queue)
        return self._delivery.queue if queue is None else queue.name

    async def _store(self, delivery: Delivery) -> None:
        deliveries, mailbox = self._deliveries, self._deliveries.mailbox
        queue = deliveries.definition.queues.get(delivery.queue)
        if queue is None or mailbox is None:
            if delivery.outbox is not None:
                raise error("actor.not_configured", component=f"queue {delivery.queue}")
            identity = deliveries.identity
            # Not which: its name is the client's invention.
            deliveries.warnings.warn(logger, NO_SUCH_QUEUE, identity.actor_id, identity.fields())
            self._answer(STORED)
            return
        waits = delivery.wait and delivery.timeout != 0
        send = partial(
            mailbox.send,
            queue,
            queue.encode(delivery.body),
            reply=self if waits else None,
            delay=delivery.delay,
            priority=delivery.priority,
            dedupe=delivery.dedupe,
        )
        self._submitted = True
        if delivery.outbox is not None:
            with suppress(DeliveredBefore):
                async with deliveries.blocks.delivery(delivery.outbox, alters=False):
                    await send()
            self._answer(STORED)
            return
        message_id = await send()
        if waits:
            self._await(message_id)
        else:
            self._answer(TIMED_OUT if delivery.wait else STORED)

    # -- waiting for its completion ------------------------------------------------------------------
    def _await(self, message_id: int) -> None:
        deliveries = self._deliveries
        self._message_id = message_id
        deliveries.work.begin(Kind.AWAITING)
        if self._delivery.timeout is not None:
            self._timers.append(deliveries.clock.call_later(self._delivery.timeout, self._time_out))

    def _time_out(self) -> None:
        if self._give_up_waiting():
            self._answer(TIMED_OUT)

    def _expire(self, task: asyncio.Task[None]) -> None:
        if not self._decided and (self._message_id is None or self._give_up_waiting()):
            self._refuse(error("actor.action_timed_out"))
            task.cancel()

    def _give_up_waiting(self) -> bool:
        mailbox, message_id = self._deliveries.mailbox, self._message_id
        return mailbox is not None and message_id is not None and mailbox.forget_reply(message_id, self)

    # -- answering -----------------------------------------------------------------------------------
    def _answer(self, outcome: Outcome) -> None:
        self._decided = True
        self._deliveries.stream.emit(self.deliver, self.encode(outcome), self)

    def _fail(self, failure: Exception) -> None:
        deliveries = self._deliveries
        if not isinstance(failure, ActorError):
            own = {"error": named(failure), "ray_id": self._conn.request.ray}
            MESSAGE_REFUSED.say(logger, deliveries.identity.fields(**own), failure)
        if isinstance(failure, ActorError) and failure.name == "actor.deadlock":
            self.deliver(self.encode_error(failure))  # at once: the stream may wait for who is told
        elif isinstance(failure, ActorError) and not self._admitted:
            self._refuse(failure)
        else:
            self._refuse(started_error(failure, deliveries.expose))

    def _refuse(self, err: ActorError) -> None:
        if not self._decided:
            self._decided = True
            self._deliveries.stream.emit(self.deliver, self.encode_error(err), self)

    def deliver(self, frame: Any) -> None:
        """The answer leaves, and the sender with it."""
        self._decided = True
        for timer in self._timers:
            timer.cancel()
        if self._message_id is not None:
            self._deliveries.work.end(Kind.AWAITING)
        if self._admitted:
            self._deliveries.admission.farewell(self._conn)
        self._reply.deliver(frame)
