"""Recent: the last look at something that costs a moment to look at. Those who ask together share one.

Used for what `/ready` and the pages show. Knows nothing of what is looked at, and keeps its result alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from actors.clock import Clock

T = TypeVar("T")

SECONDS: Final = 2.0


class Recent(Generic[T]):
    """However often it is asked, it looks at most every so many seconds."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._look: asyncio.Task[T] | None = None
        self._fresh_until = 0.0

    async def get(self, look: Callable[[], Coroutine[Any, Any, T]], clock: Clock) -> T:
        """What `look` found lately, or finds now. Raises what it raises: then the next caller looks again."""
        if self._look is None or (self._look.done() and clock.monotonic() >= self._fresh_until):
            self._look = clock.spawn(self._found(look, clock), name="actors-look")
        return await asyncio.shield(self._look)

    async def _found(self, look: Callable[[], Coroutine[Any, Any, T]], clock: Clock) -> T:
        found = await look()
        self._fresh_until = clock.monotonic() + self._seconds
        return found
