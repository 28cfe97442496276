"""Platform: what this process has of actors: settings, registry, store, and the node once it runs.

The face installs one per process in `AppConfig.ready()`; doors and transport ask `current()`. A process that
serves becomes a node at server start-up, or at the first request where a server has no start-up hook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from actors.clock import Clock, LoopClock
from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.conversation import Conversation
from actors.gateway.forward import Forwarder
from actors.gateway.sweep import Sweep
from actors.gateway.vitals import teller
from actors.gateway.waking import Waking
from actors.runtime.measures import MakeMeasures, Measurements, in_memory
from actors.runtime.node import Node
from actors.runtime.registry import Registry
from actors.storage.store import NodeRecord, Store

GOING_AWAY: Final = 1001


class _Start:
    """Of the node: shared by all who ask for it, and what begins with each node."""

    def __init__(self) -> None:
        self.task: asyncio.Task[Node] | None = None
        self.companions: list[Callable[[Node], None]] = []


class Platform:
    """`open_store` makes a store that is not open yet. `address` is this node's internal URL, once known."""

    def __init__(
        self,
        config: NodeConfig,
        registry: Registry,
        open_store: Callable[[], Store],
        clock: Clock | None = None,
        make_measures: MakeMeasures = in_memory,
    ) -> None:
        self.config = config
        self.registry = registry
        self.open_store = open_store
        self.measurements = Measurements(registry, make_measures)
        self.clock = clock or LoopClock()
        self.forwarder = Forwarder(config, self.clock)
        self.address = config.internal_address
        self.node: Node | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.sessions: set[Conversation] = set()
        self.draining = False
        self._start = _Start()

    def accompany(self, begin: Callable[[Node], None]) -> None:
        """`begin` is called with each node that this process starts."""
        self._start.companions.append(begin)

    def announce(self, host: str, port: int) -> None:
        """Take the address from the launcher, unless settings name one that other machines reach."""
        reachable = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
        if self.address is None:
            self.address = (
                f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
            )

    def note_server(self, scope: Mapping[str, Any]) -> None:
        """Learn from a request the server's loop, and its address where nobody named one."""
        self.loop = self.loop or asyncio.get_running_loop()
        server = scope.get("server")
        if self.address is None and server is not None and server[1] is not None:
            self.address = f"http://127.0.0.1:{server[1]}"

    async def ready(self) -> Node:
        """The node, started first if need be; concurrent callers share one start.

        Raises storage.unavailable (the next call tries again) and guard.service_unavailable while draining.
        """
        if self.draining:
            raise error("guard.service_unavailable")
        if self.node is not None:
            return self.node
        self.loop = self.loop or asyncio.get_running_loop()
        if self._start.task is None:
            self._start.task = self.clock.spawn(self._begin(), name="actors-start")
        return await asyncio.shield(self._start.task)

    async def _begin(self) -> Node:
        try:
            store = self.open_store()
            node = Node(
                self.config,
                self.registry,
                store,
                self.clock,
                record=NodeRecord(uuid4().hex, self.address or ""),
                measurements=self.measurements,
            )
            node.describe(teller(self.registry, self.measurements, store.usage, lambda: self.draining))
            await node.start()
            self.forwarder.pool()  # now: it keeps the loop busy for a while
        finally:
            self._start.task = None
        self.node = node
        waking = Waking(node.store, self.forwarder, self.clock, node.rousing.wake)
        Sweep(node, waking, self.clock, self.config.sweep_interval).start()
        for begin in self._start.companions:
            begin(node)
        return node

    async def store(self) -> Store:
        """The node's open store, for what the directory alone can answer."""
        return (await self.ready()).store

    async def drain(self) -> None:
        """Within `drain_timeout`: let replies go out, tell sockets to reconnect, put actors to sleep."""
        if self.draining:
            return
        self.draining = True
        if self.node is not None:
            self.clock.spawn(self.node.tell(), name="actors-vitals")
        deadline = self.clock.monotonic() + self.config.drain_timeout
        try:
            async with self.clock.timeout(self.config.drain_timeout / 2):
                for session in list(self.sessions):
                    await session.backlog.idle()
        except TimeoutError:
            pass
        for session in list(self.sessions):
            session.port.close(GOING_AWAY, "ws.going_away")
        if self.node is not None:
            await self.node.drain(deadline - self.clock.monotonic())
        await self.forwarder.close()
        self.node = None
        self.loop = None


_installed: Platform | None = None


def install(platform: Platform | None) -> Platform | None:
    """Make `platform` the one of this process. Returns the one before, for tests to put back."""
    global _installed
    before, _installed = _installed, platform
    return before


def current() -> Platform:
    """The platform of this process. Raises config.invalid when the face has not installed one."""
    if _installed is None:
        raise error("config.invalid", reason='no platform: add "actors" to INSTALLED_APPS')
    return _installed
