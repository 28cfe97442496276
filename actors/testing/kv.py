"""WatchedKv: the KV part of a WatchedStore. Its calls pass the same faults and holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from actors.storage.kv import KvEntry, KvRange, KvStore, KvWrite
from actors.testing.faults import StoreCall

T = TypeVar("T")


class Pass(Protocol):
    """Lets a call through, or has it fail as ordered."""

    async def __call__(self, name: StoreCall, call: Callable[[], Awaitable[T]]) -> T: ...


class WatchedKv:
    """See `KvStore`."""

    def __init__(self, real: KvStore, let_pass: Pass) -> None:
        self._real = real
        self._pass = let_pass

    async def get(self, actor_id: str, keys: Sequence[bytes], now: int) -> Sequence[KvEntry]:
        return await self._pass("kv_get", partial(self._real.get, actor_id, keys, now))

    async def list(
        self, actor_id: str, span: KvRange, now: int, *, reverse: bool = False, limit: int
    ) -> Sequence[KvEntry]:
        call = partial(self._real.list, actor_id, span, now, reverse=reverse, limit=limit)
        return await self._pass("kv_list", call)

    async def write(self, writes: Sequence[KvWrite]) -> Sequence[bool]:
        return await self._pass("kv_write", partial(self._real.write, writes))

    async def sweep(self, before: int, limit: int) -> int:
        return await self._pass("kv_sweep", partial(self._real.sweep, before, limit))
