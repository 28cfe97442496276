"""Schedules that somebody pauses, resumes, runs now, skips a time of, or runs past times of. Both stores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actors import Misfire, Retry, Schedule, UserError
from actors.errors import ActorError
from actors.runtime.orders import ORDERS
from actors.runtime.planned import AT_ONCE
from actors.runtime.schedule import LONGEST_RANGE, MOST_WAITING
from actors.testing import ActorNode
from tests.api.planbook import Planbook, forget, inside, planbook, schedule

pytestmark = pytest.mark.actors(store="both")

MINUTE = 60
HOUR = 3600


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


async def plan(reference: int | str = "often") -> Schedule:
    found = await (await schedule()).get(reference)
    assert found is not None
    return found


async def history(reference: int | str = "often", limit: int = 20) -> list[tuple[str, int]]:
    """Result and attempts of the latest runs, the last first."""
    runs = await (await schedule()).history(reference, limit)
    return [(run.result, run.attempts) for run in runs]


def now_of(actors: ActorNode) -> int:
    return actors._world.clock.now_ms()


async def order(actors: ActorNode, word: str) -> None:
    """As an operator gives it to the actor itself."""
    record = await actors.record(planbook())
    assert record is not None
    await ORDERS[word](actors._process.node, record.actor_id, actors._world.clock)
    await actors.settle()


async def refusal(call: Any) -> ActorError:
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value


async def fill(text: str = "x", **rules: Any) -> None:
    """A schedule of each minute, named often."""
    await (await schedule()).cron.every("often", MINUTE, Planbook.note, text, **rules)


# -- pause and resume ------------------------------------------------------------------------------------
async def test_a_paused_schedule_does_nothing_and_wakes_nobody(actors: ActorNode) -> None:
    await fill()
    assert await (await schedule()).pause("often")
    due_at = (await plan()).next_at
    await actors.advance(HOUR)
    assert await actors.status(planbook()) == "asleep"
    assert await actors.state_of(planbook()) == []
    found = len(Planbook.found)
    await actors.advance(HOUR)
    assert len(Planbook.found) == found, "nothing has woken it"
    [kept] = await (await schedule()).list()
    assert kept.paused_at is not None
    assert kept.next_at == due_at


async def test_the_others_of_the_actor_go_on(actors: ActorNode) -> None:
    await fill()
    await (await schedule()).cron.every("seldom", HOUR, Planbook.note, "y")
    await (await schedule()).pause("often")
    await actors.advance(2 * HOUR)
    assert await actors.state_of(planbook()) == ["y", "y"]


@pytest.mark.parametrize(
    ("misfire", "at_once"), [(Misfire.coalesce(), 1), (Misfire.skip(), 0), (Misfire.all(max=3), 3)]
)
async def test_resumed_its_misfire_policy_says_what_becomes_of_the_pause(
    actors: ActorNode, misfire: Misfire, at_once: int
) -> None:
    await fill(misfire=misfire)
    await (await schedule()).pause("often")
    await actors.advance(HOUR + 30)
    assert await (await schedule()).resume("often")
    await actors.advance(0)
    assert await planbook().read() == ["x"] * at_once
    assert (await plan()).paused_at is None
    await actors.advance(30)
    assert await planbook().read() == ["x"] * (at_once + 1)


async def test_a_pause_that_misses_nothing_leaves_the_times_as_they_were(actors: ActorNode) -> None:
    await fill()
    due_at = (await plan()).next_at
    await (await schedule()).pause("often")
    await actors.advance(10)
    await (await schedule()).resume("often")
    assert (await plan()).next_at == due_at
    await actors.advance(50)
    assert await planbook().read() == ["x"]


async def test_setting_the_name_again_keeps_the_pause(actors: ActorNode) -> None:
    """As every deployment does: it must not resume what an operator has paused."""
    await fill()
    await (await schedule()).pause("often")
    since = (await plan()).paused_at
    await actors.advance(5)
    await fill("y")
    await (await schedule()).cron.set("often", "* * * * *", Planbook.note, "z")
    assert ((await plan()).paused_at, (await plan()).args) == (since, ("z",))
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == []


async def test_a_one_shot_waits_until_it_is_resumed(actors: ActorNode) -> None:
    number = await (await schedule()).after(MINUTE, Planbook.note, "tea")
    assert await (await schedule()).pause(number)
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == []
    assert await (await schedule()).resume(number)
    await actors.advance(0)
    assert await planbook().read() == ["tea"]
    assert not await (await schedule()).pause(number), "it has fired"


async def test_what_runs_goes_on_to_its_end_and_is_tried_again_only_once_resumed(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    plans = await schedule()
    await plans.cron.every("slow", MINUTE, Planbook.wait, "x")
    await fill(retry=Retry(max=3, backoff=5, jitter=0))
    Planbook.fail.append(UserError("no"))
    await actors.advance(MINUTE)
    for name in ("slow", "often"):
        await (await schedule()).pause(name)
    Planbook.gate.set()
    await actors.advance(HOUR)
    assert await actors.status(planbook()) == "asleep"
    assert await history("slow") == [("ok", 1)]
    assert await history() == [("retrying", 1)]
    await (await schedule()).resume("often")
    await actors.advance(0)
    assert (await history())[-1] == ("ok", 2)


async def test_a_pause_outlives_its_node(actors: ActorNode) -> None:
    await fill()
    await (await schedule()).pause("often")
    await actors.restart(crash=True)
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == []
    await (await schedule()).resume("often")
    await actors.advance(0)
    assert await planbook().read() == ["x"]


async def test_pausing_and_resuming_again_writes_nothing_and_what_is_not_there_is_said(
    actors: ActorNode,
) -> None:
    await fill()
    plans = await schedule()
    await plans.pause("often")
    actors.fail_next("schedule_write")
    assert await plans.pause("often")
    assert (await refusal(plans.resume("often"))).name == "storage.unavailable"
    assert (await plan()).paused_at is not None, "what could not be stored is not there"
    assert await plans.resume("often")
    actors.fail_next("schedule_write")
    assert await plans.resume("often")
    assert (await refusal(plans.skip("often"))).name == "storage.unavailable"
    assert await history() == []
    assert [await plans.pause("no"), await plans.resume(99), await plans.skip("no")] == [False, False, None]


# -- skip ------------------------------------------------------------------------------------------------
async def test_the_next_time_is_passed_over_and_stands_in_the_history(actors: ActorNode) -> None:
    await fill()
    due_at = (await plan()).next_at
    assert due_at is not None
    assert await (await schedule()).skip("often") == due_at
    assert (await plan()).next_at == due_at + 60_000
    [run] = await inside().schedule.history("often")
    assert (run.result, run.scheduled_at, run.attempts) == ("skipped", due_at, 0)
    assert (await plan()).last_run_at is None
    await actors.advance(2 * MINUTE)
    assert await actors.state_of(planbook()) == ["x"]


async def test_a_one_shot_that_is_skipped_never_runs(actors: ActorNode) -> None:
    number = await (await schedule()).after(MINUTE, Planbook.note, "tea")
    assert await (await schedule()).skip(number)
    assert await (await schedule()).list() == []
    assert await history(number) == [("skipped", 0)]
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == []


async def test_skipping_passes_over_all_that_a_pause_has_missed(actors: ActorNode) -> None:
    await fill(misfire=Misfire.all(max=10))
    await (await schedule()).pause("often")
    await actors.advance(HOUR + 30)
    await (await schedule()).skip("often")
    await (await schedule()).resume("often")
    await actors.advance(29)
    assert await planbook().read() == []
    await actors.advance(1)
    assert await planbook().read() == ["x"]


# -- run now ---------------------------------------------------------------------------------------------
async def run_now(reference: int | str = "often") -> bool:
    """As an inspector's door does."""
    return await (await schedule())._scheduler.run_now(reference)


async def test_a_run_that_is_ordered_now_is_a_run_of_its_schedule_beside_its_times(actors: ActorNode) -> None:
    await fill()
    due_at = (await plan()).next_at
    await actors.advance(10)
    assert await run_now()
    await actors.advance(0)
    assert await planbook().read() == ["x"]
    [run] = await inside().schedule.history("often")
    now = now_of(actors)
    assert (run.number, run.result, run.scheduled_at, run.fired_at) == (1, "ok", now, now)
    [firing] = Planbook.firings
    assert firing is not None
    assert (firing.name, firing.kind, firing.scheduled_at) == ("often", "every", now)
    assert [one.name for one in await inside().schedule.list()] == ["often"], "no schedule of its own"
    assert ((await plan()).next_at, (await plan()).last_run_at) == (due_at, now)
    await actors.advance(50)
    assert await history() == [("ok", 1), ("ok", 1)]


async def test_a_one_shot_that_is_run_now_still_has_its_time(actors: ActorNode) -> None:
    number = await (await schedule()).after(MINUTE, Planbook.note, "tea")
    assert await run_now(number)
    await actors.advance(0)
    assert await history(number) == [("ok", 1)]
    await actors.advance(MINUTE)
    assert await planbook().read() == ["tea", "tea"]
    assert await history(number) == [("ok", 1), ("ok", 1)]
    assert not await run_now(number), "it has fired"


async def test_what_is_paused_or_goes_on_is_run_now_all_the_same_and_only_so_often(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    await (await schedule()).cron.every("often", MINUTE, Planbook.wait, "x", retry=Retry(max=1))
    await (await schedule()).pause("often")
    for _ in range(AT_ONCE):
        assert await run_now()
    await actors.advance(0)
    assert await actors.state_of(planbook()) == ["x begins"] * AT_ONCE
    refused = await refusal(run_now())
    assert (refused.name, refused.status) == ("schedule.too_many_runs", 409)
    Planbook.gate.set()
    await actors.advance(0)
    assert await history() == [("ok", 1)] * AT_ONCE
    assert (await plan()).paused_at is not None
    assert await run_now()


async def test_a_time_that_comes_while_an_ordered_run_goes_on_is_passed_over(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    await (await schedule()).cron.every("often", MINUTE, Planbook.wait, "x")
    await actors.advance(MINUTE - 10)
    await run_now()
    await actors.advance(10)
    assert await history() == [("skipped", 0), ("running", 1)]
    Planbook.gate.set()


async def test_an_ordered_run_that_fails_is_tried_again_and_one_that_is_cut_off_counts_as_interrupted(
    actors: ActorNode,
) -> None:
    await fill(retry=Retry(max=1, backoff=1, jitter=0))
    Planbook.fail.append(UserError("no"))
    await run_now()
    await actors.advance(1)
    assert await history() == [("ok", 2)]
    Planbook.gate = asyncio.Event()
    await (await schedule()).cron.every("often", MINUTE, Planbook.wait, "x")
    await run_now()
    await actors.advance(0)
    await actors.restart(crash=True)
    assert await history(limit=1) == [("error", 1)]


async def test_an_order_that_cannot_be_stored_or_makes_no_sense_runs_nothing(actors: ActorNode) -> None:
    await fill()
    await (await schedule()).cron.every("gone", MINUTE, "note", "y")
    actors.fail_next("schedule_write")
    assert (await refusal(run_now())).name == "storage.unavailable"
    assert not await run_now("no")
    [lost] = [one for one in await inside().schedule._scheduler._book.readable() if one.row.name == "gone"]
    lost.row = replace(lost.row, action="sing")
    assert (await refusal(run_now("gone"))).name == "actor.action_not_found"
    await actors.advance(0)
    assert await planbook().read() == []
    assert await history() == await history("gone") == []
    assert await run_now(), "and the next order is carried out"
    await actors.advance(0)
    assert await history() == [("ok", 1)]


# -- backfill --------------------------------------------------------------------------------------------
async def times_of(actors: ActorNode, count: int) -> tuple[int, list[int]]:
    """Let so many minutes pass in which the schedule is passed over. Its times, and the present."""
    await fill(misfire=Misfire.skip())
    first = (await plan()).next_at
    assert first is not None
    await (await schedule()).pause("often")
    await actors.advance(count * MINUTE + 10)
    await (await schedule()).resume("often")
    await actors.advance(0)
    assert await planbook().read() == []
    return now_of(actors), [first + n * 60_000 for n in range(count)]


async def test_past_times_are_run_in_order_one_by_one(actors: ActorNode) -> None:
    now, times = await times_of(actors, 4)
    plans = await schedule()
    assert await plans.backfill("often", times[1], now + HOUR * 1000) == 3
    await actors.advance(0)
    ran = [firing for firing in Planbook.firings if firing is not None]
    assert [(firing.name, firing.kind, firing.scheduled_at) for firing in ran] == [
        ("often", "every", time) for time in times[1:]
    ]
    assert await history(limit=3) == [("ok", 1)] * 3
    assert await plans.backfill("often", now + 1, now + HOUR * 1000) == 0, "what is to come comes by itself"
    assert await plans.backfill("often", datetime.fromtimestamp(times[0] / 1000, UTC), times[0]) == 1


async def test_overlap_says_how_many_run_at_once(actors: ActorNode) -> None:
    now, times = await times_of(actors, 25)
    Planbook.gate = asyncio.Event()
    await (await schedule()).cron.every("often", MINUTE, Planbook.wait, "x")
    assert await inside().schedule.backfill("often", times[0], now) == 25
    await actors.advance(0)
    assert await actors.state_of(planbook()) == ["x begins"]
    await (await schedule()).cron.every("often", MINUTE, Planbook.wait, "x", overlap="allow")
    await actors.advance(0)
    assert await actors.state_of(planbook()) == ["x begins"] * 10
    Planbook.gate.set()
    await actors.advance(0)
    assert await history(limit=25) == [("ok", 1)] * 25


async def test_runs_that_wait_outlive_their_node_and_a_sleeping_actor_is_woken_for_them(
    actors: ActorNode,
) -> None:
    now, times = await times_of(actors, 3)
    await (await schedule()).pause("often")
    assert await inside().schedule.backfill("often", times[0], now) == 3
    await actors.advance(HOUR)
    assert await history(limit=3) == [("waiting", 0)] * 3
    await (await schedule()).resume("often")
    await actors.restart(crash=True)
    await actors.advance(MINUTE)
    assert (await actors.state_of(planbook()))[:3] == ["x"] * 3


async def test_a_run_that_fails_is_tried_again_before_the_next_begins(actors: ActorNode) -> None:
    now, times = await times_of(actors, 2)
    await fill(retry=Retry(max=1, backoff=1, jitter=0))
    Planbook.fail.append(UserError("no"))
    await inside().schedule.backfill("often", times[0], now)
    await actors.advance(0)
    assert await history(limit=2) == [("waiting", 0), ("retrying", 1)]
    await actors.advance(1)
    assert await history(limit=2) == [("ok", 1), ("ok", 2)]


async def test_what_makes_no_sense_is_refused_and_changes_nothing(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.cron.set("minutely", "* * * * *", Planbook.note, "x")
    once = await plans.after(HOUR, Planbook.note, "tea")
    now = now_of(actors)
    for reference in ("no", once):
        refused = await refusal(plans.backfill(reference, now - 1, now))
        assert (refused.name, refused.metadata) == (
            "schedule.not_recurring",
            {"schedule": str(reference)},
        )
    long_ago = now - (MOST_WAITING + 1) * 60_000
    too_many = await refusal(plans.backfill("minutely", long_ago, now))
    assert (too_many.name, too_many.metadata) == (
        "schedule.backfill_too_large",
        {"maximum": MOST_WAITING, "waiting": 0},
    )
    for since, until in (
        (now, now - 1),
        (now - LONGEST_RANGE - 1, now),
        ("yesterday", now),
        (0, datetime(2026, 1, 1)),
    ):
        assert (await refusal(plans.backfill("minutely", since, until))).name == "schedule.invalid_time"
    assert await plans.history("minutely") == []
    await plans.pause("minutely")
    present = datetime.fromtimestamp(now / 1000, UTC)
    hour = timedelta(hours=1)
    waiting = await plans.backfill("minutely", present - 16 * hour, present)
    again = await refusal(plans.backfill("minutely", present - hour, present))
    assert again.metadata == {"maximum": MOST_WAITING, "waiting": waiting}


@pytest.mark.actors(store="memory")  # half a year has many seconds, and the store has no say in it
async def test_the_times_of_a_range_follow_the_clocks_of_the_time_zone(actors: ActorNode) -> None:
    """In Berlin, the day that has no 02:30 and the day that has two."""
    plans = await schedule()
    await plans.cron.set("nightly", "30 2 * * *", Planbook.note, "x", timezone="Europe/Berlin")
    await plans.pause("nightly")
    spring = (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
    autumn = (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    await actors.advance(autumn[1].timestamp() - now_of(actors) / 1000)
    plans = await schedule()
    assert await plans.backfill("nightly", *spring) == 1
    assert await plans.backfill("nightly", *autumn) == 1
    await plans.skip("nightly")
    await plans.resume("nightly")
    await actors.advance(0)
    zone = ZoneInfo("Europe/Berlin")
    ran = [firing.scheduled_at for firing in Planbook.firings if firing is not None]
    told = [datetime.fromtimestamp(time / 1000, zone).strftime("%d.%m. %H:%M %z") for time in ran]
    assert told == ["29.03. 03:00 +0200", "25.10. 02:30 +0200"]


async def test_a_zone_may_be_the_one_of_django(actors: ActorNode) -> None:
    plans = await schedule()
    for zone in (ZoneInfo("Europe/Berlin"), UTC, ZoneInfo("UTC")):
        await plans.cron.set(str(zone), "30 2 * * *", Planbook.note, "x", timezone=zone)
    assert sorted(one.timezone or "" for one in await plans.list()) == ["Europe/Berlin", "UTC"]


async def test_a_schedule_that_cannot_be_read_has_no_times(
    actors: ActorNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await schedule()).cron.set("daily", "0 9 * * *", Planbook.note, "x", timezone="Europe/Berlin")
    await actors.sleep(planbook())
    monkeypatch.setattr("actors.runtime.cadence.ZoneInfo", _no_zone)
    plans = await schedule()
    assert (await refusal(plans.skip("daily"))).name == "schedule.invalid_schedule_row"
    assert (await refusal(plans.backfill("daily", 0, 1))).name == "schedule.invalid_schedule_row"
    assert await plans.pause("daily")
    monkeypatch.undo()
    await actors.sleep(planbook())
    await actors.advance(25 * HOUR)
    assert await actors.state_of(planbook()) == []
    assert (await plan("daily")).orphaned_at is None


def _no_zone(name: str) -> Any:
    raise ValueError(name)


# -- an actor that is paused itself ----------------------------------------------------------------------
@pytest.mark.parametrize("asleep", [True, False])
async def test_what_a_paused_actor_misses_is_for_the_misfire_policy_when_it_goes_on(
    actors: ActorNode, asleep: bool
) -> None:
    await fill("once")
    if asleep:
        await actors.sleep(planbook())
    await order(actors, "pause")
    await actors.advance(10 * MINUTE + 1)
    record = await actors.record(planbook())
    assert record is not None and record.generation == 1, "no alarm has woken it"
    assert await actors.state_of(planbook()) == []
    await order(actors, "resume")
    await actors.advance(5)
    assert await actors.state_of(planbook()) == ["once"]
    await actors.advance(MINUTE)
    assert await actors.state_of(planbook()) == ["once", "once"]


async def test_a_schedule_of_a_paused_actor_is_not_run_by_hand_and_can_be_changed(actors: ActorNode) -> None:
    await fill()
    plans = await schedule()
    await order(actors, "pause")
    refused = await refusal(plans._scheduler.run_now("often"))
    assert refused.name == "actor.paused"
    assert await plans.pause("often")
    assert await plans.resume("often")
    await order(actors, "resume")
    assert await plans._scheduler.run_now("often")
    await actors.settle()
    assert await actors.state_of(planbook()) == ["x"]
