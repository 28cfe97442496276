"""Kinds of work: the policy, the counters, and what happens to tasks."""

from __future__ import annotations

import asyncio
import random

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError
from actors.runtime.kinds import POLICIES, Kind
from actors.runtime.measures import unseen
from actors.runtime.watch import Watch
from actors.runtime.work import Work


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def work(clock: ManualClock) -> Work:
    return Work(clock, unseen(), Watch())


def test_the_policy() -> None:
    table = {
        kind.name: (policy.holds_sleep, policy.grace_waits, policy.aborted)
        for kind, policy in POLICIES.items()
    }
    assert table == {
        "ACTION": (True, True, True),
        "CONNECTING": (True, True, False),
        "CONNECTION": (True, False, False),
        "DISCONNECTING": (True, True, True),
        "SHUTDOWN_HOOK": (False, True, True),
        "STATE_CHANGE": (True, True, True),
        "RUN": (True, True, True),
        "KEEP_AWAKE": (True, True, True),
        "WAIT_UNTIL": (False, True, True),
        "STARTING": (True, False, True),
        "HIBERNATABLE": (False, False, False),
        "HTTP_REQUEST": (True, True, True),
        "SUBSCRIBING": (True, True, True),
        "WEBSOCKET": (False, True, True),
        "WEBSOCKET_MESSAGE": (True, False, False),
        "RESTORING": (False, True, True),
        "MESSAGE": (True, False, False),
        "SENDING": (True, True, True),
        "AWAITING": (True, False, False),
        "SCHEDULED": (True, True, True),
    }
    assert len({policy.label for policy in POLICIES.values()}) == len(Kind)


async def test_rest_is_told_when_the_last_holder_ends(work: Work) -> None:
    rests: list[int] = []
    work.notify(lambda: rests.append(1))
    for kind in (Kind.ACTION, Kind.CONNECTION, Kind.WAIT_UNTIL):
        work.begin(kind)
    work.end(Kind.ACTION)
    assert rests == []
    work.end(Kind.CONNECTION)
    assert rests == [1]
    work.end(Kind.WAIT_UNTIL)
    assert rests == [1]


async def test_ending_what_has_not_begun_is_a_warning_and_no_negative_count(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.end(Kind.ACTION)
    assert (work.holding, work.waiting, len(caplog.records)) == (0, 0, 1)


async def test_a_region_ends_wherever_it_is_cancelled(work: Work, clock: ManualClock) -> None:
    async def walk() -> None:
        with work.region(Kind.CONNECTING):
            for _ in range(5):
                await asyncio.sleep(0)

    for steps in range(7):
        task = clock.spawn(walk(), name="walk")
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await clock.settle()
        assert work.counts() == {}


async def test_drained_misses_no_wake_up(work: Work, clock: ManualClock) -> None:
    dice = random.Random(1)
    waiters = [clock.spawn(work.drained(), name="drained")]
    open_ = 0
    for _ in range(2000):
        if open_ and dice.random() < 0.5:
            work.end(Kind.ACTION)
            open_ -= 1
        else:
            work.begin(Kind.ACTION)
            open_ += 1
        if dice.random() < 0.1:
            waiters.append(clock.spawn(work.drained(), name="drained"))
            await asyncio.sleep(0)
    for _ in range(open_):
        work.end(Kind.ACTION)
    await clock.settle()
    assert all(waiter.done() for waiter in waiters)


async def test_a_spawned_task_counts_until_it_is_over_even_if_it_never_began(
    work: Work, clock: ManualClock
) -> None:
    task = work.spawn(Kind.KEEP_AWAKE, asyncio.sleep(0))
    assert work.counts() == {"keep_awake": 1}
    task.cancel()
    await clock.settle()
    assert (work.counts(), work.holding) == ({}, 0)


async def test_abort_cancels_by_policy_and_close_everything(work: Work, clock: ManualClock) -> None:
    never = asyncio.Event()
    connecting = work.spawn(Kind.CONNECTING, never.wait())
    run = work.spawn(Kind.RUN, never.wait())
    await clock.settle()
    work.abort()
    await clock.settle()
    assert (run.cancelled(), connecting.done()) == (True, False)
    work.close()
    await clock.settle()
    assert connecting.cancelled()


async def test_after_close_new_work_is_refused_and_its_coroutine_closed(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.close()
    late = asyncio.sleep(0)
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        work.spawn(Kind.WAIT_UNTIL, late)
    assert late.cr_frame is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
