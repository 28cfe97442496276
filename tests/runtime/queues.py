"""Queues for runtime tests: two declared ones, and senders that write down what they are answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actors.errors import ActorError, error
from actors.protocol import cbor
from actors.runtime.conn import ConnectRequest
from actors.runtime.definition import ActorDefinition, QueueDefinition
from actors.runtime.deliveries import Delivery
from actors.runtime.message import Message
from actors.runtime.queue import Mailbox
from actors.runtime.task import ActorTask
from tests.runtime.support import Answer, World, define


def copied(response: Any) -> Any:
    """Any response that can travel."""
    try:
        return cbor.decode(cbor.encode(response))
    except ActorError as failure:
        raise error("queue.invalid_completion_payload", reason=failure.message) from failure


CODEC = (cbor.encode, cbor.decode, copied)
JOBS = QueueDefinition("jobs", *CODEC, frozenset({"job_s"}), max_attempts=3, lease=30.0, backoff=0)
MAIL = QueueDefinition("mail", *CODEC)
BOTH = ("jobs", "mail")


def define_queues(**how: Any) -> ActorDefinition:
    """A class with the queues `jobs` and `mail`."""
    return replace(define(**how), queues={"jobs": JOBS, "job_s": JOBS, "mail": MAIL})


def mailbox(task: ActorTask) -> Mailbox:
    return task.context.mailbox


async def send(task: ActorTask, body: Any, queue: QueueDefinition = JOBS, **how: Any) -> int:
    return await mailbox(task).send(queue, cbor.encode(body), **how)


async def receive(
    task: ActorTask, *names: str, count: int = 1, timeout: float | None = 0
) -> list[Message[Any, Any]]:
    return await mailbox(task).receive(names or BOTH, count, timeout)


async def bodies(task: ActorTask, *names: str) -> list[Any]:
    """What can be had now, completed in passing."""
    found = []
    while messages := await receive(task, *names):
        found.append(messages[0].body)
        await messages[0].complete()
    return found


def deliver(task: ActorTask, body: Any, queue: str = "jobs", **how: Any) -> Answer:
    """An external send; the answer's value is an `Outcome`."""
    answer = Answer()
    task.deliver(ConnectRequest(), Delivery(queue, body, **how), answer)
    return answer


async def delivered(world: World, task: ActorTask, body: Any, queue: str = "jobs", **how: Any) -> Answer:
    answer = deliver(task, body, queue, **how)
    await world.clock.settle()
    return answer
