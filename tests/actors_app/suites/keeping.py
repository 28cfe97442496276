"""Actors for suites about what an actor keeps beside its state: keys, and messages in queues."""

from __future__ import annotations

from actors import Actor, action


class Drawer(Actor):
    """Gives its keys away."""

    @action
    async def put(self, key: str, value: str) -> None:
        await self.kv.put(key, value)

    @action
    async def get(self, key: str) -> str | None:
        return await self.kv.get(key)

    @action
    async def list(self, prefix: str) -> list[tuple[str, str]]:
        return await self.kv.list(prefix)

    @action
    async def list_range(
        self, start: str, end: str, reverse: bool = False, limit: int = 100
    ) -> list[tuple[str, str]]:
        return await self.kv.list_range(start, end, reverse=reverse, limit=limit)

    @action
    async def delete_range(self, start: str, end: str) -> None:
        await self.kv.delete_range(start, end)

    @action
    async def keep_bytes(self, key: str, values: list[int]) -> list[int]:
        await self.kv.put(key, bytes(values))
        return [*(await self.kv.get(key, type=bytes) or b"")]
