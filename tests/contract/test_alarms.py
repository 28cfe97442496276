"""Alarms: what the platform looks at while an actor sleeps, and what it leaves to the node of one awake."""

from __future__ import annotations

import pytest

from actors.storage.alarms import AWAKE_MARGIN, RETRY_PAUSE, WAKE_LEASE, AlarmChange, DueAlarm
from actors.storage.queue import QueueWrite
from actors.storage.store import ClaimRequest, NewActor, Release, Store, StoredConn
from tests.contract.worlds import World

LOBBY = "id-lobby"
DUE = 1_000_000
BY_ID = ClaimRequest(actor_id=LOBBY)


async def give(store: Store, due_at: int | None, actor_id: str = LOBBY, generation: int = 1) -> bool:
    """As the queue of an actor gives its alarm; False if it was not let."""
    write = QueueWrite(actor_id, generation, alarm=AlarmChange(due_at))
    return actor_id in await store.queues.write([write])


async def make(store: Store, actor_id: str) -> None:
    await store.claim("alpha", [ClaimRequest(new=NewActor(actor_id, "chatRoom", actor_id))])
    await store.queues.open(actor_id, 1)


async def sleep(store: Store, actor_id: str = LOBBY, generation: int = 1, **how: object) -> None:
    release = Release(actor_id, generation, slept_at=DUE - 500, **how)  # type: ignore[arg-type]
    assert await store.release([release]) == {actor_id}


@pytest.fixture
async def awake(alpha: Store) -> Store:
    """An actor that is awake on alpha and due at DUE."""
    await make(alpha, LOBBY)
    assert await give(alpha, DUE)
    return alpha


async def test_without_an_alarm_there_is_nothing_to_look_at(alpha: Store) -> None:
    await make(alpha, LOBBY)
    assert await alpha.alarms.next() is None
    assert list(await alpha.alarms.claim(DUE, limit=10)) == []


async def test_of_an_actor_that_is_awake_the_platform_looks_at_an_alarm_late(awake: Store) -> None:
    assert await awake.alarms.next() == DUE + AWAKE_MARGIN


async def test_a_sleep_makes_it_the_platforms_and_a_claim_takes_it_back(awake: Store) -> None:
    await sleep(awake)
    assert await awake.alarms.next() == DUE
    await awake.claim("alpha", [BY_ID])
    assert await awake.alarms.next() == DUE + AWAKE_MARGIN


async def test_an_alarm_is_moved_and_taken_away_by_its_owner_alone(awake: Store) -> None:
    assert await give(awake, DUE + 7)
    assert await awake.alarms.next() == DUE + 7 + AWAKE_MARGIN
    assert not await give(awake, None, generation=9)
    assert await awake.alarms.next() == DUE + 7 + AWAKE_MARGIN
    assert await give(awake, None)
    assert await awake.alarms.next() is None


async def test_a_write_that_says_nothing_of_the_alarm_leaves_it(awake: Store) -> None:
    await awake.queues.write([QueueWrite(LOBBY, 1)])
    assert await awake.alarms.next() == DUE + AWAKE_MARGIN


async def test_what_is_due_is_claimed_once_and_again_only_after_the_lease(awake: Store) -> None:
    await sleep(awake)
    assert list(await awake.alarms.claim(DUE - 1, limit=10)) == []
    assert list(await awake.alarms.claim(DUE, limit=10)) == [DueAlarm(LOBBY, DUE)]
    assert list(await awake.alarms.claim(DUE, limit=10)) == []
    assert await awake.alarms.next() == DUE + WAKE_LEASE
    assert list(await awake.alarms.claim(DUE + WAKE_LEASE, limit=10)) == [DueAlarm(LOBBY, DUE)]


async def test_late_ones_can_be_asked_for_alone(awake: Store) -> None:
    await sleep(awake)
    assert list(await awake.alarms.claim(DUE + 4_999, late=5_000, limit=10)) == []
    assert list(await awake.alarms.claim(DUE + 5_000, late=5_000, limit=10)) == [DueAlarm(LOBBY, DUE)]


async def test_the_longest_due_come_first(alpha: Store) -> None:
    for number in (3, 1, 2):
        await make(alpha, f"id-{number}")
        await give(alpha, DUE + number, f"id-{number}")
        await sleep(alpha, f"id-{number}")
    assert await alpha.alarms.next() == DUE + 1
    found = [alarm.actor_id for alarm in await alpha.alarms.claim(DUE + 9, limit=2)]
    assert sorted(found) == ["id-1", "id-2"]
    assert [alarm.actor_id for alarm in await alpha.alarms.claim(DUE + 9, limit=2)] == ["id-3"]


async def test_an_actor_that_a_living_node_keeps_awake_is_passed_over(awake: Store) -> None:
    late = DUE + AWAKE_MARGIN
    assert list(await awake.alarms.claim(late, limit=10)) == []
    assert await awake.alarms.next() == late + WAKE_LEASE


async def test_the_actor_of_a_node_that_has_died_is_found_after_the_margin(
    awake: Store, world: World
) -> None:
    await awake.close()
    await world.mourn("alpha")
    other = await world.store()
    assert list(await other.alarms.claim(DUE + AWAKE_MARGIN - 1, limit=10)) == []
    assert list(await other.alarms.claim(DUE + AWAKE_MARGIN, limit=10)) == [DueAlarm(LOBBY, DUE)]


async def test_an_actor_whose_sockets_wait_is_to_be_woken_where_they_wait(awake: Store) -> None:
    await sleep(awake, conns=[StoredConn("conn", b"record")])
    assert list(await awake.alarms.claim(DUE, limit=10)) == [DueAlarm(LOBBY, DUE, "http://10.0.0.1:8000")]


async def test_after_a_failure_an_actor_is_not_woken_at_once(awake: Store) -> None:
    await give(awake, DUE - 500)
    await sleep(awake, error={"group": "user", "code": "x", "message": "y"})
    assert await awake.alarms.next() == DUE - 500 + RETRY_PAUSE


async def test_what_an_actor_has_left_as_it_found_it_is_not_repeated_at_once(awake: Store) -> None:
    await sleep(awake, woken_at=DUE + 1)
    assert await awake.alarms.next() == DUE - 500 + RETRY_PAUSE


async def test_what_fell_due_while_it_was_awake_wakes_it_at_once(awake: Store) -> None:
    await sleep(awake, woken_at=DUE)
    assert await awake.alarms.next() == DUE


async def test_with_the_actor_its_alarm_is_gone(awake: Store) -> None:
    assert await awake.destroy(LOBBY, 1, 5)
    assert await awake.alarms.next() is None


async def test_where_no_beat_runs_none_is_counted(alpha: Store) -> None:
    assert await alpha.alarms.beats() == 0
