"""QueueAlarm: when one actor must be awake for its messages, and what the store has been told of that.

Used by the mailbox alone. An earlier time goes with the write that brings the message. A later one, or none,
is told when the queue has been quiet, or at the sleep: an alarm too early only makes somebody look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from actors.clock import Clock, TimerHandle
from actors.runtime.backlog import Backlog
from actors.runtime.tether import untied
from actors.storage.alarms import AlarmChange

QUIET: Final = 10.0
"""Seconds until a time that has passed is put right: shorter than AWAKE_MARGIN, when the platform looks."""


class QueueAlarm:
    """`tell` writes a change by itself."""

    __slots__ = ("_asked", "_backlog", "_clock", "_known", "_tell", "_timer", "_told")

    def __init__(self, clock: Clock, backlog: Backlog, tell: Callable[[AlarmChange], object]) -> None:
        self._clock = clock
        self._backlog = backlog
        self._tell = tell
        self._asked: set[str] = set()
        self._known = False
        self._told: int | None = None
        self._timer: TimerHandle | None = None

    def found(self, due_at: int | None) -> None:
        """What the store says at the beginning."""
        self._known, self._told = True, due_at
        self.look()

    def asked(self, names: Iterable[str]) -> None:
        """Somebody wants messages of these queues."""
        self._asked.update(names)

    def by(self, at: int) -> AlarmChange | None:
        """The actor must be awake at that time: the change that has to go with the write, if any."""
        if self._told is not None and self._told <= at:
            return None
        self._told = at
        return AlarmChange(at)

    def doubt(self) -> None:
        """A write has failed: whatever it said of the alarm may be unsaid."""
        self._told = None

    def look(self) -> None:
        """The backlog has changed. Costs nothing while the store knows it right."""
        if self._timer is None and self._due() != self._told:
            self._timer = self._clock.call_later(QUIET, self._correct)

    def last(self) -> AlarmChange | None:
        """What the actor leaves when it falls asleep: messages that it would have asked for are due at once.

        One that never looked into its queue leaves what it has found.
        """
        self._disarm()
        if not self._known:
            return None
        pressing = self._backlog.pressing_of(self._asked)
        due = self._clock.now_ms() if pressing else self._backlog.next_due()
        if due == self._told:
            return None
        self._told = due
        return AlarmChange(due)

    def close(self) -> None:
        """Nothing is told any more."""
        self._tell = untied
        self._disarm()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> int | None:
        if not self._backlog.pressing:
            return self._backlog.next_due()
        now = self._clock.now_ms()
        return now if self._told is None else min(self._told, now)

    def _correct(self) -> None:
        self._timer = None
        due = self._due()
        if due != self._told:
            self._told = due
            self._tell(AlarmChange(due))
