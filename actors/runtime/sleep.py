"""IdleTimer: decides when an actor that nobody uses goes to sleep. Reads `Work`, and nothing else.

The timer keeps a deadline and looks again when it fires: an action never re-arms it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from actors.clock import Clock, TimerHandle
from actors.logs import IDLE, STILL_AWAKE
from actors.runtime.identity import Identity
from actors.runtime.work import Work

logger = logging.getLogger(__name__)


class IdleTimer:
    """Calls `on_idle` once nothing has held the actor awake for `timeout` seconds. None: never."""

    __slots__ = ("_clock", "_identity", "_on_idle", "_since", "_timeout", "_timer", "_work")

    def __init__(
        self,
        identity: Identity,
        clock: Clock,
        work: Work,
        timeout: float | None,
        on_idle: Callable[[], None],
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._work = work
        self._timeout = timeout
        self._on_idle = on_idle
        self._since = 0.0
        self._timer: TimerHandle | None = None

    def start(self) -> None:
        """The actor serves: from now on rest counts."""
        if self._timeout is not None:
            self._work.notify(self._rest)
            if not self._work.holding:
                self._rest()

    def stop(self) -> None:
        self._timeout = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def left(self) -> float | None:
        """Seconds until the actor falls asleep if nobody comes; None while something holds it awake."""
        if self._timer is None or self._timeout is None or self._work.holding:
            return None
        return max(0.0, self._since + self._timeout - self._clock.monotonic())

    def _rest(self) -> None:
        self._since = self._clock.monotonic()
        if self._timer is None and self._timeout is not None:
            self._timer = self._clock.call_later(self._timeout, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._timeout is None:
            return
        if self._work.holding:
            if STILL_AWAKE.wanted(logger):
                STILL_AWAKE.say(logger, self._identity.fields(reason=self._work.holder()))
            return
        left = self._since + self._timeout - self._clock.monotonic()
        if left > 0:
            self._timer = self._clock.call_later(left, self._fire)
            return
        if IDLE.wanted(logger):
            IDLE.say(logger, self._identity.fields(sleep_timeout_ms=int(self._timeout * 1000)))
        self._on_idle()
