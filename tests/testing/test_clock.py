"""The turned clock waits for what comes back by itself, and for nothing else."""

from __future__ import annotations

import asyncio
import threading

from actors.testing.clock import TurnedClock


async def test_settling_waits_for_who_is_away_and_for_what_follows() -> None:
    clock, came = TurnedClock(), asyncio.Event()
    log: list[str] = []

    async def ask() -> None:
        with clock.away():
            await came.wait()
        await asyncio.sleep(0)
        log.append("answered")

    clock.spawn(ask(), name="ask")
    await clock.home()  # nobody has left yet
    asyncio.get_running_loop().call_later(0.01, came.set)
    await clock.settle()
    assert log == ["answered"]


async def test_each_timer_waits_for_what_the_one_before_has_set_off() -> None:
    clock = TurnedClock()
    log: list[tuple[str, float]] = []

    async def slowly(name: str) -> None:
        with clock.away():
            await asyncio.sleep(0.01)
        log.append((name, clock.monotonic()))

    for number in (1, 2):
        clock.call_later(number, lambda n=number: clock.spawn(slowly(f"timer {n}"), name="timer"))
    await clock.advance(10)
    assert log == [("timer 1", 1.0), ("timer 2", 2.0)]


async def test_threads_of_its_own_tasks_are_waited_for_and_those_of_others_are_not() -> None:
    clock, go_on = TurnedClock(), threading.Event()
    loop = asyncio.get_running_loop()
    before = loop.run_in_executor
    log: list[str] = []

    async def work() -> None:
        await asyncio.to_thread(log.append, "worked")

    with clock.watching_threads(loop):
        stranger = asyncio.ensure_future(asyncio.to_thread(go_on.wait))
        clock.spawn(work(), name="work")
        await clock.settle()
        assert (log, stranger.done()) == (["worked"], False)
        go_on.set()
        await stranger
    assert loop.run_in_executor == before
