"""Schedules: who may write them, what a repeated write does, and what the next claim finds of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actors.storage.alarms import AWAKE_MARGIN
from actors.storage.schedules import ScheduleContents, ScheduleWrite, StoredRun, StoredSchedule
from actors.storage.store import Claimed, ClaimRequest, NewActor, Release, Store
from tests.contract.worlds import World

LOBBY = "id-lobby"
BY_ID = ClaimRequest(actor_id=LOBBY)
TEA = StoredSchedule(1, "at", None, "remind", b"\x81ctea", {"max_history": 100}, 50, due_at=900)
TIDY = StoredSchedule(
    2,
    "cron",
    "nightly",
    "tidy",
    b"\x80",
    {"expression": "0 3 * * *", "timezone": "Europe/Berlin", "retry": {"max": 3, "backoff": 0.5}},
    60,
    due_at=7000,
    last_run_at=800,
    runs=3,
    orphaned_at=810,
    paused_at=820,
)
RUN = StoredRun(2, 3, 800, 801, 1, "running")


def wrote(revision: int, *, generation: int = 1, due_at: int | None = 900, **changes: Any) -> ScheduleWrite:
    return ScheduleWrite(LOBBY, generation, revision, revision, due_at, **changes)


async def contents(store: Store, generation: int = 1) -> ScheduleContents:
    found = await store.schedules.open(LOBBY, generation)
    assert found is not None
    return found


async def history(store: Store, schedule_id: int = 2, limit: int = 20) -> list[StoredRun]:
    return list(await store.schedules.history(LOBBY, schedule_id, limit))


@pytest.fixture
async def opened(alpha: Store) -> Store:
    """An actor on alpha, generation 1, that has never scheduled anything."""
    await alpha.claim("alpha", [ClaimRequest(new=NewActor(LOBBY, "chatRoom", "lobby"))])
    assert await contents(alpha) == ScheduleContents(0, 0, None, [], [])
    return alpha


async def test_what_is_put_is_found_as_it_was(opened: Store) -> None:
    assert await opened.schedules.write([wrote(2, puts=(TEA, TIDY), runs=(RUN,))]) == {LOBBY}
    assert await contents(opened) == ScheduleContents(2, 2, 900, [TEA, TIDY], [RUN])


async def test_a_put_of_the_same_id_replaces_it(opened: Store) -> None:
    await opened.schedules.write([wrote(1, puts=(TEA, TIDY))])
    later = replace(TIDY, action="sweep", args=b"\x81a1", rules={}, due_at=None, runs=4, orphaned_at=None)
    await opened.schedules.write([wrote(2, puts=(later,))])
    assert (await contents(opened)).schedules == [TEA, later]


async def test_a_drop_takes_the_runs_along(opened: Store) -> None:
    other = replace(RUN, schedule_id=1)
    await opened.schedules.write([wrote(1, puts=(TEA, TIDY), runs=(RUN, other))])
    await opened.schedules.write([wrote(2, drops=(2,))])
    assert await contents(opened) == ScheduleContents(2, 2, 900, [TEA], [other])
    assert await history(opened) == []


async def test_only_open_runs_are_found_at_opening_and_all_in_the_history(opened: Store) -> None:
    ended = replace(RUN, number=2, result="error", ended_at=805, error={"group": "user", "code": "x", "n": 1})
    again = replace(RUN, number=4, result="retrying", attempts=2, again_at=950)
    await opened.schedules.write([wrote(1, puts=(TIDY,), runs=(ended, RUN, again))])
    assert (await contents(opened)).runs == [RUN, again]
    assert await history(opened) == [again, RUN, ended]
    assert await history(opened, limit=1) == [again]
    assert await history(opened, schedule_id=1) == []


async def test_a_run_that_ends_replaces_its_row(opened: Store) -> None:
    await opened.schedules.write([wrote(1, puts=(TIDY,), runs=(RUN,))])
    ended = replace(RUN, started_at=820, attempts=2, result="ok", ended_at=830)
    await opened.schedules.write([wrote(2, runs=(ended,))])
    assert await history(opened) == [ended]
    assert (await contents(opened)).runs == []


async def test_a_trim_forgets_ended_runs_up_to_a_number(opened: Store) -> None:
    ended = [replace(RUN, number=n, result="ok", ended_at=805) for n in (1, 3, 4)]
    still = replace(RUN, number=2)
    await opened.schedules.write([wrote(1, puts=(TEA, TIDY), runs=(*ended, still))])
    await opened.schedules.write([wrote(2, trims=((2, 3), (1, 9)))])
    assert [run.number for run in await history(opened)] == [4, 2]


async def test_a_write_of_a_revision_that_was_reached_changes_nothing(opened: Store) -> None:
    """As after a broken connection: nobody knows whether the first one arrived, or whether it still will."""
    first = wrote(1, puts=(TEA,), runs=(replace(RUN, schedule_id=1, number=1),))
    await opened.schedules.write([first])
    await opened.schedules.write([wrote(2, due_at=None, drops=(1,))])
    assert await opened.schedules.write([first]) == {LOBBY}
    assert await contents(opened) == ScheduleContents(2, 2, None, [], [])
    assert await history(opened, 1) == []


async def test_the_claim_tells_when_something_falls_due(opened: Store) -> None:
    for revision, due_at in ((1, 900), (2, None)):
        await opened.schedules.write([wrote(revision, due_at=due_at, generation=revision, puts=(TEA,))])
        [claimed] = await opened.claim("alpha", [BY_ID])
        assert isinstance(claimed, Claimed)
        assert claimed.due_at == due_at
    [claimed] = await opened.claim("alpha", [ClaimRequest(new=NewActor("id-2", "chatRoom", "two"))])
    assert isinstance(claimed, Claimed)
    assert claimed.due_at is None


async def test_the_claim_of_another_node_fences_the_schedules(
    opened: Store, beta: Store, world: World
) -> None:
    await opened.schedules.write([wrote(1, puts=(TEA,))])
    await world.drop_session("alpha")
    await beta.claim("beta", [BY_ID])
    assert await opened.schedules.write([wrote(2, puts=(TIDY,), drops=(1,), runs=(RUN,))]) == frozenset()
    assert await opened.schedules.open(LOBBY, 1) is None
    assert await contents(beta, 2) == ScheduleContents(1, 1, 900, [TEA], [])


async def test_a_generation_goes_on_where_the_last_one_stopped(opened: Store) -> None:
    await opened.schedules.write([wrote(1, puts=(TEA,))])
    await opened.release([Release(LOBBY, 1, 5000)])
    await opened.claim("alpha", [BY_ID])
    assert await contents(opened, 2) == ScheduleContents(1, 1, 900, [TEA], [])
    assert await opened.schedules.write([wrote(2, generation=1, drops=(1,))]) == frozenset()
    assert await opened.schedules.write([wrote(2, generation=2, puts=(TIDY,))]) == {LOBBY}


async def test_schedules_that_nobody_opened_take_nothing(alpha: Store) -> None:
    await alpha.claim("alpha", [ClaimRequest(new=NewActor(LOBBY, "chatRoom", "lobby"))])
    assert await alpha.schedules.write([wrote(1, puts=(TEA,))]) == frozenset()
    assert await alpha.schedules.open(LOBBY, 9) is None
    assert await alpha.schedules.open("nobody", 1) is None
    assert await history(alpha) == []


async def test_each_actor_of_a_batch_keeps_its_own(opened: Store) -> None:
    await opened.claim("alpha", [ClaimRequest(new=NewActor("id-2", "chatRoom", "two"))])
    await opened.schedules.open("id-2", 1)
    mine = wrote(1, puts=(TEA, TIDY), runs=(RUN,))
    other = ScheduleWrite("id-2", 1, 4, 7, None, [replace(TEA, action="theirs")], drops=[2], trims=[(2, 9)])
    fenced = ScheduleWrite("id-3", 1, 1, 1, 5, [TEA])
    assert await opened.schedules.write([mine, other, fenced]) == {LOBBY, "id-2"}
    assert await contents(opened) == ScheduleContents(1, 1, 900, [TEA, TIDY], [RUN])
    theirs = await opened.schedules.open("id-2", 1)
    assert theirs == ScheduleContents(4, 7, None, [replace(TEA, action="theirs")], [])


async def test_the_alarm_is_what_the_last_write_said(opened: Store) -> None:
    for revision, due_at in ((1, 900), (2, None), (3, 40), (3, 20)):
        await opened.schedules.write([wrote(revision, due_at=due_at, puts=(TEA,))])
        if due_at != 20:  # a repetition
            assert await opened.alarms.next() == (None if due_at is None else due_at + AWAKE_MARGIN)
    assert await opened.alarms.next() == 40 + AWAKE_MARGIN


async def test_destroying_takes_the_schedules_along(opened: Store) -> None:
    await opened.schedules.write([wrote(1, puts=(TEA, TIDY), runs=(RUN,))])
    assert await opened.destroy(LOBBY, None, 9000)
    assert await opened.schedules.write([wrote(2, puts=(TEA,))]) == frozenset()
    assert await history(opened) == []
