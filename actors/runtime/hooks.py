"""Running the author's hooks, sync or async, and noting when an author's background code has run."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from typing import Any, Generic, TypeVar

from actors.clock import Clock
from actors.errors import error

T = TypeVar("T")


async def run_hook(hook: Callable[..., Any] | None, *args: Any) -> Any:
    """`hook(*args)`, awaited if it is async; None if there is no hook."""
    return None if hook is None else await awaited(hook(*args))


async def awaited(result: Any) -> Any:
    """What a hook returned, awaited if it is async."""
    return await result if inspect.isawaitable(result) else result


async def run_bounded(clock: Clock, seconds: float, name: str, step: Awaitable[T]) -> T:
    """`step` within `seconds`. Raises actor.callback_timed_out with `name` if it takes longer."""
    limit = clock.timeout(seconds)
    try:
        async with limit:
            return await step
    except TimeoutError as late:
        if not limit.expired:  # the author's own
            raise
        raise error("actor.callback_timed_out", callback=name, timeout_ms=int(seconds * 1000)) from late


class Noted(Generic[T]):
    """Awaits `awaitable` and calls `note` before each of its steps, and what that returned after it."""

    __slots__ = ("_awaitable", "_note")

    def __init__(self, awaitable: Awaitable[T], note: Callable[[], Callable[[], None] | None]) -> None:
        self._awaitable = awaitable
        self._note = note

    def __await__(self) -> Generator[Any, Any, T]:
        steps: Any = self._awaitable.__await__()
        onward = partial(next, steps)
        resume = onward
        while True:
            after = self._note()
            try:
                waits_for = resume()
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                resume = onward  # a failure that is kept here would keep this frame, by its traceback
                if after is not None:
                    after()
            try:
                yield waits_for
            except BaseException as failure:  # a cancellation is the inner code's to handle
                resume = partial(steps.throw, failure)
