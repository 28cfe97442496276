"""Schedules that are changed in an atomic block: with all the rest of it, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from actors import Actor, Options, UserError, action
from actors.errors import ActorError
from actors.protocol import cbor
from actors.runtime.rules import Rules
from actors.testing import ActorNode
from actors.testing.faults import Failing

both = pytest.mark.actors(store="both")

MINUTE, HOUR = 60, 3600


class Almanac(Actor):
    """`plan` does in one block what it is told, and raises at its end if it `fails`."""

    state: list[str]
    options = Options(max_schedules=100, sleep_timeout=30, action_timeout=HOUR)
    inside: ClassVar[Almanac]
    seen: ClassVar[list[Any]] = []
    gate: ClassVar[asyncio.Event]
    over: ClassVar[asyncio.Event]

    def create_state(self) -> list[str]:
        return []

    async def on_wake(self) -> None:
        Almanac.inside = self

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

    async def do_cron(self) -> None:
        await self.schedule.cron.set("nightly", "0 3 * * *", self.note, "night")

    async def do_cancel(self) -> None:
        assert await self.schedule.cancel("hourly")
        assert await self.schedule.cancel(2)
        assert not await self.schedule.cancel(2)

    async def do_uncron(self) -> None:
        assert await self.schedule.cancel("nightly")

    async def do_strike(self) -> None:
        assert await self.schedule.cancel("linger")

    async def do_look(self) -> None:
        self.seen.append(await planned(self))
        self.seen.append(await self.schedule.get("hourly") is not None)
        self.seen.append([run.result for run in await self.schedule.history(2)])

    async def do_pause(self) -> None:
        assert await self.schedule.pause(3)

    async def do_skip(self) -> None:
        assert await self.schedule.skip("hourly")
        Almanac.seen.append([run.result for run in await self.schedule.history("hourly", 2)])

    async def do_backfill(self) -> None:
        next_at = (await planned(self))[-1][-1]
        assert await self.schedule.backfill("hourly", next_at - 2 * HOUR * 1000, next_at - 1) == 2

    async def do_brief(self) -> None:
        await self.schedule.cron.every("hourly", HOUR, self.note, "hourly", max_history=2)

    async def do_race(self) -> None:
        """Plans at each of many moments."""
        await asyncio.gather(*[self._after(moments) for moments in range(50)])

    async def _after(self, moments: int) -> None:
        for _ in range(moments):
            await asyncio.sleep(0)
        await self.do_after()

    async def do_bulk(self) -> None:
        """More than a block may store."""
        for _ in range(70):
            await self.schedule.after(10, self.note, "x" * 60_000)

    async def do_wait(self) -> None:
        await self.gate.wait()

    @action
    async def note(self, text: str) -> None:
        self.state = [*self.state, text]

    @action(readonly=True)
    async def linger(self) -> None:
        """A scheduled action that goes on beside a block."""
        await self.over.wait()

    @action
    async def start_lingering(self) -> None:
        await self.schedule.cron.every("linger", 5, self.linger)

    @action(readonly=True)
    async def plans(self) -> list[Any]:
        return await planned(self)


async def planned(almanac: Almanac) -> list[Any]:
    """What it is going to do."""
    return [[plan.id, *plan.args, plan.next_at] for plan in await almanac.schedule.list()]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    Almanac.seen.clear()
    Almanac.gate, Almanac.over = asyncio.Event(), asyncio.Event()
    yield


def almanac() -> Almanac:
    return Almanac.actors.get_or_create("a")


async def ids() -> list[Any]:
    return [row[:2] for row in await almanac().plans()]


async def failed(call: Any) -> str:
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value.name


async def begun(actors: ActorNode, call: Any) -> asyncio.Task[Any]:
    """Up to where it waits."""
    task = asyncio.ensure_future(call)
    await actors.settle()
    assert not task.done()
    return task


# -- together or not at all -------------------------------------------------------------------------------
@both
async def test_what_a_block_has_planned_is_durable_with_it_and_fires(actors: ActorNode) -> None:
    await almanac().plan("after every cron")
    await actors.restart()
    await actors.advance(12)
    assert await actors.state_of(almanac()) == ["planned", "tea"]
    await actors.advance(2 * MINUTE)
    assert await actors.state_of(almanac()) == ["planned", "tea", "often"]
    assert await ids() == [[2, "often"], [3, "night"]]
    await almanac().plan("after")
    assert await ids() == [[4, "tea"], [2, "often"], [3, "night"]]


@both
async def test_undone_everything_is_planned_as_before_here_and_in_the_store(actors: ActorNode) -> None:
    await almanac().prepare()
    before = await almanac().plans()
    for deeds in ("cancel after every", "every"):
        assert await failed(almanac().plan(deeds, fails=True)) == "user.user_error"
        assert await almanac().plans() == before
    await actors.restart()
    assert await almanac().plans() == before
    await actors.advance(MINUTE)
    assert await actors.state_of(almanac()) == ["once"]
    await actors.advance(HOUR)
    assert await actors.state_of(almanac()) == ["once", "hourly"]


@both
async def test_a_block_may_cancel_what_it_has_planned_and_give_a_name_anew(actors: ActorNode) -> None:
    await almanac().prepare()
    await actors.restart()
    await almanac().plan("cancel cron uncron every")
    await actors.restart()
    assert await ids() == [[4, "often"]]


async def test_inside_a_block_schedules_are_as_they_are_going_to_be(actors: ActorNode) -> None:
    await almanac().prepare()
    await almanac().plan("look every look cancel after look")
    assert Almanac.seen[0:3] == [
        [[2, "once", Almanac.seen[0][0][2]], [1, "hourly", Almanac.seen[0][1][2]]],
        True,
        [],
    ]
    assert [row[:2] for row in Almanac.seen[3]] == [[2, "once"], [1, "often"]]
    assert ([row[:2] for row in Almanac.seen[6]], Almanac.seen[7]) == ([[3, "tea"]], False)
    assert await ids() == [[3, "tea"]]


async def test_the_limit_counts_what_the_block_plans_and_forgets_what_is_undone(actors: ActorNode) -> None:
    too_many = " ".join(["after"] * 101)
    assert await failed(almanac().plan(too_many)) == "schedule.max_schedules_exceeded"
    assert await ids() == []
    await almanac().plan(too_many.removesuffix("after"))
    assert len(await ids()) == 100


async def test_a_block_stores_no_more_arguments_than_a_block_may(actors: ActorNode) -> None:
    assert await failed(almanac().plan("bulk")) == "atomic.too_large"
    assert await ids() == []


# -- nobody else sees half of it --------------------------------------------------------------------------
async def test_nothing_of_an_open_block_falls_due_or_is_seen(actors: ActorNode) -> None:
    planning = await begun(actors, almanac().plan("now wait"))
    await actors.advance(5)
    assert await planned(Almanac.inside) == []
    Almanac.gate.set()
    await planning
    await actors.advance(0.001)
    assert await actors.state_of(almanac()) == ["planned", "now"]


@pytest.mark.parametrize("fails", [False, True], ids=["stored", "undone"])
async def test_what_falls_due_while_a_block_is_open_fires_at_its_end(actors: ActorNode, fails: bool) -> None:
    await almanac().prepare()
    planning = await begun(actors, almanac().plan("after wait", fails=fails))
    await actors.advance(MINUTE + 2)
    assert await actors.state_of(almanac()) == []
    Almanac.gate.set()
    await asyncio.gather(planning, return_exceptions=True)
    await actors.settle()
    noted = await actors.state_of(almanac())
    assert noted == (["once"] if fails else ["planned", "tea", "once"])


@pytest.mark.parametrize("fails", [False, True], ids=["stored", "undone"])
async def test_what_others_plan_comes_behind_the_block(actors: ActorNode, fails: bool) -> None:
    await almanac().prepare()
    planning = await begun(actors, almanac().plan("cancel after wait", fails=fails))
    beside = await begun(actors, Almanac.inside.schedule.after(5, Almanac.note, "beside"))
    cancelling = await begun(actors, Almanac.inside.schedule.cancel("hourly"))
    Almanac.gate.set()
    await asyncio.gather(planning, return_exceptions=True)
    assert (await beside, await cancelling) == ((3, True) if fails else (4, False))
    assert await ids() == ([[3, "beside"], [2, "once"]] if fails else [[4, "beside"], [3, "tea"]])


@pytest.mark.parametrize("breaks", [False, True], ids=["written", "failed"])
async def test_a_block_waits_for_what_is_being_written(actors: ActorNode, breaks: bool) -> None:
    await almanac().prepare()
    with actors.hold("schedule_write"):
        beside = await begun(actors, Almanac.inside.schedule.after(5, Almanac.note, "beside"))
        planning = await begun(actors, almanac().plan("every"))
        if breaks:
            actors.fail_next("schedule_write")
    await planning
    assert (await failed(beside) == "storage.unavailable") if breaks else (await beside == 3)
    expected = [[2, "once"], [1, "often"]] if breaks else [[3, "beside"], [2, "once"], [1, "often"]]
    assert await ids() == expected
    await actors.restart()
    assert await ids() == expected


@pytest.mark.parametrize("fails", [False, True], ids=["stored", "undone"])
async def test_blocks_plan_one_after_the_other(actors: ActorNode, fails: bool) -> None:
    first = await begun(actors, almanac().plan("after wait", fails=fails))
    second = await begun(actors, almanac().plan("now after"))
    Almanac.gate.set()
    await asyncio.gather(first, second, return_exceptions=True)
    await actors.advance(10)
    noted = await actors.state_of(almanac())
    assert noted == (["planned", "now", "tea"] if fails else ["planned", "planned", "now", "tea", "tea"])


# -- runs -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fails", [False, True], ids=["stored", "undone"])
async def test_a_run_that_ends_beside_the_block_is_noted_at_its_end(actors: ActorNode, fails: bool) -> None:
    await almanac().start_lingering()
    await actors.advance(5)
    planning = await begun(actors, almanac().plan("after wait", fails=fails))
    Almanac.over.set()
    await actors.settle()
    assert [run.result for run in await Almanac.inside.schedule.history("linger")] == ["running"]
    Almanac.gate.set()
    await asyncio.gather(planning, return_exceptions=True)
    await actors.settle()
    await actors.restart()
    await almanac().plans()
    assert [run.result for run in await Almanac.inside.schedule.history("linger")] == ["ok"]


async def test_a_run_of_what_the_block_cancels_goes_on(actors: ActorNode) -> None:
    await almanac().start_lingering()
    await actors.advance(5)
    planning = await begun(actors, almanac().plan("strike wait"))
    Almanac.over.set()
    Almanac.gate.set()
    await planning
    await actors.advance(MINUTE)
    assert await actors.status(almanac()) == "asleep", "nothing of it is left"
    assert await ids() == []


async def test_a_run_that_cannot_begin_has_failed_whenever_a_block_begins_to_plan(actors: ActorNode) -> None:
    await almanac().plans()
    [task] = actors._process.node.residents()
    scheduler = task.inspection.scheduler
    await scheduler.add("note", cbor.encode(["too", "many"]), scheduler.now() + 5000, Rules())
    planning = await begun(actors, almanac().plan("wait race"))
    with actors.hold("schedule_write"):
        await actors.advance(5)
        Almanac.gate.set()
    await planning
    assert [run.result for run in await Almanac.inside.schedule.history(1)] == ["error"]
    assert await Almanac.inside.schedule.get(1) is None, "nothing of it is open"


async def test_a_block_that_shortens_a_history_forgets_the_rest(actors: ActorNode) -> None:
    await almanac().prepare()
    await actors.advance(4 * HOUR)
    await almanac().plan("brief")
    record = await actors.record(almanac())
    assert record is not None
    assert len(await actors._process.store.real.schedules.history(record.actor_id, 1, 1000)) == 2


async def test_what_was_interrupted_is_noted_even_if_the_block_that_finds_it_is_undone(
    actors: ActorNode,
) -> None:
    await almanac().start_lingering()
    await actors.advance(5)
    await actors.restart()
    await failed(almanac().plan("look after", fails=True))
    await actors.restart()
    await almanac().plans()
    runs = await Almanac.inside.schedule.history("linger")
    assert runs[-1].error is not None and runs[-1].error["code"] == "interrupted"


@pytest.mark.parametrize("fails", [False, True], ids=["stored", "undone"])
async def test_pausing_skipping_and_backfilling_wait_for_the_end_too(actors: ActorNode, fails: bool) -> None:
    await almanac().prepare()
    await actors.advance(2 * HOUR)
    before = await actors.state_of(almanac())
    planning = await begun(actors, almanac().plan("after pause backfill skip wait", fails=fails))
    assert Almanac.seen == [["skipped", "waiting"]]
    Almanac.gate.set()
    await asyncio.gather(planning, return_exceptions=True)
    await actors.advance(MINUTE)
    assert await actors.state_of(almanac()) == before + ([] if fails else ["planned", "hourly", "hourly"])
    await actors.restart()
    await actors.advance(HOUR)
    await almanac().plans()
    results = [run.result for run in await Almanac.inside.schedule.history("hourly")]
    assert results == (["ok"] * 3 if fails else ["skipped", "ok", "ok", "ok", "ok"])


# -- what can go wrong at the end -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("failing", "applied", "answer"),
    [
        ("unavailable", False, "storage.unavailable"),
        ("rejected", False, "atomic.refused"),
        ("interrupted", False, "actor.outcome_unknown"),
        ("interrupted", True, None),
    ],
)
async def test_what_the_store_answers_holds_for_the_plans_too(
    actors: ActorNode, failing: Failing, applied: bool, answer: str | None
) -> None:
    await almanac().prepare()
    actors.fail_next("write_together", failing, applied=applied)
    call = almanac().plan("cancel after")
    if answer is None:
        await call
    else:
        assert await failed(call) == answer
    await actors.advance(1)
    assert await ids() == ([[3, "tea"]] if applied else [[2, "once"], [1, "hourly"]])
    await almanac().plan("now")
    await actors.advance(0.001)
    assert (await actors.state_of(almanac()))[-1] == "now"


async def test_plans_that_cannot_be_read_undo_the_block(actors: ActorNode) -> None:
    await almanac().prepare()
    await actors.restart()
    actors.fail_next("schedule_open")
    assert await failed(almanac().plan("after")) == "storage.unavailable"
    assert await ids() == [[2, "once"], [1, "hourly"]]
    assert await actors.state_of(almanac()) == []
