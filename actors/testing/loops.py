"""One loop for the node, and callers that may be on it, on another loop, or in a thread without one."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeVar

from actors.api.calls import Call
from actors.clock import LoopClock

# Enough for a task that has just been made to come to its first call.
TURNS: Final = 20

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]


def on_loop(loop: asyncio.AbstractEventLoop, label: str, work: Work[T]) -> Call[T]:
    """`work` on `loop`, to be awaited anywhere, or fetched with `.result()` in sync code."""
    return Call(label, partial(_reach_last, loop, work), partial(fetch, loop, work))


async def _reach_last(loop: asyncio.AbstractEventLoop, work: Work[T]) -> T:
    """What tasks of another loop are about to ask of the node comes first, as it does on one loop."""
    if loop is not asyncio.get_running_loop():
        for _ in range(TURNS):
            await LoopClock().sleep(0)
    return await reach(loop, work)


async def reach(loop: asyncio.AbstractEventLoop, work: Work[T]) -> T:
    """The result of `work`, which runs on `loop`."""
    if loop is asyncio.get_running_loop():
        return await work()
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), loop))


def fetch(loop: asyncio.AbstractEventLoop, work: Work[T], timeout: float) -> T:
    """As `reach`, waited for in this thread. Raises TimeoutError after `timeout` seconds of real time."""
    future = asyncio.run_coroutine_threadsafe(work(), loop)
    try:
        return future.result(timeout)
    except concurrent.futures.TimeoutError:
        future.cancel()
        raise TimeoutError(f"no answer within {timeout} s: does the test have to turn the clock?") from None
