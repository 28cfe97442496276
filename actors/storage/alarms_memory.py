"""The alarm part of the Store in memory. Used by `MemoryStore`; no awaits, so each call is atomic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from actors.storage.alarms import (
    AWAKE_MARGIN,
    NEVER,
    RETRY_PAUSE,
    WAKE_LEASE,
    AlarmChange,
    DueAlarm,
    Source,
)


@dataclass(slots=True)
class _Alarm:
    due_at: int
    wake_at: int


class Alarms:
    """The rows of the server, by actor and source."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Source, _Alarm]] = {}

    def __iter__(self) -> Iterator[tuple[str, Source, _Alarm]]:
        for actor_id, rows in self._rows.items():
            for source, row in rows.items():
                yield actor_id, source, row

    def due_at(self, actor_id: str, source: Source) -> int | None:
        row = self._rows.get(actor_id, {}).get(source)
        return None if row is None else row.due_at

    def keep(self, actor_id: str, source: Source, change: AlarmChange | None) -> None:
        """What a source says, in the name of an actor that is awake."""
        if change is None:
            return
        rows = self._rows.setdefault(actor_id, {})
        if change.due_at is None:
            rows.pop(source, None)
        else:
            rows[source] = _Alarm(change.due_at, change.due_at + AWAKE_MARGIN)

    def claimed(self, actor_id: str) -> None:
        """A node has taken the actor."""
        for row in self._rows.get(actor_id, {}).values():
            row.wake_at = row.due_at + AWAKE_MARGIN

    def released(self, actor_id: str, woken_at: int, slept_at: int, *, failed: bool) -> None:
        """The actor sleeps, after a generation that began at `woken_at`."""
        for row in self._rows.get(actor_id, {}).values():
            again = failed or row.due_at < woken_at
            row.wake_at = max(row.due_at, slept_at + RETRY_PAUSE) if again else row.due_at

    def resumed(self, actor_id: str, *, awake: bool) -> None:
        """The actor is no longer paused: what was put away is due again."""
        for row in self._rows.get(actor_id, {}).values():
            row.wake_at = row.due_at + (AWAKE_MARGIN if awake else 0)

    def destroyed(self, actor_id: str) -> None:
        self._rows.pop(actor_id, None)


class Server(Protocol):
    """The part of `MemoryDatabase` that is needed here."""

    alarms: Alarms

    def awake(self, actor_id: str) -> bool: ...

    def paused(self, actor_id: str, source: Source) -> bool: ...

    def address_of(self, actor_id: str) -> str | None: ...


class MemoryAlarms:
    """See `AlarmStore`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def next(self) -> int | None:
        return min((row.wake_at for *_, row in self._server.alarms if row.wake_at < NEVER), default=None)

    async def claim(self, now: int, *, late: int = 0, limit: int) -> Sequence[DueAlarm]:
        due = [item for item in self._server.alarms if item[2].wake_at <= now - late]
        due.sort(key=lambda item: (item[2].wake_at, *item[:2]))
        found: dict[str, DueAlarm] = {}
        for actor_id, source, row in due[:limit]:
            paused = self._server.paused(actor_id, source)
            row.wake_at = NEVER if paused else now + WAKE_LEASE
            if not paused and not self._server.awake(actor_id):
                first = min(row.due_at, found[actor_id].due_at) if actor_id in found else row.due_at
                found[actor_id] = DueAlarm(actor_id, first, self._server.address_of(actor_id))
        return list(found.values())

    async def beats(self) -> int:
        return 0
