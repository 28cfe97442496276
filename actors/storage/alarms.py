"""The alarm part of the Store contract: when the platform has to wake which sleeping actor.

An alarm has a true time, `due_at`, and `wake_at`, when the platform looks at it next. Asleep the two are one;
awake, the actor's node keeps the time, and `wake_at` lies AWAKE_MARGIN behind: what is later lost its node.
The directory's `claim`, `release` and `hold` move it, `destroy` removes it. A source (queue, schedule) gives
its alarm in the statement that stores what is due, behind its own fence, for an actor that is awake: see
`alarms_kept` in queries.sql, `Alarms.keep` in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Source = Literal["queue", "schedule"]

AWAKE_MARGIN: Final = 20_000
"""Milliseconds. Longer than a node's lease: whoever looks may then take the actor of a frozen node."""
WAKE_LEASE: Final = 10_000
"""Milliseconds that whoever claims a due alarm has to wake the actor, before it is due again."""
RETRY_PAUSE: Final = 30_000
"""Milliseconds before an actor is woken again that failed, or slept without seeing to what was due."""
NEVER: Final = 2**53 - 1
"""The `wake_at` of what has fallen due while its actor is paused."""
LEAD: Final = 250
"""Milliseconds before it is due in which an alarm is taken to a node, which keeps its time from then on."""
NOTICE: Final = 5_000
"""A sleep that leaves an alarm nearer than this many milliseconds is told to who listens on CHANNEL."""
CHANNEL: Final = "actors_alarm"
BEAT: Final = "actors beat"
"""The name under which the database shows a beat's connection, by which others see that it runs."""


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """What a source says of its alarm: the earliest time at which the actor must be awake, None for never.

    In a write None in place of this object leaves the alarm as it is.
    """

    due_at: int | None


@dataclass(frozen=True, slots=True)
class DueAlarm:
    """An actor to be woken, since `due_at`. `address`: of the living node where its sockets wait, if any."""

    actor_id: str
    due_at: int
    address: str | None = None


class AlarmStore(Protocol):
    """Fails as a `Store` does. Times are Unix milliseconds by the clock of whoever asks."""

    async def next(self) -> int | None:
        """When the platform has to look next: the earliest `wake_at`, which may be past; None for never."""
        ...

    async def claim(self, now: int, *, late: int = 0, limit: int) -> Sequence[DueAlarm]:
        """Take what has been due for `late` milliseconds, the longest due first, for WAKE_LEASE.

        No two callers get the same alarm within that time. Actors that a living node keeps awake are passed
        over: their alarms are looked at again after WAKE_LEASE. So are those that are paused, or whose queue
        is, where the alarm is the queue's: these are looked at again when they go on, or after a claim.
        """
        ...

    async def beats(self) -> int:
        """How many of Celery's beats listen for alarms now, in whatever process."""
        ...
