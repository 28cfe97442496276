"""Releases: group release. Actors of a node that end together are given back in one round trip.

The first goes at once; others collect while it is in flight, as with claims.
"""

from __future__ import annotations

import asyncio

from actors.clock import Clock
from actors.storage.store import Release, Store

MAX_RELEASES = 500


class Releases:
    """One per membership of a node."""

    __slots__ = ("_clock", "_running", "_store", "_waiting")

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[tuple[Release, asyncio.Future[bool]]] = []
        self._running = False

    async def release(self, release: Release) -> bool:
        """Give one actor back. False if it was no longer ours. Raises what `Store.release` raises."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((release, answer))
        if not self._running:
            self._running = True
            self._clock.spawn(self._run(), name="directory releases")
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_RELEASES], self._waiting[MAX_RELEASES:]
            try:
                released = await self._store.release([release for release, _ in batch])
            except Exception as failure:  # every waiter must hear of it
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(failure)
                continue
            for release, answer in batch:
                if not answer.done():
                    answer.set_result(release.actor_id in released)
        self._running = False
