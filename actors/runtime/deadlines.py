"""Deadlines: the action timeouts of one actor class, in order, behind one timer.

All wait equally long, so the oldest is always due first, and an action costs one dict entry and no timer.
"""

from __future__ import annotations

from typing import Protocol

from actors.clock import Clock, TimerHandle
from actors.runtime.calls import Invocation


class Expiring(Protocol):
    """Whoever runs the invocation."""

    def expire(self, invocation: Invocation) -> None: ...


class Deadlines:
    """`timeout` in seconds from `add` to `expire`, unless `discard` comes first."""

    __slots__ = ("_clock", "_due", "_timeout", "_timer")

    def __init__(self, clock: Clock, timeout: float) -> None:
        self._clock = clock
        self._timeout = timeout
        # A dict keeps the order of insertion and forgets from the middle in constant time.
        self._due: dict[Invocation, tuple[float, Expiring]] = {}
        self._timer: TimerHandle | None = None

    def add(self, invocation: Invocation, owner: Expiring) -> None:
        self._due[invocation] = (self._clock.monotonic() + self._timeout, owner)
        if self._timer is None:
            self._timer = self._clock.call_later(self._timeout, self._fire)

    def renew(self, invocation: Invocation, owner: Expiring) -> None:
        """Count its time anew: it goes to the end of the line."""
        self.discard(invocation)
        self.add(invocation, owner)

    def discard(self, invocation: Invocation) -> None:
        self._due.pop(invocation, None)

    def _fire(self) -> None:
        self._timer = None
        now = self._clock.monotonic()
        while self._due:
            invocation, (due, owner) = next(iter(self._due.items()))
            if due > now:
                self._timer = self._clock.call_later(due - now, self._fire)
                return
            del self._due[invocation]
            owner.expire(invocation)
