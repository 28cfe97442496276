"""Time, and the only place that creates tasks: `LoopClock` follows the loop, tests turn `ManualClock`.

Every floor that waits takes a `Clock`; nothing else in `actors/` may sleep, time out or spawn.
The manner of `ManualClock` is trio's MockClock.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")


class TimerHandle(Protocol):
    """A pending callback. `cancel` may be called at any time, also after it fired."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What a part of the platform may do with time. Durations are seconds, wall times are milliseconds."""

    def now_ms(self) -> int:
        """Wall clock, integer milliseconds since 1970-01-01 UTC. For stamps; it may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back. For durations and leases."""
        ...

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> TimerHandle:
        """Call `callback(*args)` on the loop after `delay` seconds, at once if not positive."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Suspend for `seconds`; zero lets other tasks run once."""
        ...

    def timeout(self, seconds: float | None) -> Timeout:
        """`async with clock.timeout(5):` raises TimeoutError if the block takes longer; None never does."""
        ...

    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start a task and hold it until it is done; asyncio logs an exception that nobody retrieves."""
        ...


class Timeout:
    """Cancels the block at the deadline and turns that cancellation, and no other, into TimeoutError."""

    __slots__ = ("_cancelling", "_clock", "_expired", "_handle", "_seconds", "_task")

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds
        self._task: asyncio.Task[Any] | None = None
        self._handle: TimerHandle | None = None
        self._cancelling = 0
        self._expired = False

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed inside the block."""
        return self._expired

    async def __aenter__(self) -> Timeout:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a timeout needs a running task")
        self._task = task
        self._cancelling = task.cancelling()
        if self._seconds is not None:
            self._handle = self._clock.call_later(self._seconds, self._expire)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if not self._expired or self._task is None:
            return
        only_ours = self._task.uncancel() <= self._cancelling
        if only_ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from exc

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()


class _Tasks:
    """Strong references to running tasks: the loop itself keeps only weak ones."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


class LoopClock(_Tasks):
    """The real clock. Binds no loop, so one object serves every loop of the process."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    # No method of ours around it: an action reads it twice.
    monotonic = staticmethod(time.monotonic)

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> TimerHandle:
        return asyncio.get_running_loop().call_later(delay, callback, *args)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float | None) -> Timeout:
        return Timeout(self, seconds)


class _ManualTimer:
    __slots__ = ("args", "callback", "cancelled")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.callback = callback
        self.args = args
        self.cancelled = False

    def cancel(self) -> None:
        """Also lets go of what it would have called, as a loop's own timer does."""
        self.cancelled = True
        self.callback, self.args = _nothing, ()


_NANOSECOND: Final = 1_000_000_000
_MAX_ROUNDS: Final = 100_000
_BLIND_ROUNDS: Final = 100


class ManualClock(_Tasks):
    """A clock that stands still until `advance`. Counts integer nanoseconds, so 3 x 0.1 s is 0.3 s.

    `settle` runs the loop until no callback is ready; it does not wait for sockets, threads or subprocesses.
    """

    def __init__(self, start_ms: int = 1_700_000_000_000) -> None:
        super().__init__()
        self._start_ms = start_ms
        self._now_ns = 0
        self._order = itertools.count()
        self._timers: list[tuple[int, int, _ManualTimer]] = []

    def now_ms(self) -> int:
        return self._start_ms + self._now_ns // 1_000_000

    def monotonic(self) -> float:
        return self._now_ns / _NANOSECOND

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> TimerHandle:
        timer = _ManualTimer(callback, args)
        # However short, a delay moves the clock: who waits for what floats leave of a time must get there.
        due = self._now_ns + (max(1, round(delay * _NANOSECOND)) if delay > 0 else 0)
        heapq.heappush(self._timers, (due, next(self._order), timer))
        return timer

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, _wake, woken)
        try:
            await woken
        finally:
            timer.cancel()

    def timeout(self, seconds: float | None) -> Timeout:
        return Timeout(self, seconds)

    async def advance(self, seconds: float) -> None:
        """Move time forward by `seconds`, firing due timers in order and settling the loop after each."""
        target = self._now_ns + round(seconds * _NANOSECOND)
        await self.settle()
        while self._timers and self._timers[0][0] <= target:
            due, _, timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            self._now_ns = max(self._now_ns, due)
            timer.callback(*timer.args)
            await self.settle()
        self._now_ns = target

    async def settle(self) -> None:
        """Run every callback and task step that is ready now, and those that these make ready."""
        loop = asyncio.get_running_loop()
        # asyncio cannot be asked whether anything is ready; uvloop hides its queue, so all rounds are run.
        ready = getattr(loop, "_ready", None)
        for _ in range(_MAX_ROUNDS if ready is not None else _BLIND_ROUNDS):
            await asyncio.sleep(0)
            if ready is not None and not ready:
                return
        if ready is not None:
            raise RuntimeError("the loop does not settle: some task never waits")


def _nothing() -> None:
    """What a cancelled timer calls."""


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
