"""Schedules that are changed in an atomic block: with all the rest of it, or not at all. Over both stores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from actors import Actor, Options, UserError, action
from actors.errors import ActorError
from actors.testing import ActorNode

pytestmark = pytest.mark.actors(store="both")

MINUTE, HOUR = 60, 3600


class Diary(Actor):
    """`plan` does in one block what it is told, and raises at its end if it `fails`."""

    state: list[str]
    options = Options(max_schedules=3, sleep_timeout=30)
    seen: ClassVar[list[Any]] = []
    gate: ClassVar[asyncio.Event]

    def create_state(self) -> list[str]:
        return []

    @action
    async def prepare(self) -> None:
        await self.schedule.cron.every("hourly", HOUR, self.note, "hourly")
        await self.schedule.after(MINUTE, self.note, "once")

    @action
    async def plan(self, deeds: str, fails: bool = False) -> None:
        async with self.atomic(timeout=HOUR):
            self.state = [*self.state, "planned"]
            for deed in deeds.split():
                await getattr(self, f"do_{deed}")()
            if fails:
                raise UserError("no")

    async def do_after(self) -> None:
        await self.schedule.after(10, self.note, "tea")

    async def do_now(self) -> None:
        await self.schedule.after(0, self.note, "now")

    async def do_every(self) -> None:
        await self.schedule.cron.every("hourly", 2 * MINUTE, self.note, "often")

    async def do_cancel(self) -> None:
        assert await self.schedule.cancel("hourly")
        assert await self.schedule.cancel(2)

    async def do_look(self) -> None:
        plans = await self.schedule.list()
        self.seen.append([(plan.id, plan.args) for plan in plans])
        self.seen.append(await self.schedule.get("hourly") is not None)

    async def do_wait(self) -> None:
        await self.gate.wait()

    @action
    async def beside(self) -> int:
        """Began before the block, and schedules while that is open."""
        await self.gate.wait()
        return await self.schedule.after(5, self.note, "beside")

    @action
    async def note(self, text: str) -> None:
        self.state = [*self.state, text]

    @action(readonly=True)
    async def plans(self) -> list[Any]:
        return [(plan.id, *plan.args, plan.next_at) for plan in await self.schedule.list()]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    Diary.seen.clear()
    Diary.gate = asyncio.Event()
    yield


def diary() -> Diary:
    return Diary.actors.get_or_create("a")


async def failed(call: Any) -> str:
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value.name


async def test_what_a_block_has_scheduled_fires_once_it_is_stored(actors: ActorNode) -> None:
    await diary().plan("after")
    await actors.advance(10)
    assert await actors.state_of(diary()) == ["planned", "tea"]


async def test_what_a_block_has_scheduled_is_durable_with_it(actors: ActorNode) -> None:
    await diary().plan("after every")
    await actors.restart()
    await actors.advance(11)
    assert await actors.state_of(diary()) == ["planned", "tea"]
    await actors.advance(2 * MINUTE)
    assert "often" in await actors.state_of(diary())


async def test_undone_everything_is_planned_as_before(actors: ActorNode) -> None:
    await diary().prepare()
    before = await diary().plans()
    assert await failed(diary().plan("cancel after every", fails=True)) == "user.user_error"
    assert await diary().plans() == before
    await actors.advance(MINUTE)
    assert await actors.state_of(diary()) == ["once"]
    await actors.advance(HOUR)
    assert await actors.state_of(diary()) == ["once", "hourly"]


async def test_undone_it_leaves_nothing_for_the_next_generation(actors: ActorNode) -> None:
    await diary().prepare()
    before = await diary().plans()
    await failed(diary().plan("cancel after", fails=True))
    await actors.restart()
    assert await diary().plans() == before


async def test_undone_it_does_not_count_towards_the_limit(actors: ActorNode) -> None:
    await diary().prepare()
    await failed(diary().plan("after", fails=True))
    await diary().plan("after")
    assert await failed(diary().plan("after")) == "schedule.max_schedules_exceeded"
    assert len(await diary().plans()) == 3


async def test_inside_the_block_schedules_are_as_they_are_going_to_be(actors: ActorNode) -> None:
    await diary().prepare()
    await diary().plan("look cancel after look")
    assert Diary.seen == [[(2, ("once",)), (1, ("hourly",))], True, [(3, ("tea",))], False]
    assert [plan[:2] for plan in await diary().plans()] == [(3, "tea")]


async def test_what_is_made_and_cancelled_in_one_block_never_was(actors: ActorNode) -> None:
    await diary().prepare()
    await diary().plan("cancel every look")
    assert Diary.seen == [[(3, ("often",))], True]
    await actors.restart()
    assert [plan[:2] for plan in await diary().plans()] == [(3, "often")]


async def test_nothing_of_an_open_block_falls_due_or_is_seen(actors: ActorNode) -> None:
    planning = asyncio.ensure_future(diary().plan("now wait"))
    await actors.advance(5)
    assert await diary().plans() == []
    Diary.gate.set()
    await planning
    await actors.advance(0)
    assert await actors.state_of(diary()) == ["planned", "now"]


@pytest.mark.parametrize("fails", [False, True], ids=["stored", "undone"])
async def test_what_falls_due_while_a_block_changes_schedules_fires_at_its_end(
    actors: ActorNode, fails: bool
) -> None:
    await diary().prepare()
    planning = asyncio.ensure_future(diary().plan("after wait", fails=fails))
    await actors.advance(MINUTE + 2)
    assert await actors.state_of(diary()) == []
    Diary.gate.set()
    await asyncio.wait([planning])
    await actors.advance(0)
    noted = await actors.state_of(diary())
    assert sorted(noted) == (["once"] if fails else ["once", "planned", "tea"])


async def test_other_code_schedules_after_the_block(actors: ActorNode) -> None:
    beside = asyncio.ensure_future(diary().beside())
    await actors.advance(0)
    planning = asyncio.ensure_future(diary().plan("after wait"))
    await actors.advance(0)
    Diary.gate.set()
    await planning
    assert await beside == 2, "behind what the block has made"
    await actors.advance(10)
    assert await actors.state_of(diary()) == ["planned", "beside", "tea"]


