"""One schedule over any course of events: no time fires early or twice, and each leaves a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.protocol import cbor
from actors.runtime.agenda import Agenda
from actors.runtime.cadence import Cadence, Cron, Every
from actors.runtime.planned import RETRYING, RUNNING, WAITING, Planned
from actors.runtime.rules import Misfire, Retry, Rules
from actors.storage.schedules import StoredRun, StoredSchedule

START = 1_792_880_000_000  # in the night in which the clocks of Berlin go back
MISFIRES = st.sampled_from([Misfire.coalesce(), Misfire.skip(), Misfire.all(3)])
CADENCES: st.SearchStrategy[Cadence] = st.sampled_from(
    [Every(5000, START), Every(61_000, START), Cron("*/2 * * * *", "Europe/Berlin")]
)
# How long until the next look, and whether what runs then has ended, in failure or not.
STEPS = st.lists(
    st.tuples(st.integers(0, 1_000_000), st.sampled_from(["goes on", "ok", "error"])), max_size=40
)


def planned(rules: Rules, due_at: int) -> Planned:
    row = StoredSchedule(1, "cron", "name", "note", cbor.encode([]), rules.as_json(), START, due_at=due_at)
    return Planned(row, (), 60_000)


@given(CADENCES, MISFIRES, st.sampled_from(["skip", "allow"]), st.integers(0, 2), STEPS)
def test_no_time_fires_early_or_twice(
    cadence: Cadence, misfire: Misfire, overlap: Any, retries: int, steps: list[tuple[int, str]]
) -> None:
    rules = Rules(cadence, Retry(max=retries), misfire, overlap)
    due_at = cadence.after(START)
    assert due_at is not None
    plan, now = planned(rules, due_at), START
    times: dict[int, int] = {}
    for seconds, fate in steps:
        now += seconds
        taken = plan.take(now)
        for run in taken:
            assert run.scheduled_at <= run.started_at == now
            assert times.setdefault(run.number, run.scheduled_at) == run.scheduled_at
            assert run.attempts <= retries + 1
        check(plan, now, taken, rules)
        if fate != "goes on":
            for run in [run for run in plan.open.values() if run.result == RUNNING]:
                plan.end_run(run.number, now, None if fate == "ok" else {"code": "x"})
    scheduled = [times[number] for number in sorted(times)]
    assert sorted(set(scheduled)) == scheduled, "each time once, and in order"
    assert set(times) == set(range(1, plan.row.runs + 1)), "and none without a run"


DEEDS = st.sampled_from(["nothing", "pause", "resume", "skip", "backfill"])


@given(
    CADENCES,
    MISFIRES,
    st.sampled_from(["skip", "allow"]),
    st.lists(
        st.tuples(st.integers(0, 300_000), DEEDS, st.sampled_from(["goes on", "ok", "error"])), max_size=40
    ),
)
def test_whatever_operators_do_nothing_begins_while_it_is_paused_and_each_time_has_its_run(
    cadence: Cadence, misfire: Misfire, overlap: Any, steps: list[tuple[int, str, str]]
) -> None:
    rules = Rules(cadence, Retry(max=1), misfire, overlap)
    plan, now = planned(rules, cadence.first(1, START + 1, START + 600_000)[0]), START
    numbers: list[int] = []
    for seconds, deed, fate in steps:
        now += seconds
        plan, ordered = operated(plan, deed, now)
        numbers += ordered
        fires_at = plan.next_fire()
        taken = plan.take(now) if fires_at is not None and fires_at <= now else []
        numbers += [run.number for run in taken if run.attempts == 0 or run.number > max(numbers, default=0)]
        if plan.row.paused_at is not None:
            assert (plan.next_fire(), plan.alarm(), taken) == (None, None, [])
        else:
            assert plan.alarm() is not None, "what waits or comes is covered by the alarm"
        begun = [run for run in plan.open.values() if run.result != WAITING]
        assert len(begun) <= 1 or overlap == "allow"
        for run in [run for run in begun if run.result == RUNNING and fate != "goes on"]:
            plan.end_run(run.number, now, None if fate == "ok" else {"code": "x"})
    assert sorted(numbers) == list(range(1, plan.row.runs + 1)), "each time has one run"


def operated(plan: Planned, deed: str, now: int) -> tuple[Planned, list[int]]:
    """What becomes of it, as with the scheduler, and the numbers of the new runs."""
    runs: list[StoredRun] = []
    row = plan.row
    if deed in ("pause", "resume"):
        row = replace(row, paused_at=now if deed == "pause" else None)
    if deed == "skip" and (passed := plan.passed_over(now)) is not None:
        row, runs = passed[0], [passed[1]]
    if deed == "backfill":
        row, runs = plan.ordered([now - 3, now - 2], now)
    kept = [*plan.open.values(), *(run for run in runs if run.ended_at is None)]
    return Planned(row, kept, plan.patience), [run.number for run in runs]


def test_a_one_shot_that_is_passed_over_wants_its_action_no_more() -> None:
    plan = planned(Rules(), START)
    plan.become(replace(plan.row, orphaned_at=START))
    passed = plan.passed_over(START)
    assert passed is not None
    assert (passed[0].due_at, passed[0].orphaned_at) == (None, None)


def check(plan: Planned, now: int, taken: list[StoredRun], rules: Rules) -> None:
    begun = [run for run in taken if run.result == RUNNING]
    if rules.overlap == "skip":
        assert len(plan.open) <= 1
    if rules.misfire.policy != "all":
        assert len([run for run in begun if run.attempts == 1]) <= 1
    upcoming = plan.next_fire()
    assert upcoming is None or upcoming > now, "nothing that is due is left behind"
    alarm = plan.alarm()
    assert alarm is not None, "and a recurring schedule always has a next time"
    retrying = [run.again_at for run in plan.open.values() if run.result == RETRYING]
    assert all(again_at is not None and again_at > now for again_at in retrying)


def test_what_becomes_of_a_fork_is_nothing_to_the_agenda_and_the_other_way_round() -> None:
    cadence = Every(5000, START)
    agenda = Agenda(1, [planned(Rules(cadence), START + 5000)])
    fork = agenda.fork()
    [mine], [forked] = agenda, fork
    [run] = mine.take(START + 5000)
    assert (forked.open, forked.row.due_at, mine.open) == ({}, START + 5000, {1: run})
    assert (fork.new_id(), agenda.last_id) == (2, 1)
    fork.remove(forked)
    assert (agenda.find("name"), fork.find("name"), fork.find(1)) == (mine, None, None)
