"""One look for all who ask within two seconds; a look that failed is no answer for the next."""

from __future__ import annotations

import asyncio

import pytest

from actors.clock import ManualClock
from actors.gateway.recent import SECONDS, Recent


class Looks:
    """Counts them. While `fails`, a look raises."""

    def __init__(self, clock: ManualClock) -> None:
        self.count = 0
        self.fails = False
        self._clock = clock

    async def __call__(self) -> int:
        self.count += 1
        await self._clock.sleep(1)
        if self.fails:
            raise OSError("nobody answers")
        return self.count


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def looks(clock: ManualClock) -> Looks:
    return Looks(clock)


async def test_those_who_ask_together_share_a_look(clock: ManualClock, looks: Looks) -> None:
    recent = Recent[int]()
    asking = [asyncio.ensure_future(recent.get(looks, clock)) for _ in range(3)]
    await clock.advance(1)
    assert await asyncio.gather(*asking) == [1, 1, 1]


async def test_it_looks_again_when_the_last_look_is_old(clock: ManualClock, looks: Looks) -> None:
    recent = Recent[int]()
    for expected in (1, 2):
        asking = asyncio.ensure_future(recent.get(looks, clock))
        await clock.advance(1)
        assert await asking == expected
        await clock.advance(SECONDS - 0.1)
        assert await recent.get(looks, clock) == expected
        await clock.advance(0.2)


async def test_who_gives_up_takes_the_look_from_nobody(clock: ManualClock, looks: Looks) -> None:
    recent = Recent[int]()
    hasty, patient = (asyncio.ensure_future(recent.get(looks, clock)) for _ in range(2))
    await clock.settle()
    hasty.cancel()
    await clock.advance(1)
    assert await patient == 1


async def test_after_a_failure_the_next_looks_again(clock: ManualClock, looks: Looks) -> None:
    recent, looks.fails = Recent[int](), True
    asking = asyncio.ensure_future(recent.get(looks, clock))
    await clock.advance(1)
    with pytest.raises(OSError, match="nobody answers"):
        await asking
    looks.fails = False
    asking = asyncio.ensure_future(recent.get(looks, clock))
    await clock.advance(1)
    assert await asking == 2
