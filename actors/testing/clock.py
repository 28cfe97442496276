"""TurnedClock: a ManualClock that also waits for what is out of the loop's sight: the store, and threads.

Only what comes back by itself counts. A call that a test holds is not waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from actors.clock import ManualClock


class TurnedClock(ManualClock):
    """Lives on one loop. `settle` returns when nothing is ready and nobody is away."""

    def __init__(self) -> None:
        super().__init__()
        self._away = 0
        self._returns: list[asyncio.Future[None]] = []

    @contextmanager
    def away(self) -> Iterator[None]:
        """Something waits for a socket or a thread meanwhile."""
        self._away += 1
        try:
            yield
        finally:
            self._back()

    async def home(self) -> None:
        """Return when nobody is away. Runs nothing that it need not."""
        while self._away:
            back = asyncio.get_running_loop().create_future()
            self._returns.append(back)
            await back

    async def settle(self) -> None:
        await super().settle()
        while self._away:
            await self.home()
            await super().settle()

    @contextmanager
    def watching_threads(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Also wait for threads that tasks of this clock have started, as the ORM's async methods do."""
        real = loop.run_in_executor

        def run_in_executor(executor: Executor | None, function: Any, *args: Any) -> asyncio.Future[Any]:
            future = real(executor, function, *args)
            if asyncio.current_task() in self._running:
                self._away += 1
                future.add_done_callback(lambda _: self._back())
            return future

        loop.run_in_executor = run_in_executor  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            loop.run_in_executor = real  # type: ignore[method-assign]

    def left(self) -> list[str]:
        """The names of tasks that have been started and have not ended."""
        return sorted(task.get_name() for task in self._running if not task.done())

    def _back(self) -> None:
        self._away -= 1
        if not self._away:
            for back in self._returns:
                if not back.done():
                    back.set_result(None)
            self._returns.clear()
