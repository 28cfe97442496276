"""SaveTick: the throttle of saves that nobody waits for: `durability="interval"`, the writes of `run`."""

from __future__ import annotations

from collections.abc import Callable

from actors.clock import Clock, TimerHandle
from actors.runtime.tether import untied


class SaveTick:
    """Calls `save` at most once in `interval` seconds, and at once after a quiet interval. One timer at most.

    `noted` says that something may be unsaved; whoever saves for another reason sets it to False.
    """

    __slots__ = ("_clock", "_interval", "_last", "_save", "_timer", "noted")

    def __init__(self, clock: Clock, interval: float, save: Callable[[], None]) -> None:
        self._clock = clock
        self._interval = interval
        self._save = save
        self._last = clock.monotonic() - interval
        self._timer: TimerHandle | None = None
        self.noted = False

    def note(self) -> None:
        """The state may have changed."""
        self.noted = True
        if self._timer is None:
            wait = self._last + self._interval - self._clock.monotonic()
            self._timer = self._clock.call_later(max(0.0, wait), self._fire)

    def close(self) -> None:
        """Nothing is saved any more."""
        self._save = untied
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        if self.noted:
            self._last = self._clock.monotonic()
            self._save()
