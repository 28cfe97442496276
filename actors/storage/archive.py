"""The archive part of the Store contract: all that is stored of one actor, as one value, out and in again.

Called by `actors export` and `actors import`, as `store.archives`. Connections are no part of it: they belong
to sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from actors.storage.kv import KvEntry
from actors.storage.queue import StoredMessage
from actors.storage.schedules import ScheduleContents


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """A message or a dead letter, with its body; `trace` says where the last attempt failed."""

    message: StoredMessage
    body: bytes
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class ArchivedQueue:
    """`last_id` is the last one given, `due_at` the alarm of the queue."""

    last_id: int
    due_at: int | None
    messages: Sequence[ArchivedMessage]


@dataclass(frozen=True, slots=True)
class Archive:
    """One actor. Times are Unix milliseconds; `schedules` has all their runs, ended ones too.

    `state` is None for one that has never been initialized, `queue` and `schedules` if it never had any.
    """

    actor_id: str
    name: str
    key: str
    crash_policy: str
    input: bytes | None
    created_at: int
    started_at: int | None
    revision: int
    state: bytes | None
    kv: Sequence[KvEntry] = ()
    queue: ArchivedQueue | None = None
    schedules: ScheduleContents | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """The living actor that an archive takes the place of, and the generation that it is known by."""

    actor_id: str
    generation: int


class ArchiveStore(Protocol):
    """Fails as a `Store` does."""

    async def read(self, actor_id: str) -> Archive | None:
        """All of it at one moment. None: there is no such actor, or it was destroyed."""
        ...

    async def write(self, archive: Archive, now: int, replaced: Replaced | None = None) -> bool:
        """One transaction: the actor is there again, asleep, under a generation that nobody had.

        False, and nothing has changed: its id or its key is that of a living actor. One such may be
        `replaced`, in the same transaction, unless its generation has risen since: whoever calls has seen
        that no node holds it.
        """
        ...
