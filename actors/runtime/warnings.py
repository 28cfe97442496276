"""LimitedWarnings: at most three warnings of a kind for one actor in half a minute, and as many for all.

What was held back is counted in the next line that passes. For overload and other floods.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final, TypeVar

from actors.clock import Clock
from actors.logs import LogEvent

K = TypeVar("K")

ALLOWED: Final = 3
WINDOW: Final = 30.0
MOST_ACTORS: Final = 1024
"""Actors that are counted by themselves at a time; more share the window of all."""


@dataclass(slots=True)
class _Window:
    began: float
    passed: int = 0
    held_back: int = 0

    def take(self, now: float) -> int | None:
        """How many were held back before this one; None if this one is held back as well."""
        if now - self.began >= WINDOW:
            self.began, self.passed = now, 0
        if self.passed >= ALLOWED:
            self.held_back += 1
            return None
        self.passed += 1
        held_back, self.held_back = self.held_back, 0
        return held_back


class LimitedWarnings:
    """One for a node. `warn` costs two dict look-ups when it says nothing."""

    __slots__ = ("_clock", "_everybody", "_windows")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._everybody: dict[str, _Window] = {}
        self._windows: dict[tuple[str, str], _Window] = {}

    def warn(self, logger: logging.Logger, event: LogEvent, actor_id: str, fields: dict[str, object]) -> None:
        """Log the event unless too many like it have been logged."""
        now = self._clock.monotonic()
        of_actor = _window(self._windows, (event.text, actor_id), now).take(now)
        if of_actor is None:
            return
        of_all = _window(self._everybody, event.text, now).take(now)
        if of_all is not None:
            suppressed = {"per_actor_suppressed": of_actor, "global_suppressed": of_all}
            event.say(logger, fields | suppressed)


def _window(windows: dict[K, _Window], key: K, now: float) -> _Window:
    window = windows.get(key)
    if window is None:
        if len(windows) >= MOST_ACTORS:
            windows.clear()
        window = windows[key] = _Window(now)
    return window
