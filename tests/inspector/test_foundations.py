"""What the platform stands on, in numbers: read cheaply, seldom, and said aloud when they near a limit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.gateway import platform as platforms
from actors.gateway.platform import Platform, current
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.testing.clock import TurnedClock
from inspector import foundations as module
from inspector.database import Fact, Table, _numbers, _swollen, facts_of_database
from inspector.foundations import EVERY, PATIENCE, Foundations, _facts_of_redis, foundations

pytestmark = pytest.mark.django_db


def remedies(facts: Any) -> list[str]:
    return [fact.name for fact in facts if fact.remedy]


def test_the_database_tells_its_numbers_and_our_largest_tables_without_counting() -> None:
    with CaptureQueriesContext(connection) as captured:
        facts, tables = facts_of_database()
    told = {fact.name: fact.text for fact in facts}
    assert list(told) == ["Round trip", "Connections", "Locks waited for", "Size", "Notices held"]
    assert told["Locks waited for"] == "0"
    assert told["Notices held"] == "0% of their room"
    assert remedies(facts) == []
    assert tables
    assert all(table.name.startswith(("actors_", "inspector_")) for table in tables)
    assert [table.size for table in tables] == sorted((table.size for table in tables), reverse=True)
    assert not [one["sql"] for one in captured if "count(*) FROM actors" in one["sql"]]


def test_what_nears_its_limit_says_what_to_do() -> None:
    assert remedies(_numbers(89, 100, 0, 0.0, 10, 0.0)) == []
    assert remedies(_numbers(90, 100, 3, 5.1, 10, 0.51)) == [
        "Connections",
        "Locks waited for",
        "Notices held",
    ]
    few = Table("actors_state", 1, rows=100, dead=10_000, cleaned_at=None)
    many = Table("actors_kv", 1, rows=20_000, dead=20_001, cleaned_at=None)
    assert [fact.text for fact in _swollen([few, many])] == ["20,001 in actors_kv, which has 20,000 others"]
    redis = {"used_memory": 91, "connected_clients": 1}
    assert remedies(_facts_of_redis({**redis, "maxmemory": 100})) == ["Memory"]
    assert remedies(_facts_of_redis({**redis, "maxmemory": 0})) == []


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_them_for_what_is_up(viewer: Client) -> None:
    page = viewer.get(reverse("inspector:nodes")).content.decode()
    for text in ("Locks waited for", "Notices held", "Clients", "Tasks waiting", "The largest tables"):
        assert text in page
    assert "Without it: Tasks wait;" in page, "no worker runs"


@pytest.mark.django_db(transaction=True)
def test_the_first_page_names_what_nears_its_limit(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found() -> Foundations:
        return Foundations({"redis": [Fact("Memory", "9 MB of 10 MB", "raise it"), Fact("Clients", "4")]})

    monkeypatch.setattr("inspector.attention.foundations", found)
    page = viewer.get(reverse("inspector:overview")).content.decode()
    assert "Memory 9 MB of 10 MB. raise it" in page
    assert "Clients 4" not in page


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_however_many_look_it_is_asked_seldom_and_nobody_waits_long(
    clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def redis(platform: Platform) -> list[Fact]:
        asked.append("redis")
        return [Fact("Clients", "4")]

    async def hang() -> Any:
        await asyncio.Event().wait()

    async def refuse() -> Any:
        raise ConnectionError

    monkeypatch.setattr(module, "_redis", redis)
    monkeypatch.setattr(module, "_database", hang)
    monkeypatch.setattr(module, "_broker", refuse)
    database = MemoryDatabase(clock)
    before = platforms.install(
        Platform(current().config, current().registry, lambda: MemoryStore(database), clock)
    )
    try:
        looks = [asyncio.ensure_future(foundations()) for _ in range(9)]
        await clock.advance(PATIENCE)
        found = [await look for look in looks]
        assert {tuple(one.facts) for one in found} == {("database", "redis", "broker")}
        assert found[0].facts["redis"] == [Fact("Clients", "4")]
        assert (found[0].facts["database"], found[0].tables) == ((), ())
        await clock.advance(EVERY - 0.1)
        await foundations()
        assert asked == ["redis"]
        await clock.advance(0.2)
        again = asyncio.ensure_future(foundations())
        await clock.advance(PATIENCE)
        await again
        assert asked == ["redis"] * 2
    finally:
        platforms.install(before)
