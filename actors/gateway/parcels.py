"""Messages that handles send to queues, as bytes, and what comes back: the same inside and over HTTP."""

from __future__ import annotations

from typing import Any, Final

from actors.errors import ActorError, error
from actors.gateway.forward import Answer
from actors.gateway.listener import ValueReply
from actors.gateway.wire import copy_of, member_of
from actors.protocol import cbor
from actors.protocol.codec import codec_for
from actors.protocol.messages import QueueSend
from actors.runtime.completions import Outcome
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Delivery
from actors.runtime.queue_limits import check_manner, check_size

_CBOR: Final = codec_for("cbor")


class Parcel:
    """One message, encoded when it is sent: later changes of the sender's objects do not count.

    Raises message.incoming_too_long above `limit` bytes, wherever the actor lives.
    """

    __slots__ = ("body", "queue", "timeout")

    def __init__(self, delivery: Delivery, limit: int) -> None:
        self.queue = delivery.queue
        self.timeout = None if delivery.timeout is None else round(delivery.timeout * 1000)
        fields = {
            "body": delivery.body,
            "wait": delivery.wait,
            "timeout": self.timeout,
            "delay": round(delivery.delay * 1000),
            "priority": delivery.priority,
            "dedupe": delivery.dedupe,
        }
        self.body = cbor.encode(fields)
        self.check(limit)

    def check(self, limit: int) -> None:
        """Raises message.incoming_too_long for more bytes than the actor's class takes."""
        if len(self.body) > limit:
            raise error("message.incoming_too_long")

    def delivery(self) -> Delivery:
        """A copy that the actor may keep."""
        return delivery_of(self.queue, _CBOR.http_queue_request(self.body))

    def response_in(self, frame: bytes | ActorError) -> Any:
        """What `QueueReply` was given. Raises the actor's error."""
        if isinstance(frame, ActorError):
            raise copy_of(frame)
        return self._response(cbor.decode(frame))

    def response_of(self, answer: Answer) -> Any:
        """What the owner's door answers. Raises the error that it carries."""
        return self._response(member_of(answer, "status"))

    def _response(self, body: dict[str, Any]) -> Any:
        """None without a response, and if the sender did not wait for one."""
        if body["status"] == "timedOut":
            raise error("queue.timed_out", timeout_ms=self.timeout)
        return body.get("response")


class QueueReply(ValueReply):
    """Waits for what becomes of one message."""

    __slots__ = ()

    def encode(self, output: Outcome) -> bytes:
        return self.fitting(_CBOR.http_queue_response(output.status, output.response))


def check_delivery(delivery: Delivery, definition: ActorDefinition) -> None:
    """Raises what is wrong with a message in itself, as an actor of that class would."""
    queue = definition.queues.get(delivery.queue)
    if queue is not None:
        check_manner(delivery.delay, delivery.priority, delivery.dedupe)
        check_size(queue.name, queue.encode(delivery.body), definition.options.max_queue_message_size)


def delivery_of(queue: str, send: QueueSend) -> Delivery:
    """A decoded request to the queue of that wire name, in seconds."""
    timeout = None if send.timeout is None else send.timeout / 1000
    return Delivery(queue, send.body, send.wait, timeout, send.delay / 1000, send.priority, send.dedupe)
