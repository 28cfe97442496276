"""Handle calls cancelled at every await: the caller stops waiting, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from actors.api.registry import registry
from actors.api.transport import Target
from actors.clock import LoopClock, ManualClock
from actors.gateway.inside import Inside
from actors.gateway.outside import Outside
from actors.gateway.platform import Platform
from actors.gateway.wire import Arguments
from actors.protocol import cbor
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import NodeRecord
from tests.cancellation import Cut, at_every_await
from tests.gateway.conftest import CONFIG

TARGET = Target("probe", "get_or_create", ("a",))


@asynccontextmanager
async def fresh(*, database: MemoryDatabase | None = None) -> AsyncIterator[tuple[Platform, ManualClock]]:
    clock = ManualClock()
    stored = database or MemoryDatabase(clock)
    platform = Platform(CONFIG, registry, lambda: MemoryStore(stored), clock)
    yield platform, clock
    if platform.node is not None:
        for task in platform.node._residents:
            task.fence()
    await platform.drain()
    await clock.settle()


class SlowStore(MemoryStore):
    """Takes a moment to open, as a pool of connections does."""

    async def open(self) -> None:
        await asyncio.sleep(0)
        await super().open()


def arguments(*values: Any) -> Arguments:
    return Arguments(values, 1000)


async def test_a_call_in_the_nodes_process() -> None:
    async def scene(cut: Cut) -> None:
        async with fresh() as (platform, clock):
            inside = Inside(platform)
            first = await cut.run(inside.call(TARGET, "inc", arguments(1)))
            await clock.settle()
            second = await inside.call(TARGET, "inc", arguments(1))
            assert second in (1, 2) and (first is None or second == 2)
            await clock.settle()
            node = await platform.ready()
            (task,) = node._residents
            assert isinstance(task, ActorTask)
            assert (task._parts.dispatcher._inbox.used, task._parts.work.counts()) == (0, {})

    assert await at_every_await(scene) > 2


async def test_a_lasting_connection_in_the_nodes_process() -> None:
    async def scene(cut: Cut) -> None:
        async with fresh() as (platform, clock):
            inside = Inside(platform)
            listener = await cut.run(inside.connect(TARGET))
            if listener is not None:
                await listener.close()
            await clock.settle()
            for task in (await platform.ready())._residents:
                assert (task.connections, task._parts.work.counts()) == (0, {})

    assert await at_every_await(scene) == 2


async def test_a_call_to_another_node() -> None:
    """The owner may have done it: it is sent once, or not at all."""

    async def scene(cut: Cut) -> None:
        sent: list[httpx.Request] = []

        async def owner(call: httpx.Request) -> httpx.Response:
            sent.append(call)
            await asyncio.sleep(0)
            return httpx.Response(200, content=cbor.encode({"output": 1}))

        database = MemoryDatabase(LoopClock())
        other = MemoryStore(database)
        await other.open()
        await other.join(NodeRecord("other", "http://127.0.0.1:9"), lambda: None)
        stores: list[SlowStore] = []

        def open_store() -> MemoryStore:
            stores.append(SlowStore(database))
            return stores[-1]

        outside = Outside(Platform(CONFIG, registry, open_store))
        outside._forwarder.client = httpx.AsyncClient(transport=httpx.MockTransport(owner))
        answer = await cut.run(outside.call(TARGET, "inc", arguments(1)))
        assert len(sent) <= 1 and (answer is None or len(sent) == 1)
        assert await outside.call(TARGET, "inc", arguments(1)) == 1
        assert len(stores) == 1, "opened once, whoever waited for it"
        await outside._close()
        await other.close()

    assert await at_every_await(scene) > 1
