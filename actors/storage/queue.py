"""What the Store contract says of queues: plain data. See `Store.open_queue` and `Store.write_queues`.

A queue is written by the generation that opened it last, and by nobody else: the message ids are chosen by
its owner, and every write may be repeated until its outcome is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


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
    """Everything an actor's queue holds, by id, dead letters included; `last_id` is the last one given."""

    last_id: int
    messages: Sequence[StoredMessage]


@dataclass(frozen=True, slots=True)
class MessagePut:
    """A new message; its id is higher than all before it."""

    message: StoredMessage
    body: bytes


@dataclass(frozen=True, slots=True)
class MessageMark:
    """What has become of a message that stays: handed out, put off, given up or revived."""

    message_id: int
    attempts: int
    available_at: int
    died_at: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class QueueWrite:
    """What one generation changes in its queue. No message is named twice."""

    actor_id: str
    generation: int
    puts: Sequence[MessagePut] = ()
    marks: Sequence[MessageMark] = ()
    drops: Sequence[int] = ()


Bodies = Mapping[int, bytes]
