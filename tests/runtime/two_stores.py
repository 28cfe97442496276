"""The world of runtime tests on Postgres: the same turned clock, which waits for what the database does."""

from __future__ import annotations

import asyncio
from typing import Any

from actors.clock import ManualClock
from actors.runtime.definition import ActorDefinition
from actors.runtime.node import Node
from actors.storage.postgres import PostgresStore
from tests.runtime.support import World


class PatientClock(ManualClock):
    """`settle` returns when no callback is ready and the database owes no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.owed: set[asyncio.Future[Any]] = set()

    async def settle(self) -> None:
        await super().settle()
        while self.owed:
            await asyncio.wait(self.owed, return_when=asyncio.FIRST_COMPLETED)
            await super().settle()


class WatchedStore:
    """A store whose calls the clock waits for, but for commits that the gate holds up."""

    def __init__(self, real: PostgresStore, clock: PatientClock) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self._real = real
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)

        async def call(*args: Any) -> Any:
            if name == "commit":
                await self.gate.wait()
            asked = asyncio.ensure_future(method(*args))
            self._clock.owed.add(asked)
            try:
                return await asked
            finally:
                self._clock.owed.discard(asked)

        return call


class PostgresWorld(World):
    """As `World`."""

    def __init__(self, url: str) -> None:
        super().__init__(clock=PatientClock())
        self._url = url

    async def node(self, *definitions: ActorDefinition) -> Node:
        for definition in definitions:
            self.registry.register(definition)
        assert isinstance(self.clock, PatientClock)
        store: Any = WatchedStore(PostgresStore(self._url, self.config.lease_duration), self.clock)
        number = len(self.nodes) + 1
        node = Node(
            self.config, self.registry, store, self.clock, node_id=f"node{number}", address=f"http://{number}"
        )
        await node.start()
        self.nodes.append(node)
        return node

    @property
    def store(self) -> Any:
        return self.nodes[0].store

    async def close(self) -> None:
        await super().close()
        for node in self.nodes:
            await node.store.close()
