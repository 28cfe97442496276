"""Schedules as authors use them, by the numbers of the requirements (D1 to D11). Over both stores."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest

from actors import Actor, Misfire, Options, Retry, ScheduledRun, UserError, action
from actors.api import schedule as api
from actors.errors import ActorError
from actors.storage.alarms import AWAKE_MARGIN
from actors.testing import ActorNode
from tests.api.planbook import Planbook, forget, inside, planbook, schedule

pytestmark = pytest.mark.actors(store="both")

HOUR = 3600


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


async def refused(call: Any) -> ActorError:
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value


async def results(reference: int | str, limit: int = 20, key: str = "a") -> list[str]:
    """Of the latest runs, the last first."""
    return [run.result for run in await (await schedule(key)).history(reference, limit)]


# -- D1 to D11 -------------------------------------------------------------------------------------------
async def test_d1_awake_it_fires_once_and_to_the_millisecond(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.after(0.2, inside().note, "tea")
    await actors.advance(0.199)
    assert await planbook().read() == []
    await actors.advance(0.001)
    assert await planbook().read() == ["tea"]
    await actors.advance(HOUR)
    assert await planbook().read() == ["tea"]


async def test_d2_asleep_it_fires_without_any_request(actors: ActorNode) -> None:
    await (await schedule()).after(HOUR, Planbook.note, "tea")
    await actors.advance(HOUR - 2)
    assert await actors.status(planbook()) == "asleep"
    assert await actors.state_of(planbook()) == []
    await actors.advance(4)
    assert await actors.state_of(planbook()) == ["tea"]


async def test_trap_02_and_d3_what_on_sleep_schedules_wakes_the_actor_once(actors: ActorNode) -> None:
    await schedule()
    Planbook.last_words = 0.5
    await actors.advance(30.4)
    assert await actors.state_of(planbook()) == []
    await actors.advance(2)
    assert await actors.state_of(planbook()) == ["last words"]
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == ["last words"]


async def test_d4_it_fires_once_after_a_crash(actors: ActorNode) -> None:
    await (await schedule()).after(HOUR, Planbook.note, "tea")
    await actors.advance(60)
    await actors.restart(crash=True)
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == ["tea"]


async def test_d4_it_fires_once_after_a_crash_of_an_awake_actor(actors: ActorNode) -> None:
    await (await schedule()).after(60, Planbook.note, "tea")
    await actors.restart(crash=True)
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == ["tea"]


async def test_d5_cancelled_before_it_is_due_it_never_fires(actors: ActorNode) -> None:
    plans = await schedule()
    number = await plans.after(60, Planbook.note, "tea")
    await plans.cron.every("often", 10, Planbook.note, "coffee")
    assert await plans.cancel(number)
    assert not await plans.cancel(number)
    assert await plans.cancel("often")
    assert not await plans.cancel("seldom")
    assert await plans.list() == []
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == []
    assert await actors.status(planbook()) == "asleep"  # and no alarm has woken it in between


async def test_d6_a_hundred_of_the_same_millisecond_fire_once_each_in_order(actors: ActorNode) -> None:
    plans = await schedule()
    time = await _now(actors) + 10_000
    ids = await asyncio.gather(*[plans.at(time, Planbook.note, str(n)) for n in range(100)])
    assert ids == sorted(set(ids))
    await actors.advance(10)
    assert await planbook().read() == [str(n) for n in range(100)]


async def test_d7_a_time_that_has_passed_fires_at_once(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.at(5, Planbook.note, "long ago")
    await plans.at(datetime(2001, 1, 1, tzinfo=UTC), Planbook.note, "ago")
    await plans.after(-5, Planbook.note, "now")
    await actors.advance(0)
    assert sorted(await planbook().read()) == ["ago", "long ago", "now"]


async def test_d9_the_alarm_is_written_only_when_the_earliest_time_changes(actors: ActorNode) -> None:
    plans = await schedule()
    store = actors._process.store.real
    time = await _now(actors) + 50_000
    await plans.at(time, Planbook.note, "first")
    assert await store.alarms.next() == time + AWAKE_MARGIN
    await store.alarms.claim(time + AWAKE_MARGIN, limit=9)  # somebody looks, and leaves it for a while
    moved = await store.alarms.next()
    await plans.at(time + 1, Planbook.note, "second")
    assert await store.alarms.next() == moved != time + AWAKE_MARGIN
    await plans.at(time - 1, Planbook.note, "zeroth")
    assert await store.alarms.next() == time - 1 + AWAKE_MARGIN


class Busy(Actor):
    """Takes few calls at a time."""

    state: list[str]
    options = Options(max_pending_actions=2, no_sleep=True)

    def create_state(self) -> list[str]:
        return []

    @action
    async def hold(self) -> None:
        await self.aborted.wait(50)

    @action
    async def note(self, text: str) -> None:
        self.state = [*self.state, text]

    @action
    async def begin(self) -> None:
        await self.schedule.after(10, self.note, "through")


async def test_d10_a_flood_of_calls_does_not_keep_it_out(actors: ActorNode) -> None:
    busy = Busy.actors.get_or_create("a")
    await busy.begin()
    held = [asyncio.ensure_future(_sent(busy.hold())) for _ in range(2)]
    await actors.settle()
    assert (await refused(busy.note("refused"))).name == "actor.overloaded"
    await actors.advance(10)
    assert await actors.state_of(busy) == ["through"]
    assert (await refused(busy.note("refused"))).name == "actor.overloaded"  # the permits are as before
    await actors.advance(50)
    await asyncio.gather(*held)
    await busy.note("free")


async def _sent(call: Any) -> Any:
    return await call


BERLIN = [
    # the night in which 02:00 is followed by 03:00: what is to run in the hour that is missing runs after it
    ("2026-03-28T12:00+01:00", "30 2 * * *", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
    ("2026-03-29T00:30+01:00", "0 * * * *", ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]),
    # the night in which 02:00 to 03:00 comes twice: a fixed time runs once, each hour runs twice
    ("2026-10-24T12:00+02:00", "30 2 * * *", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
    ("2026-10-25T01:30+02:00", "0 * * * *", ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]),
    ("2026-10-25T02:10+01:00", "30 2 * * *", ["2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"]),
]


@pytest.mark.parametrize(("begin", "expression", "expected"), BERLIN)
async def test_d11_clock_changes_in_berlin(
    actors: ActorNode, begin: str, expression: str, expected: list[str]
) -> None:
    start = datetime.fromisoformat(begin)
    await actors.advance(start.timestamp() - await _now(actors) / 1000)
    await (await schedule()).cron.set("nightly", expression, Planbook.note, "x", timezone="Europe/Berlin")
    times = [datetime.fromisoformat(text).timestamp() for text in expected]
    for time in times:
        await actors.advance(time - await _now(actors) / 1000 + 1)
    fired = [firing.scheduled_at / 1000 for firing in Planbook.firings if firing is not None]
    assert fired == times


async def _now(actors: ActorNode) -> int:
    return actors._world.clock.now_ms()


# -- what an action is told ------------------------------------------------------------------------------
async def test_an_action_knows_the_schedule_that_it_runs_by(actors: ActorNode) -> None:
    plans = await schedule()
    start = await _now(actors)
    number = await plans.after(10, "sync", "x")
    await plans.cron.every("often", timedelta(minutes=1), inside().note, "y", 2)
    await actors.advance(60)
    await planbook().note("by hand")
    once, often, none = Planbook.firings
    assert once is not None
    assert (once.kind, once.id, once.name, once.attempt) == ("at", number, None, 1)
    assert (once.scheduled_at, once.fired_at) == (start + 10_000, start + 10_000)
    assert often is not None
    assert (often.kind, often.name, often.scheduled_at) == ("every", "often", start + 60_000)
    assert none is None
    assert plans.firing is None
    assert await planbook().read() == ["x", "y", "y", "by hand"]


class Chained(Actor):
    """Its scheduled action calls itself by a handle, and goes on in the background."""

    seen: list[Any] = []
    options = Options(no_sleep=True)

    @action
    async def begin(self) -> None:
        await self.schedule.after(1, self.outer)

    @action
    async def outer(self) -> None:
        await Chained.actors.get_or_create(self.key).inner()
        self.wait_until(self.later())
        Chained.seen.append(self.schedule.firing is not None)

    @action
    async def inner(self) -> None:
        Chained.seen.append(self.schedule.firing)

    async def later(self) -> None:
        Chained.seen.append(self.schedule.firing)


async def test_what_a_scheduled_action_calls_or_leaves_behind_has_no_schedule(actors: ActorNode) -> None:
    Chained.seen = []
    await Chained.actors.get_or_create("a").begin()
    await actors.advance(1)
    assert Chained.seen == [None, True, None]


# -- what is refused -------------------------------------------------------------------------------------
async def test_nothing_is_stored_of_what_is_refused(actors: ActorNode) -> None:
    plans: Any = await schedule()
    note, when = Planbook.note, datetime(2030, 1, 1)
    codes = {
        "schedule.invalid_cron_expression": [
            plans.cron.set("n", "61 * * * *", note, "x"),
            plans.cron.set("n", "* * * * * *", note, "x"),
            plans.cron.set("n", "0 0 30 2 *", note, "x"),
            plans.cron.set("n", "* " * 300, note, "x"),
            plans.cron.set("n", None, note, "x"),
        ],
        "schedule.invalid_timezone": [
            plans.cron.set("n", "* * * * *", note, "x", timezone=zone) for zone in ("Mars/X", "", "..", None)
        ],
        "schedule.invalid_interval": [
            plans.cron.every("n", seconds, note, "x") for seconds in (4.999, 0, -1, timedelta(0))
        ],
        "schedule.invalid_name": [
            plans.cron.every(name, 60, note, "x") for name in ("", "é" * 65, "a\0", "\ud800", 7)
        ],
        "schedule.invalid_max_history": [
            plans.cron.every("n", 60, note, "x", max_history=most) for most in (-1, 1001, True, "9")
        ],
        "schedule.invalid_policy": [
            plans.after(1, note, "x", retry=Retry(max=-1)),
            plans.after(1, note, "x", retry=Retry(backoff=float("nan"))),
            plans.after(1, note, "x", retry=3),
            plans.cron.every("n", 60, note, "x", misfire=Misfire.all(0)),
            plans.cron.every("n", 60, note, "x", misfire="skip"),
            plans.cron.every("n", 60, note, "x", overlap="maybe"),
            plans.after(1, note, text="x"),
            plans.after(1, note, "x", overlap="allow"),
            plans.at(1, note, "x", timezone="UTC"),
            plans.cron.every("n", 60, note, "x", timezone="UTC"),
            plans.cron.set("n", "* * * * *", note, "x", retries=3),
        ],
        "schedule.invalid_time": [
            plans.after(float("inf"), note, "x"),
            plans.after("60", note, "x"),
            plans.at(when, note, "x"),
            plans.at(1.5, note, "x"),
            plans.at(api.LAST_TIME + 1, note, "x"),
        ],
        "actor.action_not_found": [
            plans.after(1, planbook().note, "x"),  # another actor's, by a handle
            plans.after(1, "no_such", "x"),
            plans.after(1, Planbook.helper, "x"),
            plans.after(1, len, "x"),
        ],
        "actor.invalid_request": [
            plans.after(1, note, 5),
            plans.after(1, "note", "x", "many"),
            plans.history("n", 0),
        ],
        "schedule.args_too_large": [plans.after(1, note, "x" * api.MOST_BYTES)],
    }
    for code, calls in codes.items():
        for call in calls:
            assert (await refused(call)).name == code
    for call in (plans.after(1, note), plans.after(1, note, "x", 1, 2)):
        with pytest.raises(TypeError, match="note"):
            await call
    assert await plans.list() == []


async def test_a_word_that_a_schedule_does_not_take_is_named_with_those_that_it_takes(
    actors: ActorNode,
) -> None:
    plans: Any = await schedule()
    refusal = await refused(plans.cron.set("n", "* * * * *", Planbook.note, "x", zone="UTC"))
    told = "schedule.cron.set() takes max_history, misfire, overlap, retry, timezone by name, not 'zone'"
    assert refusal.metadata["reason"].startswith(told)
    refusal = await refused(plans.after(1, Planbook.note, text="x"))
    assert refusal.metadata["reason"].endswith("not 'text'; an action is given its arguments by position")


@pytest.mark.parametrize("verb", ["get", "cancel", "pause", "resume", "skip", "history"])
async def test_a_schedule_is_meant_by_its_id_or_its_name(actors: ActorNode, verb: str) -> None:
    plans: Any = await schedule()
    await plans.after(60, Planbook.note, "x")
    (plan,) = await plans.list()
    for wrong in (plan, None, 1.5, True, {}):
        refusal = await refused(getattr(plans, verb)(wrong))
        assert refusal.name == "actor.invalid_request"
        told = f"schedule.{verb}() takes the id or the name of a schedule, not {wrong!r}"
        assert refusal.metadata == {"reason": told}
    assert await plans.list() == [plan]


async def test_a_name_may_have_128_bytes_and_any_letters(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.cron.every("é" * 64, 5, Planbook.note, "x")
    assert [plan.name for plan in await plans.list()] == ["é" * 64]


class Modest(Actor):
    """Plans little."""

    options = Options(max_schedules=3, no_sleep=True)

    @action
    async def plan(self, count: int) -> None:
        for _ in range(count):
            await self.schedule.after(60, self.nothing)

    @action
    async def repeat(self, name: str) -> None:
        await self.schedule.cron.every(name, 60, self.nothing)

    @action
    async def nothing(self) -> None:
        """Runs."""


async def test_pending_schedules_are_limited_and_those_that_fired_do_not_count(actors: ActorNode) -> None:
    modest = Modest.actors.get_or_create("a")
    await modest.plan(2)
    await modest.repeat("x")
    full = await refused(modest.plan(1))
    assert (full.name, full.metadata) == ("schedule.max_schedules_exceeded", {"maximum": 3})
    assert (await refused(modest.repeat("y"))).name == "schedule.max_schedules_exceeded"
    await modest.repeat("x")  # there already
    await actors.advance(60)
    await modest.plan(2)
    assert Options().max_schedules == 1000


# -- looking ---------------------------------------------------------------------------------------------
async def test_a_schedule_says_all_that_is_known_of_it(actors: ActorNode) -> None:
    plans, start = await schedule(), await _now(actors)
    retry = Retry(max=2, backoff=5)
    once = await plans.at(start + 90_000, Planbook.note, "tea", 2, retry=retry, max_history=7)
    await plans.cron.set(
        "daily", " 0  3 * * * ", "note", "x", timezone="Europe/Berlin", misfire=Misfire.all(3)
    )
    await plans.cron.every("often", 60, Planbook.note, "y", overlap="allow")
    often, tea, daily = await plans.list()
    assert (tea.id, tea.kind, tea.name, tea.action, tea.args) == (once, "at", None, "note", ("tea", 2))
    assert (tea.created_at, tea.next_at, tea.last_run_at) == (start, start + 90_000, None)
    assert (tea.retry, tea.max_history, tea.interval, tea.expression) == (retry, 7, None, None)
    assert (daily.kind, daily.expression, daily.timezone) == ("cron", "0 3 * * *", "Europe/Berlin")
    assert (daily.misfire, daily.overlap, daily.max_history) == (Misfire.all(3), "skip", 100)
    assert (often.interval, often.next_at, often.overlap) == (60.0, start + 60_000, "allow")
    assert await plans.get("often") == often
    assert await plans.get(once) == tea
    assert await plans.get(99) is None
    assert await plans.get("nobody") is None
    await actors.restart(crash=True)
    assert await (await schedule()).list() == [often, tea, daily]


async def test_a_one_shot_that_has_fired_is_gone_but_for_its_history(actors: ActorNode) -> None:
    plans, start = await schedule(), await _now(actors)
    number = await plans.after(5, Planbook.note, "tea")
    await actors.advance(6)
    assert await plans.get(number) is None
    assert not await plans.cancel(number)
    [run] = await plans.history(number)
    assert (run.number, run.result, run.attempts, run.error) == (1, "ok", 1, None)
    assert (run.scheduled_at, run.fired_at, run.ended_at) == (start + 5000, start + 5000, start + 5000)


async def test_setting_a_name_again_changes_it_and_an_unchanged_cadence_keeps_its_time(
    actors: ActorNode,
) -> None:
    plans = await schedule()
    first = await plans.cron.every("often", 60, Planbook.note, "x")
    await actors.advance(20)
    plan = await plans.get("often")
    assert plan is not None
    assert await plans.cron.every("often", 60, Planbook.note, "y") == first
    again = await plans.get("often")
    assert again is not None
    assert (again.next_at, again.args) == (plan.next_at, ("y",))
    await plans.cron.every("often", 30, Planbook.note, "y")
    sooner = await plans.get("often")
    assert sooner is not None
    assert sooner.next_at == await _now(actors) + 30_000
    await plans.cron.set("often", "* * * * *", Planbook.note, "z")
    [changed] = await plans.list()
    assert (changed.kind, changed.id, changed.interval, changed.expression) == (
        "cron",
        first,
        None,
        "* * * * *",
    )


async def test_setting_the_same_again_writes_nothing(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.cron.every("often", 60, Planbook.note, "x")
    actors.fail_next("schedule_write")
    await plans.cron.every("often", 60, Planbook.note, "x")
    await refused(plans.cron.every("often", 60, Planbook.note, "y"))


# -- misfires --------------------------------------------------------------------------------------------
DOWN = 3 * HOUR


async def _down(actors: ActorNode, misfire: Misfire, **how: Any) -> None:
    """Three hours in which no node runs, of a schedule of each minute."""
    await (await schedule()).cron.set("minutely", "* * * * *", Planbook.note, "tick", misfire=misfire, **how)
    process = actors._process
    await process.kill()
    await actors._world.clock.advance(DOWN + 30 - await _now(actors) / 1000 % 60)
    actors._process = type(process)(actors._world)
    actors._bind(actors._process.platform, actors._process.transport)
    await actors._process.start()
    await actors.advance(1)


async def test_three_hours_of_downtime_make_one_run_by_coalesce(actors: ActorNode) -> None:
    await _down(actors, Misfire.coalesce())
    assert await actors.state_of(planbook()) == ["tick"]
    await actors.advance(29)
    assert await actors.state_of(planbook()) == ["tick"] * 2
    assert await results("minutely") == ["ok", "ok"]


async def test_three_hours_of_downtime_make_no_run_by_skip(actors: ActorNode) -> None:
    await _down(actors, Misfire.skip())
    assert await actors.state_of(planbook()) == []
    assert await results("minutely") == ["skipped"]
    await actors.advance(30)
    assert await actors.state_of(planbook()) == ["tick"]


@pytest.mark.parametrize("overlap", ["skip", "allow"])
async def test_three_hours_of_downtime_make_the_latest_runs_by_all(actors: ActorNode, overlap: str) -> None:
    await _down(actors, Misfire.all(max=3), overlap=overlap)
    assert await actors.state_of(planbook()) == ["tick"] * 3
    now = await _now(actors)
    minute = now - now % 60_000
    times = [firing.scheduled_at for firing in Planbook.firings if firing is not None]
    assert times == [minute - 120_000, minute - 60_000, minute]
    await actors.advance(30)
    assert await results("minutely") == ["ok"] * 4


async def test_all_makes_good_less_than_its_maximum_if_less_was_missed(actors: ActorNode) -> None:
    await (await schedule("b")).cron.every("b", HOUR, Planbook.note, "b", misfire=Misfire.all(max=100))
    await _down(actors, Misfire.all(max=100))
    assert await actors.state_of(planbook("b")) == ["b"] * 3
    assert await actors.state_of(planbook()) == ["tick"] * 100


async def test_a_one_shot_that_is_late_runs_unless_it_is_to_be_skipped(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.after(HOUR, Planbook.note, "late")
    skipped = await plans.after(HOUR, Planbook.note, "never", misfire=Misfire.skip())
    await _down(actors, Misfire.skip())
    assert await actors.state_of(planbook()) == ["late"]
    assert await results(skipped) == ["skipped"]


# -- retries ---------------------------------------------------------------------------------------------
async def test_a_run_that_fails_is_tried_again_with_growing_pauses(actors: ActorNode) -> None:
    retry = Retry(max=3, backoff=10, factor=3, longest=50, jitter=0)
    Planbook.fail.extend(
        [UserError("no"), ValueError("boom"), UserError("no"), UserError("the last", "last")]
    )
    number = await (await schedule()).after(1, Planbook.note, "tea", retry=retry)
    start = await _now(actors)
    await actors.advance(1)
    [run] = await inside().schedule.history(number)
    assert (run.result, run.attempts, _code(run)) == ("retrying", 1, "user_error")
    await actors.advance(200)
    attempts = [firing for firing in Planbook.firings if firing is not None]
    assert [firing.fired_at - start for firing in attempts] == [1000, 11_000, 41_000, 91_000]
    assert [firing.attempt for firing in attempts] == [1, 2, 3, 4]
    assert {firing.scheduled_at - start for firing in attempts} == {1000}
    [run] = await (await schedule()).history(number)
    assert (run.result, run.attempts) == ("error", 4)
    assert run.error == {"group": "user", "code": "last", "message": "the last"}


async def test_a_retry_that_succeeds_ends_the_run(actors: ActorNode) -> None:
    Planbook.fail.append(ValueError("boom"))
    number = await (await schedule()).after(1, Planbook.note, "tea", retry=Retry(max=3, backoff=60, jitter=0))
    await actors.advance(1)
    [run] = await inside().schedule.history(number)
    assert run.error == {
        "group": "rivetkit",
        "code": "internal_error",
        "message": "ValueError: boom",
    }
    await actors.advance(HOUR)  # it fell asleep in between
    assert await actors.state_of(planbook()) == ["tea"]
    [run] = await (await schedule()).history(number)
    assert (run.result, run.attempts, run.error) == ("ok", 2, None)


async def test_without_retries_a_failure_is_the_end(actors: ActorNode) -> None:
    Planbook.fail.append(UserError("no"))
    plans = await schedule()
    number = await plans.after(1, Planbook.note, "tea")
    await plans.cron.every("often", 60, Planbook.note, "x")
    await actors.advance(1)
    assert await results(number) == ["error"]
    Planbook.fail.append(UserError("no"))
    await actors.advance(119)
    assert await results("often") == ["ok", "error"]


@pytest.mark.parametrize(
    ("overlap", "attempts", "ended"),
    [
        ("skip", [(10, 10), (10, 35), (40, 40)], ["ok", "skipped", "skipped", "ok"]),
        ("allow", [(10, 10), (20, 20), (30, 30), (10, 35), (40, 40)], ["ok"] * 4),
    ],
)
async def test_times_that_come_while_a_run_waits_to_be_tried_again(
    actors: ActorNode, overlap: Any, attempts: list[tuple[int, int]], ended: list[str]
) -> None:
    Planbook.fail.append(UserError("no"))
    start, retry = await _now(actors), Retry(max=1, backoff=25, jitter=0)
    await (await schedule()).cron.every("often", 10, Planbook.note, "x", retry=retry, overlap=overlap)
    await actors.advance(41)
    firings = [firing for firing in Planbook.firings if firing is not None]
    seconds = [((one.scheduled_at - start) // 1000, (one.fired_at - start) // 1000) for one in firings]
    assert seconds == attempts
    assert await results("often") == ended


async def test_what_is_cancelled_or_changed_is_not_tried_again_as_it_was(actors: ActorNode) -> None:
    Planbook.fail += [UserError("no")] * 2
    plans, retry = await schedule(), Retry(max=3, backoff=5, jitter=0)
    once = await plans.after(1, Planbook.note, "cancelled", retry=retry)
    await plans.cron.every("often", 60, Planbook.note, "old", retry=retry)
    await actors.advance(2)
    assert await plans.cancel(once)
    await actors.advance(59)
    await (await schedule()).cron.every("often", 60, Planbook.note, "new", retry=retry)
    await actors.advance(20)
    assert await planbook().read() == ["new"]
    assert [plan.name for plan in await (await schedule()).list()] == ["often"]


async def test_jitter_only_makes_pauses_longer() -> None:
    pauses = {Retry(backoff=1, jitter=0.5).pause(2) for _ in range(200)}
    assert min(pauses) >= 2000
    assert max(pauses) <= 3000
    assert len(pauses) > 10


# -- overlap ---------------------------------------------------------------------------------------------
async def test_a_time_at_which_the_last_run_goes_on_is_skipped(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    await (await schedule()).cron.every("slow", 10, Planbook.wait, "x")
    await actors.advance(35)
    Planbook.gate.set()
    await actors.settle()
    assert await planbook().read() == ["x begins", "x ends"]
    assert await results("slow") == ["skipped", "skipped", "ok"]
    await actors.advance(5)
    assert await results("slow", 1) == ["ok"]


async def test_runs_may_overlap(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    await (await schedule()).cron.every("slow", 10, Planbook.wait, "x", overlap="allow")
    await actors.advance(25)
    assert await actors.state_of(planbook()) == ["x begins"] * 2
    Planbook.gate.set()
    await actors.settle()
    assert await results("slow") == ["ok", "ok"]


# -- history ---------------------------------------------------------------------------------------------
async def test_the_history_of_a_schedule_is_limited(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.cron.every("few", 5, Planbook.note, "x", max_history=3)
    await plans.cron.every("none", 5, Planbook.note, "x", max_history=0)
    await plans.cron.every("default", 5, Planbook.note, "x")
    await actors.advance(5 * 110)
    assert [run.number for run in await plans.history("few")] == [110, 109, 108]
    assert await plans.history("none") == []
    assert len(await plans.history("default", 1000)) == 100
    assert await plans.history("unknown") == []
    await plans.cron.every("default", 5, Planbook.note, "x", max_history=2)
    store = actors._process.store.real
    record = await actors.record(planbook())
    assert record is not None
    for name, kept in (("few", 3), ("none", 1), ("default", 2)):
        plan = await plans.get(name)
        assert plan is not None
        assert len(await store.schedules.history(record.actor_id, plan.id, 1000)) == kept


async def test_the_last_hundred_one_shots_keep_their_history(actors: ActorNode) -> None:
    plans = await schedule()
    ids = await asyncio.gather(*[plans.after(1, Planbook.note, "x") for _ in range(102)])
    unkept = await plans.after(1, Planbook.note, "x", max_history=0)
    await actors.advance(1)
    assert [await plans.history(number) != [] for number in ids] == [False] * 2 + [True] * 100
    assert await plans.history(unkept) == []


# -- interrupted runs ------------------------------------------------------------------------------------
async def test_a_run_that_a_crash_cuts_off_is_not_repeated_by_default(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    number = await (await schedule()).after(1, Planbook.wait, "x")
    await actors.advance(1)
    assert await actors.state_of(planbook()) == ["x begins"]
    await actors.restart(crash=True)
    await actors.advance(HOUR)
    [run] = await (await schedule()).history(number)
    assert (run.result, run.attempts, _code(run)) == ("error", 1, "interrupted")
    assert await planbook().read() == ["x begins"]


async def test_with_retries_it_is_repeated_without_any_request(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    number = await (await schedule()).after(1, Planbook.wait, "x", retry=Retry(max=1))
    await actors.advance(1)
    await actors.restart(crash=True)
    Planbook.gate.set()
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == ["x begins", "x begins", "x ends"]
    [run] = await (await schedule()).history(number)
    assert (run.result, run.attempts) == ("ok", 2)


async def test_a_crash_between_claim_and_action_is_an_interrupted_attempt(actors: ActorNode) -> None:
    plans = await schedule()
    again = await plans.after(1, Planbook.note, "again", retry=Retry(max=1))
    once = await plans.after(1, Planbook.note, "once")
    actors.fail_next("schedule_write", "interrupted", applied=True)
    await actors.advance(1)  # the claim is durable, and nobody has heard of it yet
    await actors.restart(crash=True)
    assert Planbook.firings == []
    await actors.advance(HOUR)
    assert await actors.state_of(planbook()) == ["again"]
    [repeated] = await (await schedule()).history(again)
    [lost] = await inside().schedule.history(once)
    assert (repeated.result, repeated.attempts) == ("ok", 2)
    assert (lost.result, lost.attempts, _code(lost)) == ("error", 1, "interrupted")


def _code(run: ScheduledRun) -> Any:
    return None if run.error is None else run.error["code"]


async def test_a_run_that_outlasts_the_grace_period_is_interrupted(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    plans = await schedule()
    once = await plans.after(1, Planbook.wait, "x")
    again = await plans.after(1, Planbook.wait, "y", retry=Retry(max=1, backoff=HOUR, jitter=0))
    await actors.advance(1)
    await actors.sleep(planbook())
    await actors.advance(5)
    assert await actors.status(planbook()) == "asleep"
    Planbook.gate.set()
    await actors.advance(HOUR + 60)
    assert await actors.state_of(planbook()) == ["x begins", "y begins", "y begins", "y ends"]
    [lost] = await (await schedule()).history(once)
    [repeated] = await inside().schedule.history(again)
    assert (lost.result, _code(lost)) == ("error", "interrupted")
    assert (repeated.result, repeated.attempts) == ("ok", 2)


async def test_what_falls_due_in_the_grace_period_is_the_next_generations(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    plans = await schedule()
    await plans.after(1, Planbook.wait, "x")
    await plans.after(3, Planbook.note, "due")
    await actors.advance(1)
    await actors.sleep(planbook())
    await actors.advance(3)
    assert await actors.status(planbook()) == "stopping"
    assert await actors.state_of(planbook()) == ["x begins"]
    Planbook.gate.set()
    await actors.advance(2)
    assert await actors.state_of(planbook()) == ["x begins", "x ends", "due"]


async def test_a_scheduled_action_that_runs_keeps_its_actor_awake(actors: ActorNode) -> None:
    Planbook.gate = asyncio.Event()
    await (await schedule()).after(1, Planbook.wait, "x")
    await actors.advance(50)
    assert await actors.status(planbook()) == "awake"
    Planbook.gate.set()
    await actors.advance(29)
    assert await actors.status(planbook()) == "awake"
    await actors.advance(1)
    assert await actors.status(planbook()) == "asleep"


# -- ends ------------------------------------------------------------------------------------------------
async def test_a_destroyed_actor_does_nothing_any_more(actors: ActorNode) -> None:
    plans = await schedule()
    await plans.after(60, Planbook.note, "x")
    await plans.after(1, Planbook.end)
    await actors.advance(HOUR)
    assert await actors.status(planbook()) == "absent"
    assert (await refused(plans.after(1, Planbook.note, "x"))).name == "actor.stopping"
    assert await actors._process.store.real.alarms.next() is None


# -- the store fails ---------------------------------------------------------------------------------------
async def test_what_could_not_be_stored_is_not_there(actors: ActorNode) -> None:
    plans = await schedule()
    kept = await plans.after(60, Planbook.note, "kept")
    actors.fail_next("schedule_write")
    assert (await refused(plans.after(1, Planbook.note, "lost"))).name == "storage.unavailable"
    actors.fail_next("schedule_write")
    assert (await refused(plans.cancel(kept))).name == "storage.unavailable"
    assert [plan.id for plan in await plans.list()] == [kept]
    await actors.advance(60)
    assert await planbook().read() == ["kept"]


async def test_a_claim_that_fails_is_made_again(actors: ActorNode) -> None:
    await (await schedule()).after(1, Planbook.note, "x")
    actors.fail_next("schedule_write", times=3)
    await actors.advance(3.5)
    assert await actors.state_of(planbook()) == []
    await actors.advance(1)
    assert await actors.state_of(planbook()) == ["x"]


async def test_schedules_that_cannot_be_read_are_read_later(actors: ActorNode) -> None:
    await (await schedule()).after(HOUR, Planbook.note, "x")
    await actors.advance(HOUR - 1)
    actors.fail_next("schedule_open", times=3)
    await actors.advance(5)
    assert await actors.state_of(planbook()) == ["x"]


async def test_an_end_that_could_not_be_stored_is_stored_later_and_nothing_runs_twice(
    actors: ActorNode,
) -> None:
    Planbook.gate = asyncio.Event()
    number = await (await schedule()).after(1, Planbook.wait, "x", retry=Retry(max=5))
    await actors.advance(1)
    actors.fail_next("schedule_write", times=2)
    Planbook.gate.set()
    await actors.advance(10)
    assert await actors.state_of(planbook()) == ["x begins", "x ends"]
    assert await results(number) == ["ok"]


async def test_an_interrupted_write_is_repeated_and_done_once(actors: ActorNode) -> None:
    plans = await schedule()
    for applied in (True, False):
        actors.fail_next("schedule_write", "interrupted", applied=applied)
        task = asyncio.ensure_future(plans.after(5, Planbook.note, "x"))
        await actors.advance(1)
        await task
    await actors.advance(5)
    assert await planbook().read() == ["x", "x"]


# -- schedules without their action ------------------------------------------------------------------------
async def test_d8_a_schedule_whose_action_is_gone_is_kept_and_marked(
    actors: ActorNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = await schedule()
    number = await plans.after(5, Planbook.note, "x")
    await plans.cron.every("often", 60, Planbook.note, "y")
    actions = Planbook.__definition__.actions
    monkeypatch.delitem(actions, "note")  # type: ignore[arg-type]
    start = await _now(actors)
    await actors.advance(61)
    once, often = await (await schedule()).list()
    assert (once.id, once.orphaned_at, once.next_at) == (number, start + 5000, start + 5000)
    assert (often.orphaned_at, often.next_at) == (start + 60_000, start + 60_000)
    monkeypatch.undo()
    await actors.advance(2 * HOUR)
    assert (await actors.state_of(planbook()))[0] == "x"
    assert await results(number) == ["ok"]
    plan = await (await schedule()).get("often")
    assert plan is not None
    assert plan.orphaned_at is None


async def test_a_schedule_that_cannot_be_read_is_kept_and_waits(
    actors: ActorNode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plans = await schedule()
    await plans.cron.set("daily", "0 9 * * *", Planbook.note, "x", timezone="Europe/Berlin")
    await actors.sleep(planbook())
    monkeypatch.setattr("actors.runtime.cadence.ZoneInfo", _no_zone)
    await actors.advance(25 * HOUR)
    [plan] = await (await schedule()).list()
    assert plan.orphaned_at is not None
    assert await actors.state_of(planbook()) == []
    assert "schedule.invalid_schedule_row" in {getattr(record, "error", None) for record in caplog.records}
    monkeypatch.undo()
    await actors.advance(2 * HOUR)
    assert await actors.state_of(planbook()) == ["x"]


def _no_zone(name: str) -> Any:
    raise ValueError(name)


class Eager(Actor):
    """Plans while it starts, and something happens in the middle of that."""

    state: list[str]
    between: ClassVar[Callable[[], None]]

    def create_state(self) -> list[str]:
        return []

    async def on_create(self, given: Any) -> None:
        await self.schedule.after(1, self.note, "stored")
        Eager.between()
        with contextlib.suppress(ActorError):
            await self.schedule.after(2, self.note, "not stored")

    @action
    async def note(self, text: str) -> None:
        self.state = [*self.state, text]


async def test_what_a_start_has_planned_comes_though_a_later_plan_of_it_failed(actors: ActorNode) -> None:
    Eager.between = lambda: actors.fail_next("schedule_write")
    await Eager.actors.get_or_create("a").note("here")
    await actors.advance(5)
    assert await actors.state_of(Eager.actors.get("a")) == ["here", "stored"]


def test_offsets_of_datetimes_are_respected() -> None:
    zone = timezone(timedelta(hours=2))
    assert api._unix(datetime(1970, 1, 1, 2, 0, 1, tzinfo=zone)) == 1000
