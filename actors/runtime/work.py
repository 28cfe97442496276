"""Work: everything that may hold an actor awake or that its shutdown waits for, by the table of `kinds.py`.

Dispatch, connections, run and background tasks report here; `sleep.py` and the task read only this.
RivetKit: rivetkit-core/src/actor/work_registry.rs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from actors.clock import Clock
from actors.errors import error
from actors.logs import ENDED_TWICE, WORK_REFUSED
from actors.runtime.kinds import POLICIES, Kind
from actors.runtime.measures import IN_USE, Measures
from actors.runtime.tether import untied
from actors.runtime.watch import Watch

T = TypeVar("T")

logger = logging.getLogger("actors.runtime.work")

_HOLDS: Final = tuple(POLICIES[kind].holds_sleep for kind in Kind)
_WAITS: Final = tuple(POLICIES[kind].grace_waits for kind in Kind)


@dataclass(frozen=True, slots=True)
class Holder:
    """Work of one kind that holds an actor awake; the oldest has lasted `seconds`, where that is known."""

    label: str
    count: int
    seconds: float | None


class Work:
    """The counters and tasks of one actor. `on_rest` is called when the last holder of sleep has ended.

    `watch`: those who hear of what it does.
    """

    __slots__ = (
        "_clock",
        "_closed",
        "_counts",
        "_drained",
        "_gauges",
        "_on_rest",
        "_resting",
        "_tasks",
        "holding",
        "measures",
        "waiting",
        "watch",
    )

    def __init__(self, clock: Clock, measures: Measures, watch: Watch) -> None:
        self._clock = clock
        self.measures = measures
        self.watch = watch
        self._gauges = measures.gauges
        self._counts = [0] * len(Kind)
        # Each with the time of its beginning.
        self._tasks: dict[asyncio.Task[Any], tuple[Kind, float]] = {}
        self._drained: asyncio.Future[None] | None = None
        self._on_rest: Callable[[], None] = untied
        self._closed = False
        self._resting = 0
        self.holding = 0
        self.waiting = 0

    def notify(self, on_rest: Callable[[], None]) -> None:
        self._on_rest = on_rest

    def begin(self, kind: Kind) -> None:
        """Count one; whoever began must `end` it once, whatever happens."""
        self._counts[kind] += 1
        self._gauges[IN_USE[kind]] += 1
        if _HOLDS[kind]:
            self.holding += 1
        if _WAITS[kind]:
            self.waiting += 1

    def end(self, kind: Kind) -> None:
        if not self._counts[kind]:
            ENDED_TWICE.say(logger, {"kind": POLICIES[kind].label})
            return
        self._counts[kind] -= 1
        self._gauges[IN_USE[kind]] -= 1
        if _WAITS[kind]:
            self.waiting -= 1
            if not self.waiting and self._drained is not None and not self._drained.done():
                self._drained.set_result(None)
        if _HOLDS[kind]:
            self.holding -= 1
            if not self.holding:
                self._on_rest()

    @contextlib.contextmanager
    def region(self, kind: Kind) -> Iterator[None]:
        began = self._clock.monotonic()
        self.begin(kind)
        try:
            yield
        finally:
            self.measures.took(kind, self._clock.monotonic() - began)
            self.end(kind)

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """`run`, or a task of its, waits for a message: as long as one does, `run` lets the actor sleep."""
        self._resting += 1
        if self._resting == 1 and self._counts[Kind.RUN]:
            self.holding -= 1
            if not self.holding:
                self._on_rest()
        try:
            yield
        finally:
            self._resting -= 1
            if not self._resting and self._counts[Kind.RUN]:
                self.holding += 1

    def spawn(self, kind: Kind, coro: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `coro` as work of the actor. Raises actor.stopping, and closes `coro`, after `close`."""
        if self._closed:
            coro.close()
            WORK_REFUSED.say(logger, {"kind": POLICIES[kind].label})
            self.measures.refused(kind)
            raise error("actor.stopping")
        task = self._clock.spawn(coro, name=POLICIES[kind].label)
        self._tasks[task] = kind, self._clock.monotonic()
        self.measures.task_began(kind)
        self.begin(kind)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        kind, began = self._tasks.pop(task)
        if kind is Kind.RUN and self._resting:
            self.holding += 1
        self.measures.task_ended(kind, self._clock.monotonic() - began)
        self.end(kind)

    async def drained(self) -> None:
        """Return when nothing that shutdown waits for is left."""
        while self.waiting:
            if self._drained is None or self._drained.done():
                self._drained = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drained)

    def abort(self, only: Kind | None = None) -> None:
        """The grace period is over, for `only` that kind if given: cancel what the policy says."""
        for task, (kind, _) in tuple(self._tasks.items()):
            if POLICIES[kind].aborted and only in (None, kind):
                task.cancel()

    def holder(self) -> str | None:
        """The label of what holds the actor awake, the first of the policy table; None if nothing does."""
        return next((POLICIES[kind].label for kind in self._holding()), None)

    def close(self) -> None:
        """Cancel every task and refuse new ones. The generation is over."""
        self._closed = True
        self._on_rest = untied
        for task in tuple(self._tasks):
            task.cancel()

    def holders(self) -> list[Holder]:
        """What holds the actor awake, in the order of the policy table."""
        now = self._clock.monotonic()
        began: dict[Kind, float] = {}
        for kind, since in self._tasks.values():
            began[kind] = min(since, began.get(kind, since))
        return [
            Holder(POLICIES[kind].label, self._counts[kind], now - began[kind] if kind in began else None)
            for kind in self._holding()
        ]

    def _holding(self) -> Iterator[Kind]:
        held = (kind for kind in Kind if _HOLDS[kind] and self._counts[kind])
        return (kind for kind in held if kind is not Kind.RUN or not self._resting)

    def counts(self) -> dict[str, int]:
        """What is going on, by label; zeros left out."""
        return {POLICIES[kind].label: self._counts[kind] for kind in Kind if self._counts[kind]}


async def result_of(awaitable: Awaitable[T]) -> T:
    """`awaitable` as a coroutine: tasks are made of nothing else."""
    return await awaitable
