"""The save throttle."""

from __future__ import annotations

from actors.clock import ManualClock
from actors.runtime.ticks import SaveTick


async def test_the_first_note_saves_at_once_and_a_burst_once_an_interval() -> None:
    clock = ManualClock()
    saves: list[float] = []
    tick = SaveTick(clock, 1.0, lambda: saves.append(clock.monotonic()))
    tick.note()
    await clock.advance(0)
    for _ in range(29):
        await clock.advance(0.1)
        tick.note()
    await clock.advance(5)
    assert saves == [0, 1, 2, 3]


async def test_what_was_saved_for_another_reason_is_not_saved_again() -> None:
    clock = ManualClock()
    saves: list[float] = []
    tick = SaveTick(clock, 1.0, lambda: saves.append(clock.monotonic()))
    tick.note()
    tick.noted = False
    await clock.advance(5)
    assert saves == []
    tick.note()
    await clock.advance(0)
    assert saves == [5]


async def test_stopped_it_saves_nothing() -> None:
    clock = ManualClock()
    saves: list[int] = []
    tick = SaveTick(clock, 1.0, lambda: saves.append(1))
    tick.note()
    tick.close()
    await clock.advance(5)
    assert saves == []
