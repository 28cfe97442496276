"""The abort signal of one generation: set once, when it leaves the started state. What `self.aborted` is.

Set by the task; read and waited for by the author's code. It cancels nothing by itself.
"""

from __future__ import annotations

import asyncio
import contextlib

from actors.clock import Clock
from actors.runtime.calls import Caller


class Abort:
    """Whether this generation is on its way out."""

    __slots__ = ("_clock", "_set", "_waiter")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set = False
        self._waiter: asyncio.Future[None] | None = None

    def __bool__(self) -> bool:
        return self._set

    def set(self) -> None:
        """It is: wake everybody who waits for that."""
        self._set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, timeout: float | None, *others: asyncio.Future[None]) -> None:
        """Return once it is set, one of `others` is done, or `timeout` seconds are over."""
        if self._set:
            return
        if self._waiter is None:
            self._waiter = asyncio.get_running_loop().create_future()
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(timeout):
                await asyncio.wait((self._waiter, *others), return_when=asyncio.FIRST_COMPLETED)


class Aborted:
    """`self.aborted`: true when the actor is stopping, or when this action has used up its time.

    `while not await self.aborted.wait(1.0): ...` does something each second until the actor has to end.
    """

    __slots__ = ("_abort", "_caller")

    def __init__(self, abort: Abort, caller: Caller | None) -> None:
        self._abort = abort
        self._caller = caller

    def __bool__(self) -> bool:
        return bool(self._abort) or (self._caller is not None and self._caller.expired)

    async def wait(self, timeout: float | None = None) -> bool:
        """True when it is time to end, False after `timeout` seconds of the node's clock; None: never."""
        if timeout is not None and not isinstance(timeout, int | float):
            raise TypeError(f"aborted.wait() takes a number of seconds or None, not {timeout!r}.")
        if not self:
            await self._abort.wait(timeout, *(() if self._caller is None else (self._caller.expiry,)))
        return bool(self)

    def __repr__(self) -> str:
        return f"<aborted: {bool(self)}>"
