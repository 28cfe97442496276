"""Every runtime test gets its own world, and leaves no task behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from actors.testing.databases import StoreName
from tests.runtime.support import World


@pytest.fixture
async def world(actors_store: StoreName) -> AsyncIterator[World]:
    world = World(actors_store)
    yield world
    await world.close()
    left = {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert left == set()
