"""Cancels a coroutine at each of its suspensions in turn: `at_every_await(scene)`.

A scene is one round: it builds its world, runs the code under test through the `Cut`, and checks that nothing
is left behind. Each suspension is cut twice: while it waits, and when what it waits for has just come.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds until a round that hangs fails."""


class Cut:
    """Cancels at suspension number `at`; `late` when what is awaited is done and the task not resumed."""

    def __init__(self, at: int, late: bool) -> None:
        self.at = at
        self.late = late
        self.reached = False

    async def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """`work` in a task of its own: its result, None if it was cancelled. Other failures are raised."""
        task = asyncio.get_running_loop().create_task(self.through(work), name="cut")
        await asyncio.wait({task})
        return None if task.cancelled() else task.result()

    def spawned_by(self, clock: Any, name: str) -> None:
        """Cut the next task called `name` that `clock` spawns: code whose task is not the test's own."""
        spawn = clock.spawn

        def cutting(coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
            if name != wanted:
                return spawn(coro, name=name)
            clock.spawn = spawn
            return spawn(self.through(coro), name=name)

        wanted = name
        clock.spawn = cutting

    async def through(self, work: Coroutine[Any, Any, T]) -> T:
        return await _Steps(work, self)


class _Steps(Awaitable[T]):
    def __init__(self, work: Coroutine[Any, Any, T], cut: Cut) -> None:
        self._work = work
        self._cut = cut

    def __await__(self) -> Generator[Any, Any, T]:
        resume: Callable[[], Any] = lambda: self._work.send(None)  # noqa: E731
        for number in itertools.count(1):
            try:
                waits_for = resume()
            except StopIteration as end:
                result: T = end.value
                return result
            if number == self._cut.at:
                self._cancel(waits_for)
            try:
                yield waits_for
            except BaseException as failure:
                resume = _throwing(self._work, failure)
            else:
                resume = lambda: self._work.send(None)  # noqa: E731
        raise AssertionError("unreachable")

    def _cancel(self, waits_for: asyncio.Future[Any] | None) -> None:
        self._cut.reached = True
        task = asyncio.current_task()
        assert task is not None
        if self._cut.late and waits_for is not None:
            # Called before the task's own wake-up, which is registered only once the future has been yielded.
            waits_for.add_done_callback(lambda _: task.cancel())
        else:
            task.cancel()


def _throwing(work: Coroutine[Any, Any, Any], failure: BaseException) -> Callable[[], Any]:
    return lambda: work.throw(failure)


async def at_every_await(scene: Callable[[Cut], Awaitable[None]]) -> int:
    """Play `scene` with a cut at each suspension, until one runs through. How many suspensions there are."""
    points = 0
    for late in (False, True):
        for at in itertools.count(1):
            before = asyncio.all_tasks()
            cut = Cut(at, late)
            try:
                async with asyncio.timeout(PATIENCE):
                    await scene(cut)
                left = {task.get_name() for task in asyncio.all_tasks() - before}
                assert left == set(), f"left behind: {left}"
            except BaseException as failure:
                failure.add_note(f"cancelled at suspension {at}{', late' if late else ''}")
                raise
            if not cut.reached:
                break
            points = max(points, at)
    assert points > 0, "the code under test never waits"
    return points
