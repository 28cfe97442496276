"""Process: one life of the node under test, from its start to its orderly stop or its sudden death."""

from __future__ import annotations

import asyncio
from typing import Final

from actors.api.registry import registry
from actors.gateway.platform import Platform
from actors.runtime.node import Node
from actors.testing.beat import Beat
from actors.testing.databases import News
from actors.testing.transport import NodeTransport
from actors.testing.world import World

ADDRESS: Final = "http://node-under-test.invalid"


class Process:
    """Knows nothing of the process before it but what the database holds."""

    def __init__(self, world: World) -> None:
        self.store = world.store()
        self.platform = Platform(world.config, registry, lambda: self.store, world.clock)
        self.platform.address = ADDRESS
        news = News(asyncio.get_running_loop(), self.store.outbox.tell)
        self.transport = NodeTransport(self.platform, news, world.clock, world.database)
        self._clock = world.clock
        self._database = world.database
        self.node: Node
        self._beat: Beat

    async def start(self) -> None:
        """Raises storage.unavailable."""
        self.node = await self.platform.ready()
        self._beat = Beat(self.node, self.store, self._clock)
        self._beat.start()

    async def stop(self) -> None:
        """As on SIGTERM."""
        self._beat.stop()
        await self.platform.drain()

    async def kill(self) -> None:
        """As on SIGKILL: from this moment nothing reaches the database, and nobody is answered as done."""
        self._beat.stop()
        self.store.cut()
        for task in self.node.residents():
            task.fence()
        # What the database has begun it finishes.
        await self._clock.home()
        await self.node.stop(self.platform.config.drain_timeout)
        await self.platform.forwarder.close()
        await self._forgotten()

    async def _forgotten(self) -> None:
        """Postgres learns a moment later that the session of a killed process has ended."""
        witness = self._database.open_store()
        await witness.open()
        while self.node.node_id in {node.node_id for node in await witness.live_nodes()}:
            await self._clock.home()
        await witness.close()
