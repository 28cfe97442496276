"""WatchedTransaction: an atomic block of a WatchedStore. Its commit is the call "write_together"."""

from __future__ import annotations

from functools import partial

from actors.storage.store import BlockWrite, Transaction
from actors.testing.kv import Pass


class WatchedTransaction:
    """See `Transaction`."""

    def __init__(self, real: Transaction, let_pass: Pass) -> None:
        self._real = real
        self._pass = let_pass

    async def open(self) -> None:
        await self._real.open()

    async def close(self) -> None:
        await self._real.close()

    async def check(self) -> None:
        await self._real.check()

    async def commit(self, write: BlockWrite) -> bool:
        return await self._pass("write_together", partial(self._real.commit, write))

    async def roll_back(self) -> None:
        await self._real.roll_back()
