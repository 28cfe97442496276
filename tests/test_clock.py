"""ManualClock is exact, LoopClock is real, and both time out and spawn alike."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator

import pytest

from actors.clock import Clock, LoopClock, ManualClock
from tests.loose_ends import LooseEnds


@pytest.fixture
def manual() -> ManualClock:
    return ManualClock(start_ms=1_000)


async def test_a_manual_clock_stands_still(manual: ManualClock) -> None:
    fired: list[str] = []
    manual.call_later(0, fired.append, "now")
    await manual.settle()
    assert (fired, manual.now_ms(), manual.monotonic()) == ([], 1_000, 0.0)
    await manual.advance(0)
    assert fired == ["now"]


async def test_timers_fire_in_order_of_time_then_of_arming(manual: ManualClock) -> None:
    fired: list[tuple[str, int]] = []

    def note(name: str) -> None:
        fired.append((name, manual.now_ms()))

    manual.call_later(2, note, "late")
    manual.call_later(1, note, "first")
    manual.call_later(1, note, "second")
    await manual.advance(3)
    assert fired == [("first", 2_000), ("second", 2_000), ("late", 3_000)]
    assert manual.now_ms() == 4_000


async def test_a_timer_armed_by_a_timer_fires_in_the_same_advance(manual: ManualClock) -> None:
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(manual.now_ms())
        manual.call_later(1, tick)

    manual.call_later(1, tick)
    await manual.advance(3.5)
    assert ticks == [2_000, 3_000, 4_000]


async def test_tenths_add_up(manual: ManualClock) -> None:
    fired: list[int] = []
    manual.call_later(0.3, fired.append, 1)
    for _ in range(3):
        await manual.advance(0.1)
    assert fired == [1]


async def test_a_cancelled_timer_does_not_fire(manual: ManualClock) -> None:
    fired: list[int] = []
    timer = manual.call_later(1, fired.append, 1)
    timer.cancel()
    await manual.advance(2)
    timer.cancel()
    assert fired == []


async def test_sleepers_wake_at_their_time(manual: ManualClock) -> None:
    woken: list[int] = []

    async def sleeper(seconds: float) -> None:
        await manual.sleep(seconds)
        woken.append(manual.now_ms())

    tasks = [manual.spawn(sleeper(seconds), name="sleeper") for seconds in (2, 1, 0)]
    await manual.settle()
    assert woken == [1_000]
    await manual.advance(5)
    assert woken == [1_000, 2_000, 3_000]
    assert all(task.done() for task in tasks)


async def test_settling_runs_what_each_step_makes_ready(manual: ManualClock) -> None:
    steps = 0

    async def walk() -> None:
        nonlocal steps
        for _ in range(50):
            await asyncio.sleep(0)
            steps += 1

    task = manual.spawn(walk(), name="walk")
    await manual.settle()
    assert task.done()
    assert steps == 50


async def test_a_loop_that_never_rests_is_reported(manual: ManualClock) -> None:
    async def spin() -> None:
        while True:  # noqa: ASYNC110 - to never wait is the point
            await asyncio.sleep(0)

    task = manual.spawn(spin(), name="spin")
    with pytest.raises(RuntimeError, match="never waits"):
        await manual.settle()
    task.cancel()


@pytest.fixture(params=["manual", "loop"])
async def clock(request: pytest.FixtureRequest) -> AsyncIterator[Clock]:
    yield ManualClock() if request.param == "manual" else LoopClock()


async def turn(clock: Clock, seconds: float) -> None:
    """Let `seconds` pass on either clock."""
    if isinstance(clock, ManualClock):
        await clock.advance(seconds)
    else:
        await asyncio.sleep(seconds)


async def test_a_timeout_cuts_a_block_short(clock: Clock) -> None:
    async def wait() -> None:
        async with clock.timeout(0.01):
            await asyncio.get_running_loop().create_future()

    task = clock.spawn(wait(), name="wait")
    await asyncio.sleep(0)
    await turn(clock, 0.02)
    with pytest.raises(TimeoutError):
        await task


@pytest.mark.parametrize("seconds", [60, None])
async def test_a_timeout_lets_a_quick_block_pass(clock: Clock, seconds: float | None) -> None:
    async with clock.timeout(seconds) as timeout:
        await asyncio.sleep(0)
    await turn(clock, 0)
    assert not timeout.expired


async def test_a_cancellation_from_outside_stays_one(clock: Clock) -> None:
    async def wait() -> None:
        async with clock.timeout(60):
            await asyncio.get_running_loop().create_future()

    task = clock.spawn(wait(), name="wait")
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_beside_the_timeout_wins(clock: Clock) -> None:
    async def wait() -> None:
        async with clock.timeout(0.01):
            await asyncio.get_running_loop().create_future()

    task = clock.spawn(wait(), name="wait")
    await asyncio.sleep(0)
    if isinstance(clock, ManualClock):
        clock.call_later(0.01, task.cancel)
        await clock.advance(0.01)
    else:
        task.cancel()
    with pytest.raises((asyncio.CancelledError, TimeoutError)):
        await task


async def test_an_error_of_the_block_is_not_hidden(clock: Clock) -> None:
    with pytest.raises(ValueError, match="own"):
        async with clock.timeout(60):
            raise ValueError("own")


async def test_an_inner_timeout_does_not_end_the_outer(clock: Clock) -> None:
    async def wait() -> str:
        async with clock.timeout(60):
            try:
                async with clock.timeout(0.01):
                    await asyncio.get_running_loop().create_future()
            except TimeoutError:
                return "inner"
        return "none"

    task = clock.spawn(wait(), name="wait")
    await asyncio.sleep(0)
    await turn(clock, 0.02)
    assert await task == "inner"


async def test_a_task_lives_without_anybody_holding_it(clock: Clock) -> None:
    done = asyncio.Event()

    async def work() -> None:
        await clock.sleep(0.01)
        done.set()

    clock.spawn(work(), name="work")
    gc.collect()
    await asyncio.sleep(0)
    await turn(clock, 0.02)
    await done.wait()


async def test_an_exception_that_nobody_takes_is_logged(clock: Clock, loose_ends: LooseEnds) -> None:
    async def fail() -> None:
        raise ValueError("lost")

    clock.spawn(fail(), name="fails")
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    (complaint,) = loose_ends.take()
    assert "never retrieved" in complaint and "fails" in complaint


async def test_the_loop_clock_tells_real_time() -> None:
    clock = LoopClock()
    assert abs(clock.now_ms() - time.time() * 1000) < 1_000
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.009
    fired = asyncio.Event()
    clock.call_later(0, fired.set)
    await fired.wait()


async def test_a_delay_below_a_nanosecond_still_moves_the_clock() -> None:
    clock = ManualClock()
    await clock.advance(0.1)
    deadline = clock.monotonic() + 1e-10
    fired: list[float] = []

    def look_again() -> None:
        fired.append(clock.monotonic())
        if clock.monotonic() < deadline and len(fired) < 10:
            clock.call_later(deadline - clock.monotonic(), look_again)

    look_again()
    await clock.advance(1)
    assert len(fired) == 2
