"""Many timeouts, one timer."""

from __future__ import annotations

from actors.clock import ManualClock
from actors.runtime.calls import Invocation
from actors.runtime.deadlines import Deadlines
from actors.runtime.identity import Identity
from tests.runtime.support import Answer, action, get


class Expired:
    def __init__(self) -> None:
        self.calls: list[Invocation] = []

    def expire(self, invocation: Invocation) -> None:
        self.calls.append(invocation)


def invocation() -> Invocation:
    home = Identity("id", "counter", ("a",), "a", 1)
    return Invocation(home, action("get", get), (), Answer(), None, None)


async def test_each_expires_after_its_own_time() -> None:
    clock, expired = ManualClock(), Expired()
    deadlines = Deadlines(clock, 10)
    calls = [invocation() for _ in range(3)]
    for call in calls:
        deadlines.add(call, expired)
        await clock.advance(1)
    await clock.advance(7)
    assert expired.calls == calls[:1]
    await clock.advance(1)
    assert expired.calls == calls[:2]
    await clock.advance(1)
    assert expired.calls == calls


async def test_a_finished_call_is_forgotten_though_an_older_one_runs_on() -> None:
    clock, expired = ManualClock(), Expired()
    deadlines = Deadlines(clock, 10)
    oldest = invocation()
    deadlines.add(oldest, expired)
    for _ in range(1000):
        done = invocation()
        deadlines.add(done, expired)
        deadlines.discard(done)
    assert (len(deadlines._due), len(clock._timers)) == (1, 1)
    await clock.advance(20)
    assert expired.calls == [oldest]
    assert clock._timers == []


async def test_the_timer_rests_when_nothing_runs_and_starts_anew() -> None:
    clock, expired = ManualClock(), Expired()
    deadlines = Deadlines(clock, 10)
    done = invocation()
    deadlines.add(done, expired)
    deadlines.discard(done)
    await clock.advance(11)
    assert clock._timers == []
    late = invocation()
    deadlines.add(late, expired)
    await clock.advance(10)
    assert expired.calls == [late]


async def test_a_renewed_call_holds_up_nobody_behind_it() -> None:
    clock, expired = ManualClock(), Expired()
    deadlines = Deadlines(clock, 10)
    first, second = invocation(), invocation()
    deadlines.add(first, expired)
    deadlines.add(second, expired)
    await clock.advance(5)
    deadlines.renew(first, expired)
    await clock.advance(5)
    assert expired.calls == [second]
    await clock.advance(5)
    assert expired.calls == [second, first]
