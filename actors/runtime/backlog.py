"""Backlog: the messages of one actor's queues as they stand, and which of them is next. No I/O, no waiting.

The mailbox keeps it in step with the store. Bodies stay in the database until a message is handed out.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from actors.storage.queue import MessageMark, QueueContents, StoredMessage

Place = Literal["coming", "ready", "later", "held", "leaving", "dead"]


@dataclass(slots=True, eq=False)
class Entry:
    """A message. `place`: being stored, to be had, put off, handed out, about to leave that, or given up.

    `write` is the last write that concerns it.
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
    place: Place = "coming"
    write: asyncio.Future[Any] | None = None

    def stored(self) -> StoredMessage:
        """As a store takes it."""
        return StoredMessage(
            self.message_id,
            self.name,
            self.created_at,
            self.available_at,
            self.priority,
            self.attempts,
            self.dedupe,
            self.died_at,
            self.error,
        )

    def mark(self, trace: str | None = None) -> MessageMark:
        """What a store is to be told of it now."""
        return MessageMark(self.message_id, self.attempts, self.available_at, self.died_at, self.error, trace)


class Backlog:
    """Of the messages that are ready the one with the highest priority is next, among equals the oldest.

    `grew` is told by how many messages there are more in memory; `moved` of each that is stored, or gone.
    """

    __slots__ = ("_dead", "_dedupes", "_entries", "_grew", "_last_id", "_later", "_moved", "_ready")

    def __init__(self, grew: Callable[[int], None], moved: Callable[[bool], None]) -> None:
        self._grew = grew
        self._moved = moved
        self._entries: dict[int, Entry] = {}
        self._last_id = 0
        self._ready: dict[str, list[tuple[int, int]]] = {}
        self._later: list[tuple[int, int]] = []
        self._dedupes: dict[tuple[str, str], int] = {}
        self._dead = 0

    def load(self, contents: QueueContents, now: int) -> None:
        """Begin with what is stored. What an earlier generation had handed out can be had again."""
        self._last_id = contents.last_id
        for message in contents.messages:
            entry = Entry(
                message.message_id,
                message.name,
                message.created_at,
                message.available_at,
                message.priority,
                message.attempts,
                message.dedupe,
                message.died_at,
                message.error,
            )
            self._keep(entry)
            if entry.died_at is None:
                self.admit(entry, now)
            else:
                self.bury(entry)

    def __len__(self) -> int:
        """All that is stored, or about to be: also what is handed out, and dead letters."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """All of them, the oldest first."""
        return iter(self._entries.values())

    def find(self, message_id: int) -> Entry | None:
        return self._entries.get(message_id)

    def twin(self, name: str, dedupe: str | None) -> Entry | None:
        """The message with the same dedupe key that is not completed yet and no dead letter."""
        found = None if dedupe is None else self._dedupes.get((name, dedupe))
        return None if found is None else self._entries[found]

    def new(self, name: str, now: int, available_at: int, priority: int, dedupe: str | None) -> Entry:
        """A message that is about to be stored. It counts, but cannot be had before it is admitted."""
        self._last_id += 1
        entry = Entry(self._last_id, name, now, available_at, priority, dedupe=dedupe)
        self._keep(entry)
        return entry

    def stored(self, entry: Entry, now: int) -> None:
        """A new message is durable."""
        self.admit(entry, now)
        self._moved(True)

    def admit(self, entry: Entry, now: int) -> None:
        """It can be had, from its time on. Also for a message that comes back."""
        if entry.available_at <= now:
            entry.place = "ready"
            heapq.heappush(self._ready.setdefault(entry.name, []), (-entry.priority, entry.message_id))
        else:
            entry.place = "later"
            heapq.heappush(self._later, (entry.available_at, entry.message_id))

    def mature(self, now: int) -> None:
        """What has been put off until now can be had."""
        while self._later and self._later[0][0] <= now:
            _, message_id = heapq.heappop(self._later)
            self.admit(self._entries[message_id], now)

    def next_due(self) -> int | None:
        """When the first of those that were put off can be had."""
        return self._later[0][0] if self._later else None

    @property
    def pressing(self) -> bool:
        """Whether there is a message that is neither put off nor given up."""
        return len(self._entries) > len(self._later) + self._dead

    def pressing_of(self, names: Collection[str]) -> bool:
        """As `pressing`, in these queues."""
        past = ("later", "dead")
        return self.pressing and any(
            entry.name in names and entry.place not in past for entry in self._entries.values()
        )

    def has(self, names: Iterable[str]) -> bool:
        """Whether a message of these queues can be had."""
        return any(self._ready.get(name) for name in names)

    def take(self, names: Iterable[str]) -> Entry | None:
        """Hand out the next message of these queues."""
        tops = [(ready[0], ready) for name in names if (ready := self._ready.get(name))]
        if not tops:
            return None
        _, ready = min(tops, key=lambda top: top[0])
        entry = self._entries[heapq.heappop(ready)[1]]
        entry.place = "held"
        return entry

    def withdraw(self, name: str, message_ids: Collection[int] | None) -> list[Entry]:
        """Take messages that nobody has in hand, None: all of it. Then each is admitted or forgotten."""
        taken = [
            entry
            for entry in self._entries.values()
            if entry.name == name
            and entry.place in ("ready", "later")
            and (message_ids is None or entry.message_id in message_ids)
        ]
        for entry in taken:
            entry.place = "leaving"
        left = [pair for pair in self._ready.get(name, ()) if self._entries[pair[1]].place == "ready"]
        self._ready[name] = left
        self._later = [pair for pair in self._later if self._entries[pair[1]].place == "later"]
        heapq.heapify(left)
        heapq.heapify(self._later)
        return taken

    def bury(self, entry: Entry) -> None:
        """It is a dead letter from now on, and its dedupe key is free."""
        entry.place = "dead"
        self._dead += 1
        self._free(entry)

    def revive(self, entry: Entry, now: int) -> None:
        """A dead letter is about to begin anew. Its dedupe key stays with whoever has it by now."""
        self._dead -= 1
        entry.place = "coming"
        entry.attempts, entry.died_at, entry.error, entry.available_at = 0, None, None, now
        if entry.dedupe is not None:
            self._dedupes.setdefault((entry.name, entry.dedupe), entry.message_id)

    def forget(self, entry: Entry) -> None:
        """It is gone: completed, discarded, or it could not be stored."""
        if self._entries.pop(entry.message_id, None) is not None:
            self._grew(-1)
            if entry.place != "coming":  # else it was never stored
                self._moved(False)
        if entry.place == "dead":
            self._dead -= 1
            entry.place = "leaving"
        self._free(entry)

    def close(self) -> None:
        """The generation is over: what is here counts for the next one."""
        self._grew(-len(self._entries))
        self._grew = _nothing

    def dead(self, name: str) -> Iterator[Entry]:
        """The dead letters of a queue, the oldest first."""
        return (entry for entry in self._entries.values() if entry.place == "dead" and entry.name == name)

    def _keep(self, entry: Entry) -> None:
        self._entries[entry.message_id] = entry
        self._grew(1)
        if entry.dedupe is not None and entry.died_at is None:
            self._dedupes.setdefault((entry.name, entry.dedupe), entry.message_id)

    def _free(self, entry: Entry) -> None:
        if entry.dedupe is not None and self._dedupes.get((entry.name, entry.dedupe)) == entry.message_id:
            del self._dedupes[entry.name, entry.dedupe]


def _nothing(change: int) -> None:
    """Nobody counts any more."""
