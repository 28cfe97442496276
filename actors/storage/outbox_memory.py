"""The outbox part of the Store in memory. Used by `MemoryStore`; no awaits, so each call is atomic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from actors.storage.outbox import LEASE, PAUSED, OutboxCall, OutboxMark, OutboxRow


@dataclass(slots=True)
class _Row:
    call: OutboxCall
    next_at: int
    attempts: int = 0
    failed_at: int | None = None
    error: str | None = None


@dataclass(slots=True)
class Outbox:
    """The table, by id, and who listens."""

    rows: dict[int, _Row] = field(default_factory=dict)
    last_id: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def add(self, call: OutboxCall) -> int:
        """As the INSERT of a transaction that has been committed."""
        self.last_id += 1
        self.rows[self.last_id] = _Row(call, call.created_at)
        self.tell()
        return self.last_id

    def tell(self) -> None:
        """Those who listen."""
        for heard in self.listeners:
            heard()

    def heads(self) -> dict[int, _Row]:
        """The first call of each actor."""
        found: dict[tuple[str, str], int] = {}
        for row_id, row in self.rows.items():
            if row.failed_at is None:
                found.setdefault((row.call.name, row.call.key), row_id)
        return {row_id: self.rows[row_id] for row_id in found.values()}

    def lease(self, row_id: int, now: int) -> None:
        self.rows[row_id].next_at = now + LEASE


class Server(Protocol):
    """The part of `MemoryDatabase` that is needed here."""

    outbox: Outbox

    def holds_calls(self, name: str, key: str) -> bool:
        """Whether the actor of that name and key, or with that id, is paused."""
        ...


class MemoryOutbox:
    """See `OutboxStore`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._heard: Callable[[], None] | None = None

    async def claim(self, now: int, limit: int) -> list[OutboxRow]:
        outbox = self._server.outbox
        due = [(row.next_at, row_id) for row_id, row in outbox.heads().items() if row.next_at <= now]
        return [self._lease(row_id, now) for _, row_id in sorted(due)[:limit]]

    async def follow(self, call: OutboxCall, now: int) -> OutboxRow | None:
        for row_id, row in self._server.outbox.heads().items():
            if (row.call.name, row.call.key) == (call.name, call.key) and row.next_at <= now:
                return self._lease(row_id, now)
        return None

    def _lease(self, row_id: int, now: int) -> OutboxRow:
        self._server.outbox.lease(row_id, now)
        row = self._server.outbox.rows[row_id]
        paused = row.call.kind == "action" and self._server.holds_calls(row.call.name, row.call.key)
        return OutboxRow(row_id, row.attempts, row.call, paused)

    async def renew(self, row_ids: list[int], now: int) -> None:
        for row_id in row_ids:
            if row_id in self._server.outbox.rows:
                self._server.outbox.lease(row_id, now)

    async def mark(self, mark: OutboxMark) -> None:
        row = self._server.outbox.rows.get(mark.row_id)
        if row is not None:
            row.attempts, row.next_at = mark.attempts, mark.next_at
            row.failed_at, row.error = mark.failed_at, mark.error

    async def hasten(self, name: str, key: str, now: int) -> None:
        for row in self._server.outbox.heads().values():
            if (row.call.name, row.call.key) == (name, key) and (row.error or "").startswith(f"{PAUSED}:"):
                row.next_at = now
                self._server.outbox.tell()

    async def holds(self, row_id: int) -> bool:
        return row_id in self._server.outbox.rows

    async def listen(self, heard: Callable[[], None]) -> None:
        if self._heard is None:
            self._heard = heard
            self._server.outbox.listeners.append(heard)

    def close(self) -> None:
        """The process hears nothing more."""
        if self._heard is not None:
            self._server.outbox.listeners.remove(self._heard)
            self._heard = None
