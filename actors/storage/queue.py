"""The queue part of the Store contract: messages of each actor, and who may write to them.

Called by the queue writer and by the runtime's `QueueRows`, as `store.queues`. A queue is written by the
generation that opened it last, and by nobody else: the message ids are chosen by its owner, and every write
may be repeated until its outcome is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from actors.storage.alarms import AlarmChange


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message without its body. Ids count from 1 in each actor; times are Unix milliseconds.

    `attempts` counts how often it was handed out. With `died_at` it is a dead letter, and `error` says why.
    """

    message_id: int
    name: str
    created_at: int
    available_at: int
    priority: int = 0
    attempts: int = 0
    dedupe: str | None = None
    died_at: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class QueueContents:
    """Everything an actor's queue holds, by id, dead letters included; `last_id` is the last one given.

    `due_at`: the alarm of the queue.
    """

    last_id: int
    messages: Sequence[StoredMessage]
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class MessagePut:
    """A new message; its id is higher than all before it."""

    message: StoredMessage
    body: bytes


@dataclass(frozen=True, slots=True)
class MessageMark:
    """What has become of a message that stays: handed out, put off, given up, revived or amended.

    `trace` goes with a dead letter, for the staff alone: where in the code the last attempt failed. Without
    `priority` and `body` these stay as they are.
    """

    message_id: int
    attempts: int
    available_at: int
    died_at: int | None = None
    error: str | None = None
    trace: str | None = None
    priority: int | None = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class QueueWrite:
    """What one generation changes in its queue, and its alarm with it. No message is named twice."""

    actor_id: str
    generation: int
    puts: Sequence[MessagePut] = ()
    marks: Sequence[MessageMark] = ()
    drops: Sequence[int] = ()
    alarm: AlarmChange | None = None


Bodies = Mapping[int, bytes]


class QueueStore(Protocol):
    """Fails as a `Store` does."""

    async def open(self, actor_id: str, generation: int) -> QueueContents | None:
        """From now on this generation alone writes to the actor's queue. None: it has been fenced."""
        ...

    async def write(self, writes: Sequence[QueueWrite]) -> Mapping[str, Bodies]:
        """One transaction, each actor at most once in it. Returns the bodies of what was marked.

        Actors that are left out have been fenced, or never opened their queue. Repeating a write is safe.
        """
        ...

    async def read(self, actor_id: str, message_ids: Sequence[int]) -> Bodies:
        """The bodies of messages; unknown ids are left out."""
        ...
