"""How due alarms reach their actors: shared out to nodes, through a door that only the platform opens."""

from __future__ import annotations

import logging

import httpx
import pytest

from actors.gateway.forward import Forwarder
from actors.gateway.platform import Platform
from actors.gateway.sweep import LATE, Sweep
from actors.gateway.transport import PlatformTransport
from actors.gateway.waking import PATH, Waking
from actors.protocol.ids import new_actor_id
from actors.runtime.lifecycle import State
from actors.storage.alarms import LEAD, WAKE_LEASE, AlarmChange, DueAlarm
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import NewActor, NodeRecord, Store

AWAY = "http://127.0.0.1:9"


@pytest.fixture
async def outside(platform: Platform, database: MemoryDatabase, http: httpx.AsyncClient) -> Waking:
    """A process that hosts no node, and whose network is the application of the one node."""
    forwarder = Forwarder(platform.config, platform.clock)
    forwarder.client = http
    database.sessions[(await platform.ready()).node_id].node = NodeRecord(
        (await platform.ready()).node_id, "http://localhost"
    )
    return Waking(MemoryStore(database), forwarder, platform.clock)


async def sleeping(database: MemoryDatabase, name: str = "probe", late: int = 0) -> str:
    """The id of an actor that is due since `late` milliseconds."""
    actor_id, now = new_actor_id(), database.clock.now_ms()
    await MemoryStore(database).create(NewActor(actor_id, name, actor_id))
    database.alarms.keep(actor_id, "queue", AlarmChange(now - late))
    database.alarms.released(actor_id, 0, now, failed=False)
    return actor_id


async def sleeping_in(store: Store) -> str:
    """The id of an actor that nobody has started."""
    actor_id = new_actor_id()
    await store.create(NewActor(actor_id, "probe", actor_id))
    return actor_id


async def awake(platform: Platform) -> set[str]:
    return {task.actor_id for task in (await platform.ready()).residents() if task.state is State.STARTED}


async def test_a_process_without_a_node_has_all_woken_that_are_due(
    outside: Waking, platform: Platform, database: MemoryDatabase
) -> None:
    due = {await sleeping(database) for _ in range(5)}
    assert await outside.due() == 5
    assert await awake(platform) == due
    assert await outside.due() == 0


async def test_an_alarm_is_taken_to_a_node_ahead_and_wakes_its_actor_in_its_time(
    outside: Waking, platform: Platform, database: MemoryDatabase
) -> None:
    later = await sleeping(database, late=-10 * LEAD)
    soon = await sleeping(database, late=-LEAD // 2)
    due_at = platform.clock.now_ms() + LEAD // 2 - 20  # made a moment ago
    waking = platform.clock.spawn(outside.due(), name="wake task under test")
    while not await awake(platform):
        await platform.clock.sleep(0.001)
    assert platform.clock.now_ms() >= due_at
    assert await waking == 1
    assert await awake(platform) == {soon} != {later}


async def test_a_node_that_begins_to_drain_leaves_what_is_not_yet_due_to_others(
    outside: Waking, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    node = await platform.ready()
    ahead = DueAlarm(await sleeping_in(node.store), platform.clock.now_ms() + LEAD // 2)
    waking = platform.clock.spawn(outside.wake([ahead]), name="wake task under test")
    await platform.clock.sleep(LEAD / 8000)
    node._draining = True
    await waking
    node._draining = False
    [record] = caplog.records
    assert (record.msg, vars(record)["count"]) == ("alarms are due, and no node takes them", 1)
    assert await awake(platform) == set()


async def test_a_process_with_a_node_wakes_them_itself(platform: Platform, database: MemoryDatabase) -> None:
    due = await sleeping(database)
    assert await PlatformTransport(platform)._wake_due() == 1
    assert await awake(platform) == {due}


async def test_a_node_that_cannot_be_reached_leaves_its_share_to_the_others(
    outside: Waking, platform: Platform, database: MemoryDatabase
) -> None:
    await MemoryStore(database).join(NodeRecord("away", AWAY), lambda: None)

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    outside.forwarder.client = httpx.AsyncClient(
        mounts={AWAY: httpx.MockTransport(answer)}, transport=outside.forwarder.pool()._transport
    )
    due = {await sleeping(database) for _ in range(6)}
    assert await outside.due() == 6
    assert await awake(platform) == due


async def test_where_sockets_wait_nobody_else_is_asked(
    outside: Waking, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    outside.forwarder.client = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    await outside.wake([DueAlarm(new_actor_id(), 0, AWAY)])
    assert [record.msg for record in caplog.records] == ["alarms are due, and no node takes them"]
    assert await awake(platform) == set()


async def test_without_a_node_it_is_said_and_the_alarm_comes_again(
    database: MemoryDatabase, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    database.sessions.clear()
    await sleeping(database)
    outside = Waking(MemoryStore(database), Forwarder(platform.config, platform.clock), platform.clock)
    assert await outside.due() == 1
    assert [record.msg for record in caplog.records] == ["alarms are due, and no node takes them"]
    upcoming = await outside.store.alarms.next()
    assert upcoming is not None and upcoming > platform.clock.now_ms() + WAKE_LEASE / 2


async def test_what_is_gone_or_unknown_wakes_nobody(
    outside: Waking, platform: Platform, caplog: pytest.LogCaptureFixture, database: MemoryDatabase
) -> None:
    stranger = await sleeping(database, "nobodyKnowsIt")
    await outside.wake([DueAlarm(stranger, 0), DueAlarm(new_actor_id(), 0)])
    assert [record.msg for record in caplog.records] == ["an alarm could not wake its actor"]
    assert await awake(platform) == set()


async def test_the_door_is_closed_to_everybody_else(http: httpx.AsyncClient, platform: Platform) -> None:
    response = await http.post(PATH, json=[])
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert (await http.get(PATH)).status_code == 405


async def test_a_node_that_drains_takes_no_alarm(
    outside: Waking, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.draining = True
    await outside.wake([DueAlarm(new_actor_id(), 0)])
    platform.draining = False
    assert "alarms are due, and no node takes them" in [record.msg for record in caplog.records]


async def test_a_sweep_wakes_what_is_late_and_says_that_beat_seems_to_be_down(
    platform: Platform, database: MemoryDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    node = await platform.ready()
    late, punctual = await sleeping(database, late=LATE + 10), await sleeping(database, late=LATE - 1000)
    waking = Waking(node.store, platform.forwarder, platform.clock, node.rousing.wake)
    with caplog.at_level(logging.ERROR):
        await Sweep(node, waking, platform.clock, 10.0)._look()
    assert await awake(platform) == {late} != {punctual}
    [record] = [record for record in caplog.records if record.msg.startswith("alarms are late")]
    assert vars(record)["count"] == 1 and vars(record)["late_ms"] >= LATE
