"""Every runtime test gets its own world, and leaves no task behind.

Every warning is an error here, and asyncio's debug mode is on, which takes its time. Not for slow tests: a
hundred thousand rounds find nothing there that a hundred do not. Nor over Postgres: it is the same runtime.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from actors.testing.databases import StoreName
from tests.runtime.support import World


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture(autouse=True)
async def debug_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the test's loop, and of those that it makes."""
    store = getattr(request.node, "callspec", None) and request.node.callspec.params.get("actors_store")
    if request.node.get_closest_marker("slow") is None and store != "postgres":
        asyncio.get_running_loop().set_debug(True)
        monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")


@pytest.fixture
async def world(actors_store: StoreName) -> AsyncIterator[World]:
    world = World(actors_store)
    yield world
    await world.close()
    left = {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert left == set()
