"""What an operator has paused: a mark of the directory that outlives generations, nodes and their deaths."""

from __future__ import annotations

import pytest

from actors.storage.alarms import AWAKE_MARGIN, AlarmChange, DueAlarm
from actors.storage.outbox import OutboxMark
from actors.storage.queue import QueueWrite
from actors.storage.schedules import ScheduleWrite
from actors.storage.store import (
    ActorRecord,
    Claimed,
    ClaimRequest,
    HeldElsewhere,
    HoldChange,
    NewActor,
    Release,
    Store,
)
from tests.contract.test_outbox import NOW, add
from tests.contract.worlds import World

LOBBY = "id-lobby"
DUE = 1_000_000
NEW = NewActor(LOBBY, "room", "lobby", created_at=5)
BY_ID = ClaimRequest(actor_id=LOBBY)
PAUSE, RESUME = HoldChange(calls=True), HoldChange(calls=False)
PAUSE_QUEUES, RESUME_QUEUES = HoldChange(queues=True), HoldChange(queues=False)


def marks(record: ActorRecord | None) -> tuple[int | None, int | None]:
    assert record is not None
    return record.paused_at, record.queues_paused_at


async def claimed(store: Store, node_id: str) -> Claimed:
    (found,) = await store.claim(node_id, [BY_ID])
    assert isinstance(found, Claimed), found
    return found


async def sleep(store: Store, generation: int = 1) -> None:
    assert await store.release([Release(LOBBY, generation, slept_at=DUE - 500)]) == {LOBBY}


async def test_each_mark_is_set_once_and_taken_away_by_itself(alpha: Store) -> None:
    await alpha.create(NEW)
    assert marks(await alpha.hold(LOBBY, PAUSE, 7)) == (7, None)
    assert marks(await alpha.hold(LOBBY, PAUSE, 8)) == (7, None), "it has been paused since then"
    assert marks(await alpha.hold(LOBBY, PAUSE_QUEUES, 9)) == (7, 9)
    assert marks(await alpha.hold(LOBBY, RESUME, 10)) == (None, 9)
    assert marks(await alpha.hold(LOBBY, RESUME_QUEUES, 11)) == (None, None)
    assert marks(await alpha.hold(LOBBY, HoldChange(calls=True, queues=True), 12)) == (12, 12)
    assert marks(await alpha.hold(LOBBY, HoldChange(), 13)) == (12, 12)
    assert marks(await alpha.find("room", "lobby")) == (12, 12)


async def test_nobody_is_paused_who_is_not_there(alpha: Store) -> None:
    assert await alpha.hold("unknown", PAUSE, 7) is None
    await alpha.create(NEW)
    await alpha.hold(LOBBY, PAUSE, 7)
    await alpha.destroy(LOBBY, None, 8)
    assert await alpha.hold(LOBBY, PAUSE, 9) is None
    assert marks((await alpha.get([LOBBY]))[0]) == (None, None), "what is gone is not paused"


async def test_a_claim_and_a_sleep_keep_it_and_a_claim_tells_it(alpha: Store) -> None:
    await alpha.claim("alpha", [ClaimRequest(new=NEW)])
    told = await alpha.hold(LOBBY, PAUSE, 7)
    assert told is not None and (told.node_id, told.generation) == ("alpha", 1), "and who has it by now"
    await sleep(alpha)
    assert marks((await claimed(alpha, "alpha")).record) == (7, None)


async def test_it_outlives_the_death_of_its_node(alpha: Store, beta: Store, world: World) -> None:
    await alpha.claim("alpha", [ClaimRequest(new=NEW)])
    await beta.hold(LOBBY, HoldChange(calls=True, queues=True), 7)
    (held,) = await beta.claim("beta", [BY_ID])
    assert isinstance(held, HeldElsewhere)
    await alpha.close()
    await world.mourn("alpha")
    assert marks((await claimed(beta, "beta")).record) == (7, 7)


@pytest.fixture
async def due(alpha: Store) -> Store:
    """An actor that sleeps, with an alarm of its queue due at DUE and one of its schedule right after."""
    await alpha.claim("alpha", [ClaimRequest(new=NEW)])
    await alpha.queues.open(LOBBY, 1)
    await alpha.schedules.open(LOBBY, 1)
    await alpha.queues.write([QueueWrite(LOBBY, 1, alarm=AlarmChange(DUE))])
    await alpha.schedules.write([ScheduleWrite(LOBBY, 1, 1, 0, DUE + 1)])
    await sleep(alpha)
    return alpha


async def test_what_falls_due_while_it_is_paused_is_looked_at_once_and_wakes_nobody(due: Store) -> None:
    await due.hold(LOBBY, PAUSE, 7)
    assert list(await due.alarms.claim(DUE + 1, limit=10)) == []
    assert await due.alarms.next() is None
    await due.hold(LOBBY, RESUME, 8)
    assert await due.alarms.next() == DUE
    assert set(await due.alarms.claim(DUE + 1, limit=10)) >= {DueAlarm(LOBBY, DUE)}


async def test_paused_queues_leave_schedules_alone(due: Store) -> None:
    await due.hold(LOBBY, PAUSE_QUEUES, 7)
    assert list(await due.alarms.claim(DUE + 1, limit=10)) == [DueAlarm(LOBBY, DUE + 1)]
    await due.hold(LOBBY, RESUME_QUEUES, 8)
    assert await due.alarms.next() == DUE


async def test_a_claim_brings_back_what_was_put_away_and_so_does_going_on(due: Store) -> None:
    await due.hold(LOBBY, PAUSE, 7)
    await due.alarms.claim(DUE + 1, limit=10)
    await claimed(due, "alpha")
    assert await due.alarms.next() == DUE + AWAKE_MARGIN
    assert list(await due.alarms.claim(DUE + 1 + AWAKE_MARGIN, limit=10)) == []
    assert await due.alarms.next() is None, "awake and paused it is not looked at again and again either"
    await due.hold(LOBBY, RESUME, 8)
    assert await due.alarms.next() == DUE + AWAKE_MARGIN


async def test_calls_of_the_outbox_say_that_their_actor_is_paused(alpha: Store, world: World) -> None:
    await alpha.create(NEW)
    await alpha.create(NewActor("id-other", "room", "other"))
    for key in ("lobby", LOBBY, "other", "new"):
        await add(world, key)
    await alpha.hold(LOBBY, PAUSE, 7)
    rows = await alpha.outbox.claim(NOW, 10)
    assert {row.call.key: row.paused for row in rows} == {
        "lobby": True,
        LOBBY: True,
        "other": False,
        "new": False,
    }


async def test_a_message_of_the_outbox_waits_for_no_pause(alpha: Store, world: World) -> None:
    await alpha.create(NEW)
    await add(world, kind="queue")
    await alpha.hold(LOBBY, PAUSE, 7)
    assert [row.paused for row in await alpha.outbox.claim(NOW, 10)] == [False]


async def test_a_call_that_was_put_off_for_a_pause_can_be_hastened(alpha: Store, world: World) -> None:
    for key in ("lobby", "lobby", "other"):
        await add(world, key)
    for row in await alpha.outbox.claim(NOW, 10):
        why = "actor.paused: wait" if row.call.key == "lobby" else "actor.stopping: later"
        await alpha.outbox.mark(OutboxMark(row.row_id, 0, 90_000, why))
    await alpha.outbox.hasten("room", "lobby", NOW)
    await alpha.outbox.hasten("room", "other", NOW)
    found = await alpha.outbox.claim(NOW, 10)
    assert [(row.call.key, row.attempts) for row in found] == [("lobby", 0)]
