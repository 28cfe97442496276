"""The idle timer: one deadline, looked at again when it fires."""

from __future__ import annotations

from actors.clock import ManualClock
from actors.runtime.identity import Identity
from actors.runtime.kinds import Kind
from actors.runtime.measures import unseen
from actors.runtime.sleep import IdleTimer
from actors.runtime.watch import Watch
from actors.runtime.work import Work

IDENTITY = Identity("id", "counter", ("a",), "a", 1)


def timer(clock: ManualClock, timeout: float | None = 10) -> tuple[Work, IdleTimer, list[float]]:
    slept: list[float] = []
    work = Work(clock, unseen(), Watch())
    idle = IdleTimer(IDENTITY, clock, work, timeout, lambda: slept.append(clock.monotonic()))
    idle.start()
    return work, idle, slept


async def test_it_fires_after_the_timeout() -> None:
    clock = ManualClock()
    _, _, slept = timer(clock)
    await clock.advance(9.9)
    assert slept == []
    await clock.advance(0.1)
    assert slept == [10]


async def test_activity_moves_the_deadline_but_not_the_timer() -> None:
    clock = ManualClock()
    work, _, slept = timer(clock)
    for _ in range(1000):
        with work.region(Kind.ACTION):
            await clock.advance(0.009)
    assert (slept, len(clock._timers)) == ([], 1)
    await clock.advance(10)
    assert len(slept) == 1 and abs(slept[0] - 19) < 0.01


async def test_while_something_holds_it_there_is_no_timer_at_all() -> None:
    clock = ManualClock()
    work, _, slept = timer(clock)
    work.begin(Kind.CONNECTION)
    await clock.advance(100)
    assert (slept, clock._timers) == ([], [])
    work.end(Kind.CONNECTION)
    await clock.advance(10)
    assert slept == [110]


async def test_what_does_not_hold_sleep_does_not_move_it() -> None:
    clock = ManualClock()
    work, _, slept = timer(clock)
    work.begin(Kind.WAIT_UNTIL)
    await clock.advance(10)
    assert slept == [10]


async def test_stopped_or_without_timeout_it_never_fires() -> None:
    clock = ManualClock()
    _, idle, slept = timer(clock)
    idle.stop()
    _, _, never = timer(clock, None)
    await clock.advance(1000)
    assert (slept, never) == ([], [])
