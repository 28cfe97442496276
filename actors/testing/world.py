"""World: what outlives a node under test: clock, database, faults, and the account of what went wrong.

Bound to one loop from `open` to `close`. Knows stores, not nodes: any number of them may live in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import replace
from math import ceil
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import connections

from actors.apps import node_config
from actors.conf import NodeConfig
from actors.testing.clock import TurnedClock
from actors.testing.databases import StoreName, database
from actors.testing.failures import Failures
from actors.testing.faults import Faults
from actors.testing.store import WatchedStore

DAY: Final = 24 * 3600.0
# How many times `drain_timeout` a node may take to stop, sockets, actors and database together.
STOPS: Final = 4


def config_for_tests() -> NodeConfig:
    """The project's settings. Heartbeats come once a day, so that turning the clock by weeks is cheap.

    So do sweeps: the node under test has a beat of its own.
    """
    return replace(node_config(), heartbeat_interval=DAY, lease_duration=3 * DAY, sweep_interval=DAY)


class World:
    """`config` also says how long a node's lease runs by this world's clock."""

    def __init__(self, store: StoreName = "memory", config: NodeConfig | None = None) -> None:
        self.config = config or config_for_tests()
        self.clock = TurnedClock()
        self.faults = Faults()
        self.failures = Failures()
        self.database = database(store, self.config, self.clock)
        self._watching = ExitStack()
        self._others: set[asyncio.Task[Any]] = set()

    def open(self) -> None:
        """Begin on the running loop. Its tasks of now are not counted as left behind later."""
        loop = asyncio.get_running_loop()
        self._others = asyncio.all_tasks(loop)
        self._watching.enter_context(self.failures.watching(loop))
        self._watching.enter_context(self.clock.watching_threads(loop))

    def store(self) -> WatchedStore:
        """The store of one more process, not open yet."""
        return WatchedStore(self.database.open_store(), self.clock, self.faults)

    async def finish(self, ending: Coroutine[Any, Any, None]) -> None:
        """Run `ending`, turning the clock as far as it takes. Raises AssertionError if that is too far."""
        seconds = ceil(STOPS * self.config.drain_timeout)
        task = self.clock.spawn(ending, name="end of the node")
        for _ in range(seconds):
            await self.clock.settle()
            if task.done():
                break
            await self.clock.advance(1)
        if not task.done():
            task.cancel()
            raise AssertionError(f"the node has not stopped within {seconds} s of its clock")
        task.result()

    async def close(self, stop: Coroutine[Any, Any, None]) -> None:
        """Let go what is held, run `stop`, and raise AssertionError for all that the test leaves behind."""
        problems = [f"fail_next({call!r}, ...): no such call came" for call in self.faults.clear()]
        try:
            problems += await self._finished(stop)
            problems += [f"still running: {task!r}" for task in await self._cancel()]
            await sync_to_async(_close_connections)()
            left = self.failures.take()
        finally:
            self._watching.close()
        problems += map(str, left)
        if problems:
            cause = next((failure.error for failure in left if failure.error is not None), None)
            raise AssertionError("The test leaves behind:\n- " + "\n- ".join(problems)) from cause

    async def _finished(self, stop: Coroutine[Any, Any, None]) -> list[str]:
        try:
            await self.finish(stop)
        except AssertionError as late:
            return [str(late)]
        return []

    async def _cancel(self) -> list[asyncio.Task[Any]]:
        """The tasks that are left, cancelled."""
        mine = self._others | {asyncio.current_task()}
        left = [task for task in asyncio.all_tasks() if task not in mine]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        return left


def _close_connections() -> None:
    """In the thread that the ORM's async methods use: no other would ever close them."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
