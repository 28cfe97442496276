"""WatchedOutbox: the outbox part of a WatchedStore. Its calls pass the same faults and holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from actors.storage.outbox import OutboxCall, OutboxMark, OutboxRow, OutboxStore
from actors.testing.kv import Pass


class WatchedOutbox:
    """See `OutboxStore`."""

    def __init__(self, real: OutboxStore, let_pass: Pass) -> None:
        self._real = real
        self._pass = let_pass
        self._heard: Callable[[], None] | None = None

    def tell(self) -> None:
        """The process under test has committed a call: who listens need not wait for a socket to say so."""
        if self._heard is not None:
            self._heard()

    async def claim(self, now: int, limit: int) -> list[OutboxRow]:
        return await self._pass("outbox_claim", partial(self._real.claim, now, limit))

    async def follow(self, call: OutboxCall, now: int) -> OutboxRow | None:
        return await self._pass("outbox_follow", partial(self._real.follow, call, now))

    async def renew(self, row_ids: list[int], now: int) -> None:
        await self._pass("outbox_renew", partial(self._real.renew, row_ids, now))

    async def mark(self, mark: OutboxMark) -> None:
        await self._pass("outbox_mark", partial(self._real.mark, mark))

    async def holds(self, row_id: int) -> bool:
        return await self._pass("outbox_holds", partial(self._real.holds, row_id))

    async def listen(self, heard: Callable[[], None]) -> None:
        await self._pass("outbox_listen", partial(self._real.listen, heard))
        self._heard = heard
