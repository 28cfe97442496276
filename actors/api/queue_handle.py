"""QueueHandle: a queue as callers of its actor hold it, typed as `BoundQueue`. Only sending works on it."""

from __future__ import annotations

from functools import partial
from typing import Any, Unpack

from actors.api.binding import bound_transport
from actors.api.calls import Call
from actors.api.methods import MethodHandle
from actors.api.queue import BoundQueue, Manner, Queue, Waiting
from actors.api.transport import Target
from actors.api.words import check_words
from actors.runtime.deliveries import Delivery
from actors.runtime.queue_limits import check_manner, check_seconds


class QueueHandle:
    """Makes no request before a Call is awaited."""

    __slots__ = ("_actor", "_queue", "_target")

    def __init__(self, actor: type, queue: Queue[Any, Any], target: Target) -> None:
        self._actor = actor
        self._queue = queue
        self._target = target

    @property
    def name(self) -> str:
        """The published wire name."""
        return self._queue.definition.name

    @property
    def send(self) -> MethodHandle:
        """See `BoundQueue.send`."""

        def send(body: Any, **how: Unpack[Manner]) -> Call[None]:
            check_words("queue.invalid_request", f"{self._label}.send()", Manner, how)
            return self._call("send", Delivery(self.name, body, **how))

        def on_commit(body: Any, **how: Unpack[Manner]) -> None:
            check_words("queue.invalid_request", f"{self._label}.send.on_commit()", Manner, how)
            delivery = Delivery(self.name, body, **how)
            _check(delivery)
            bound_transport().send_on_commit(self._target, delivery)

        return MethodHandle(send, on_commit)

    def send_and_wait(self, body: Any, **how: Unpack[Waiting]) -> Call[Any]:
        """See `BoundQueue.send_and_wait`. Raises actor.action_timed_out after the actor's action_timeout."""
        check_words("queue.invalid_request", f"{self._label}.send_and_wait()", Waiting, how)
        return self._call("send_and_wait", Delivery(self.name, body, wait=True, **how))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(BoundQueue, name):
            raise AttributeError(
                f"{self._label}: a queue has no {name!r}; callers use send and send_and_wait."
            )
        raise AttributeError(
            f"{self._label}.{name}() lives inside the actor. Write an action on {self._actor.__name__} "
            "that does it."
        )

    def _call(self, verb: str, delivery: Delivery) -> Call[Any]:
        return Call(f"{self._label}.{verb}()", partial(self._send, delivery), partial(self._block, delivery))

    async def _send(self, delivery: Delivery) -> Any:
        _check(delivery)
        return self._read(delivery, await bound_transport().send(self._target, delivery))

    def _block(self, delivery: Delivery, timeout: float) -> Any:
        _check(delivery)
        return self._read(delivery, bound_transport().send_blocking(self._target, delivery, timeout))

    def _read(self, delivery: Delivery, response: Any) -> Any:
        return self._queue.types.read_response(response) if delivery.wait else None

    @property
    def _label(self) -> str:
        return f"{self._actor.__name__}.{self._queue.attribute}"

    def __repr__(self) -> str:
        return f"<handle of queue {self._label}>"


def _check(delivery: Delivery) -> None:
    """Here, because the wire has no place for what makes no sense. Raises queue.invalid_request."""
    check_manner(delivery.delay, delivery.priority, delivery.dedupe)
    check_seconds("timeout", delivery.timeout)
