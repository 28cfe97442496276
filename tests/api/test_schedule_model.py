"""What schedules promise, whatever happens in between: sleep, crashes, and time in which no node runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from actors import Actor, Firing, Options, Retry, UserError, action
from actors.api.schedule import Scheduling
from actors.storage.alarms import AWAKE_MARGIN
from actors.testing import ActorNode

PAUSE, MARGIN, SLOWEST, LONG = 3, 5, 30, 200
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("after"), st.sampled_from([1, 7, 40]), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("every"), st.sampled_from([5, 7, SLOWEST])),
        st.tuples(st.just("cancel"), st.integers(0, 3)),
        st.tuples(st.just("advance"), st.sampled_from([1, 6, 50])),
        st.tuples(st.just("sleep")),
        st.tuples(st.just("crash")),
        st.tuples(st.just("down"), st.sampled_from([2, 60])),
    ),
    min_size=8,
    max_size=20,
)


class Yearbook(Actor):
    """`entries` are all firings of all generations; `found` is the one that is awake."""

    options = Options(sleep_timeout=20)
    entries: ClassVar[list[Firing]] = []
    found: ClassVar[Yearbook]

    async def on_wake(self) -> None:
        Yearbook.found = self

    @action
    async def wake(self) -> None:
        """Be there."""

    @action
    async def note(self, fails: int) -> None:
        assert self.schedule.firing is not None
        Yearbook.entries.append(self.schedule.firing)
        if self.schedule.firing.attempt <= fails:
            raise UserError("Not yet.")


@dataclass
class Once:
    """A one-shot, and how often it is to be attempted if nobody cancels it."""

    number: int
    due: int
    attempts: int
    cancelled: bool = False


@dataclass
class Often:
    """A recurring one, from when on and until when."""

    number: int
    since: int
    interval: int
    until: int | None = None


@dataclass
class Life:
    """A node, one actor on it, and what it was told to do."""

    actors: ActorNode
    once: list[Once] = field(default_factory=list)
    often: list[Often] = field(default_factory=list)
    down: list[tuple[int, int]] = field(default_factory=list)
    """From when to when no node ran, for longer than a time may be late."""

    @property
    def now(self) -> int:
        return self.actors._world.clock.now_ms()

    async def plans(self) -> Scheduling:
        await Yearbook.actors.get_or_create("a").wake()
        return Yearbook.found.schedule

    async def do_after(self, seconds: int, fails: int, tries: int) -> None:
        retry = Retry(max=tries, backoff=PAUSE, jitter=0)
        number = await (await self.plans()).after(seconds, Yearbook.note, fails, retry=retry)
        self.once.append(Once(number, self.now + seconds * 1000, min(fails, tries) + 1))

    async def do_every(self, seconds: int) -> None:
        name = f"every {len(self.often)}"
        await (await self.plans()).cron.every(name, seconds, Yearbook.note, 0, max_history=0)
        plan = await (await self.plans()).get(name)
        assert plan is not None
        self.often.append(Often(plan.id, self.now, seconds * 1000))

    async def do_cancel(self, index: int) -> None:
        plans = await self.plans()
        if index < len(self.once):
            one = self.once[index]
            if await plans.cancel(one.number):
                one.cancelled = True
                one.attempts = sum(entry.id == one.number for entry in Yearbook.entries)
        if index < len(self.often) and await plans.cancel(self.often[index].number):
            self.often[index].until = self.now

    async def do_advance(self, seconds: int) -> None:
        await self.actors.advance(seconds)

    async def do_sleep(self) -> None:
        await self.actors.advance(0)  # what is due begins before
        await self.actors.sleep(Yearbook.actors.get_or_create("a"))

    async def do_crash(self) -> None:
        await self.actors.restart(crash=True)
        await self.plans()

    async def do_down(self, seconds: int) -> None:
        start, process = self.now, self.actors._process
        await process.kill()
        await self.actors._world.clock.advance(seconds)
        self.actors._process = type(process)(self.actors._world)
        self.actors._bind(self.actors._process.platform, self.actors._process.transport)
        await self.actors._process.start()
        # Of an actor that was awake the platform sees only late that nobody keeps its time any more.
        self.down.append((start, max(self.now, start + SLOWEST * 1000 + AWAKE_MARGIN)))

    def check(self) -> None:
        assert all(entry.fired_at >= entry.scheduled_at for entry in Yearbook.entries)
        for one in self.once:
            mine = [entry for entry in Yearbook.entries if entry.id == one.number]
            assert [entry.attempt for entry in mine] == list(range(1, one.attempts + 1))
            assert {entry.scheduled_at for entry in mine} <= {one.due}
        for often in self.often:
            times = [entry.scheduled_at for entry in Yearbook.entries if entry.id == often.number]
            self.check_times(often, times)

    def check_times(self, often: Often, times: Sequence[int]) -> None:
        """Each time that there was, in order and once; of those without a node a single one is enough."""
        assert times == sorted(set(times))
        end = self.now if often.until is None else often.until
        there = range(often.since + often.interval, end + 1, often.interval)
        assert set(times) <= set(there)
        missed = [time for time in there if time not in times]
        assert all(any(a <= time <= b + MARGIN * 1000 for a, b in self.down) for time in missed)


@settings(max_examples=40, derandomize=True)
@given(steps=STEPS)
def test_each_time_fires_once_and_never_early(steps: list[Any]) -> None:
    async def life() -> None:
        Yearbook.entries.clear()
        async with ActorNode() as actors:
            real = Life(actors)
            for name, *args in steps:
                await getattr(real, f"do_{name}")(*args)
            await actors.advance(LONG)
            real.check()
            for often in real.often:
                await (await real.plans()).cancel(often.number)

    asyncio.run(life())
