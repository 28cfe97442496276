"""The contract suite runs over each Store: `world` is memory, then Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from actors.storage.store import NodeRecord, Store
from tests.contract.worlds import MemoryWorld, PostgresWorld, World

ALPHA = NodeRecord("alpha", "http://10.0.0.1:8000")
BETA = NodeRecord("beta", "http://10.0.0.2:8000")


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    made: MemoryWorld | PostgresWorld
    if request.param == "memory":
        made = MemoryWorld()
    else:
        made = PostgresWorld(request.getfixturevalue("postgres_url"))
        await made.open()
    yield made
    await made.close()


@pytest.fixture
async def store(world: World) -> Store:
    return await world.store()


@pytest.fixture
async def alpha(store: Store) -> Store:
    """The store of a process that has joined as node alpha."""
    await store.join(ALPHA, lambda: None)
    return store


@pytest.fixture
async def beta(world: World) -> Store:
    """The store of another process, node beta."""
    other = await world.store()
    await other.join(BETA, lambda: None)
    return other
