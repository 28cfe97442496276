"""The KV part of the Store in memory. Used by `MemoryStore`; no awaits, so each call is atomic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from actors.storage.kv import KvEntry, KvRange, KvWrite

Keys = dict[bytes, KvEntry]


class Server(Protocol):
    """The part of `MemoryDatabase` that is needed here."""

    kv: dict[str, Keys]

    def owns(self, actor_id: str, generation: int) -> bool: ...


class MemoryKv:
    """See `KvStore`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def get(self, actor_id: str, keys: Sequence[bytes], now: int) -> Sequence[KvEntry]:
        entries = self._server.kv.get(actor_id, {})
        found = (entries.get(key) for key in set(keys))
        return [entry for entry in found if entry is not None and not entry.expired(now)]

    async def list(
        self, actor_id: str, span: KvRange, now: int, *, reverse: bool = False, limit: int
    ) -> Sequence[KvEntry]:
        entries = self._server.kv.get(actor_id, {})
        keys = sorted((key for key in entries if key in span), reverse=reverse)
        return [entries[key] for key in keys if not entries[key].expired(now)][:limit]

    async def write(self, writes: Sequence[KvWrite]) -> Sequence[bool]:
        return [self._write(write) for write in writes]

    def _write(self, write: KvWrite) -> bool:
        if not self._server.owns(write.actor_id, write.generation):
            return False
        entries = self._server.kv.setdefault(write.actor_id, {})
        _remove(entries, lambda entry: any(entry.key in span for span in write.removed))
        entries.update((entry.key, entry) for entry in write.put)
        return True

    async def sweep(self, before: int, limit: int) -> int:
        every = [(e.expires_at, a, k) for a, keys in self._server.kv.items() for k, e in keys.items()]
        old = sorted((at, a, k) for at, a, k in every if at is not None and at < before)[:limit]
        for _, actor_id, key in old:
            del self._server.kv[actor_id][key]
        return len(old)


def _remove(entries: Keys, gone: Callable[[KvEntry], bool]) -> None:
    for entry in [entry for entry in entries.values() if gone(entry)]:
        del entries[entry.key]
