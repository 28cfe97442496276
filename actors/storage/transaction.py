"""OwnTransaction: an atomic block that nothing of the application takes part in. Used by both stores.

Until its end there is nothing to hold: what the block wrote waits in memory, and is stored in one step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from actors.storage.store import BlockWrite, Store, Transaction

WriteTogether: TypeAlias = Callable[[BlockWrite], Awaitable[bool]]
MakeTransaction: TypeAlias = Callable[[Store], Transaction]


class OwnTransaction:
    """See `Transaction`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def check(self) -> None:
        return None

    async def commit(self, write: BlockWrite) -> bool:
        return await self._store.write_together(write)

    async def roll_back(self) -> None:
        return None
