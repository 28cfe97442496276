"""Restarts: brings actors whose crash policy is "restart" back after a pause that grows with each crash.

Used by the node alone. A call that comes in the pause wakes the actor at once; the pause is only for nobody.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from actors.clock import Clock, TimerHandle

FIRST_PAUSE: Final = 2.0
MOST_DOUBLINGS: Final = 8
SPREAD: Final = 0.5
QUIET: Final = 600.0
"""Seconds without a crash after which an actor counts as healthy again."""


class Restarts:
    """`wake(actor_id)` is called when the pause is over. Holds crashed actors only."""

    __slots__ = ("_clock", "_crashes", "_timers", "_wake")

    def __init__(self, clock: Clock, wake: Callable[[str], None]) -> None:
        self._clock = clock
        self._wake = wake
        # Actor id -> how often it has crashed in a row, and when it did last; the latest crash is at the end.
        self._crashes: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._timers: dict[str, TimerHandle] = {}

    def pause(self, actor_id: str) -> float:
        """Note a crash: seconds until the actor is to be started again."""
        now = self._clock.monotonic()
        self._forget_healthy(now)
        crashes, _ = self._crashes.pop(actor_id, (0, now))
        self._crashes[actor_id] = (crashes + 1, now)
        spread: float = random.uniform(0, SPREAD)  # noqa: S311 - no secret
        return FIRST_PAUSE * 2.0 ** min(crashes, MOST_DOUBLINGS) + spread

    def schedule(self, actor_id: str, pause: float) -> None:
        """Wake it in `pause` seconds."""
        self.cancel(actor_id)
        self._timers[actor_id] = self._clock.call_later(pause, self._due, actor_id)

    def cancel(self, actor_id: str) -> None:
        """Somebody else has woken it, or it is gone."""
        timer = self._timers.pop(actor_id, None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        for actor_id in tuple(self._timers):
            self.cancel(actor_id)

    def _due(self, actor_id: str) -> None:
        del self._timers[actor_id]
        self._wake(actor_id)

    def _forget_healthy(self, now: float) -> None:
        while self._crashes and now - next(iter(self._crashes.values()))[1] >= QUIET:
            self._crashes.popitem(last=False)
