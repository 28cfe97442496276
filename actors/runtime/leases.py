"""Leases: the messages of one actor that are handed out, and until when. Used by the mailbox alone.

A lease lives in memory: it ends with its generation, and the message can be had again in the next one.
"""

from __future__ import annotations

from collections.abc import Callable

from actors.clock import Clock, TimerHandle
from actors.runtime.backlog import Entry
from actors.runtime.kinds import Kind
from actors.runtime.tether import untied
from actors.runtime.work import Work


class Leases:
    """A message in hand holds the actor awake; `on_expired` hears of one that did not come back in time."""

    __slots__ = ("_clock", "_closed", "_on_expired", "_timers", "_work")

    def __init__(self, clock: Clock, work: Work, on_expired: Callable[[Entry], None]) -> None:
        self._clock = clock
        self._work = work
        self._on_expired = on_expired
        self._closed = False
        self._timers: dict[int, TimerHandle] = {}

    def __contains__(self, entry: Entry) -> bool:
        """Whether somebody has it in hand."""
        return entry.message_id in self._timers

    def begin(self, entry: Entry, seconds: float) -> None:
        """It is handed out for that long; also anew, for one that is. Not after `close`."""
        if self._closed:
            return
        timer = self._timers.get(entry.message_id)
        if timer is None:
            self._work.begin(Kind.MESSAGE)
        else:
            timer.cancel()
        self._timers[entry.message_id] = self._clock.call_later(seconds, self._expire, entry)

    def end(self, entry: Entry) -> None:
        """It is back, or about to be. Idempotent."""
        timer = self._timers.pop(entry.message_id, None)
        if timer is not None:
            timer.cancel()
            self._work.end(Kind.MESSAGE)

    def close(self) -> None:
        """The generation is over."""
        self._closed = True
        self._on_expired = untied
        timers, self._timers = self._timers, {}
        for timer in timers.values():
            timer.cancel()
            self._work.end(Kind.MESSAGE)

    def _expire(self, entry: Entry) -> None:
        self.end(entry)
        self._on_expired(entry)
