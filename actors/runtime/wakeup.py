"""Wakeup: the one timer behind all that an awake actor has to do at some time. Used by the scheduler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from actors.clock import Clock, TimerHandle
from actors.runtime.tether import untied

LONGEST: Final = 86_400_000
"""Milliseconds. The wall clock may be set meanwhile, and timers do not follow it."""


class Wakeup:
    """Calls `fire` at a time of the wall clock, never before. Armed anew only if that time changes."""

    __slots__ = ("_at", "_clock", "_fire", "_timer")

    def __init__(self, clock: Clock, fire: Callable[[], None]) -> None:
        self._clock = clock
        self._fire = fire
        self._at: int | None = None
        self._timer: TimerHandle | None = None

    def set(self, at: int | None) -> None:
        """Fire at that time, in Unix milliseconds, at once if it has passed; None: not at all."""
        if at == self._at:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._at = at
        self._arm()

    def close(self) -> None:
        """Never again."""
        self.set(None)
        self._fire = untied

    def _arm(self) -> None:
        if self._at is not None:
            left = min(self._at - self._clock.now_ms(), LONGEST)
            self._timer = self._clock.call_later(max(left, 0) / 1000, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._at is not None and self._at > self._clock.now_ms():
            self._arm()
            return
        self._at = None
        self._fire()
