"""The bell of beat: it looks at the earliest alarm, and hears of nearer ones."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from actors.clock import LoopClock
from actors.storage.alarms import CHANNEL, NOTICE, AlarmChange
from actors.storage.bell import Bell
from actors.storage.postgres import PostgresStore
from actors.storage.queue import QueueWrite
from actors.storage.store import ClaimRequest, NewActor, NodeRecord, Release

LONG = 60.0


@pytest.fixture
def bell(fresh_postgres_url: str) -> Iterator[Bell]:
    made = Bell(lambda: fresh_postgres_url)
    yield made
    made.close()


async def due_in(url: str, milliseconds: int) -> None:
    """An actor falls asleep and is due then."""
    store, now = PostgresStore(url), LoopClock().now_ms()
    await store.open()
    await store.join(NodeRecord("node", "http://x"), lambda: None)
    await store.claim("node", [ClaimRequest(new=NewActor("id", "room", "a"))])
    await store.queues.open("id", 1)
    await store.queues.write([QueueWrite("id", 1, alarm=AlarmChange(now + milliseconds))])
    await store.release([Release("id", 1, now)])
    await store.close()


def test_without_alarms_there_is_no_next(bell: Bell) -> None:
    assert bell.next() is None


async def test_others_see_that_it_listens(bell: Bell, fresh_postgres_url: str) -> None:
    store = PostgresStore(fresh_postgres_url)
    await store.open()
    assert await store.alarms.beats() == 0
    bell.next()
    assert await store.alarms.beats() == 1
    await store.close()


async def test_a_sleep_with_a_near_alarm_ends_the_wait(bell: Bell, fresh_postgres_url: str) -> None:
    assert bell.next() is None
    await due_in(fresh_postgres_url, NOTICE - 1000)
    bell.wait(LONG)  # or the test takes a minute, and fails by its time limit
    assert bell.next() is not None


async def test_of_a_far_alarm_nobody_is_told(bell: Bell, fresh_postgres_url: str) -> None:
    bell.next()
    await due_in(fresh_postgres_url, NOTICE + 1000)
    began = time.monotonic()
    bell.wait(0.3)
    assert time.monotonic() - began >= 0.3
    assert bell.next() is not None


def test_what_is_said_while_the_bell_looks_is_heard_afterwards(bell: Bell, fresh_postgres_url: str) -> None:
    bell.next()
    with psycopg.connect(fresh_postgres_url, autocommit=True) as connection:
        connection.execute(f"NOTIFY {CHANNEL}".encode())
    bell.next()
    bell.wait(LONG)


def test_a_connection_that_broke_is_made_anew(bell: Bell, fresh_postgres_url: str) -> None:
    bell.next()
    end = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'actors beat'"
    )
    with psycopg.connect(fresh_postgres_url, autocommit=True) as connection:
        connection.execute(end.encode())
    with pytest.raises(psycopg.Error):
        bell.next()
    bell.close()
    assert bell.next() is None
