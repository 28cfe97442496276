"""The watched store: every call of the contract passes through it, and a dead process hears nothing more."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import pytest

from actors.errors import ActorError
from actors.storage.alarms import AlarmStore
from actors.storage.kv import KvStore
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.outbox import OutboxStore
from actors.storage.queue import QueueStore
from actors.storage.schedules import ScheduleStore
from actors.storage.store import NewActor, Store, StoreInterrupted
from actors.testing.clock import TurnedClock
from actors.testing.faults import Faults, StoreCall
from actors.testing.store import WatchedStore

ADA = NewActor("id-ada", "room", "ada")


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def store(clock: TurnedClock, faults: Faults) -> WatchedStore:
    return WatchedStore(MemoryStore(MemoryDatabase(clock)), clock, faults)


def test_every_call_of_the_contract_can_be_watched() -> None:
    parts: dict[str, type] = {
        "kv": KvStore,
        "queue": QueueStore,
        "alarm": AlarmStore,
        "schedule": ScheduleStore,
        "outbox": OutboxStore,
    }
    calls = public(Store) - {
        "open",
        "close",
        "archives",
        "kv",
        "queues",
        "alarms",
        "schedules",
        "outbox",
        "transaction",
        "usage",
    }
    calls |= {f"{part}_{name}" for part, contract in parts.items() for name in public(contract)}
    assert calls == set(get_args(StoreCall))


def public(contract: type) -> set[str]:
    return {name for name in vars(contract) if not name.startswith("_")}


@pytest.mark.parametrize("applied", [True, False])
async def test_an_interrupted_call_was_applied_or_not(
    store: WatchedStore, faults: Faults, applied: bool
) -> None:
    await store.create(ADA)
    faults.fail_next("destroy", "interrupted", applied=applied)
    with pytest.raises(StoreInterrupted):
        await store.destroy("id-ada", None, 1)
    assert (await store.find("room", "ada") is None) is applied


async def test_a_held_call_waits_and_is_not_waited_for(
    store: WatchedStore, faults: Faults, clock: TurnedClock
) -> None:
    hold = faults.hold("create")
    making = clock.spawn(store.create(ADA), name="create")
    await clock.settle()
    assert not making.done()
    with pytest.raises(ValueError, match="held already"):
        faults.hold("create")
    hold.release()
    await clock.settle()
    assert making.result().actor_id == "id-ada"


async def test_a_process_that_was_cut_off_reaches_nothing_and_hears_nothing(
    store: WatchedStore, faults: Faults, clock: TurnedClock
) -> None:
    answer = asyncio.Event()
    real: Any = store.real

    async def find(*args: Any) -> None:
        await answer.wait()

    real.find = find
    hold = faults.hold("create")
    held = clock.spawn(store.create(ADA), name="held")
    asked = clock.spawn(store.find("room", "ada"), name="asked")
    await asyncio.sleep(0)
    store.cut()
    answer.set()
    hold.release()
    await clock.settle()
    for call in (held, asked):
        with pytest.raises(ActorError, match=r"storage\.unavailable"):
            call.result()
    assert await real.get(["id-ada"]) == []
