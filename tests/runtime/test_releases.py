"""Group release."""

from __future__ import annotations

import asyncio

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError, error
from actors.runtime.releases import Releases
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import Claimed, ClaimRequest, NewActor, NodeRecord, Release


class Counting(MemoryStore):
    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.batches: list[int] = []
        self.fail = False

    async def release(self, releases):  # type: ignore[no-untyped-def]
        self.batches.append(len(releases))
        await asyncio.sleep(0)
        if self.fail:
            raise error("storage.unavailable")
        return await super().release(releases)


async def claimed(store: Counting, count: int) -> list[Release]:
    await store.join(NodeRecord("n", ""), lambda: None)
    requests = [ClaimRequest(new=NewActor(f"id{n}", "counter", str(n))) for n in range(count)]
    results = await store.claim("n", requests)
    assert all(isinstance(result, Claimed) for result in results)
    return [Release(f"id{n}", 1, 0) for n in range(count)]


async def test_what_ends_together_is_given_back_together() -> None:
    clock = ManualClock()
    store = Counting(MemoryDatabase(clock))
    releases = Releases(store, clock)
    gone = await asyncio.gather(*map(releases.release, await claimed(store, 100)))
    assert (gone, sum(store.batches), len(store.batches) <= 2) == ([True] * 100, 100, True)


async def test_false_for_what_is_no_longer_ours_and_the_error_for_everyone() -> None:
    clock = ManualClock()
    store = Counting(MemoryDatabase(clock))
    releases = Releases(store, clock)
    (ours,) = await claimed(store, 1)
    assert await releases.release(Release(ours.actor_id, 99, 0)) is False
    store.fail = True
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await releases.release(ours)
    store.fail = False
    assert await releases.release(ours) is True
