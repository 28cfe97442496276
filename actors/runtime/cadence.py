"""Cadences: the times at which a recurring schedule falls due, in Unix milliseconds. Pure: knows no clock.

Cron and time zones are cronsim's business: what a clock change does to a schedule is what Debian's cron does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice, takewhile
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from actors.errors import error

SHORTEST_INTERVAL: Final = 5_000
LONGEST_INTERVAL: Final = 100 * 365 * 86_400_000
LONGEST_EXPRESSION: Final = 256
FIELDS: Final = 5
MINUTE: Final = 60_000
WIDER: Final = 8


class Cadence(Protocol):
    """When it falls due, time and again."""

    def after(self, moment: int) -> int | None:
        """The first time later than `moment`; None if there is none."""
        ...

    def first(self, count: int, since: int, until: int) -> list[int]:
        """The earliest `count` times from `since` to `until`, in order."""
        ...

    def last(self, count: int, since: int, until: int) -> list[int]:
        """The latest `count` times from `since` to `until`, in order. `since` is one of them."""
        ...

    def as_json(self) -> dict[str, Any]:
        """For the rules of a stored schedule."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Each `interval` milliseconds from `anchor` on, `anchor` left out."""

    interval: int
    anchor: int

    def after(self, moment: int) -> int:
        passed = max(0, (moment - self.anchor) // self.interval)
        return self.anchor + (passed + 1) * self.interval

    def first(self, count: int, since: int, until: int) -> list[int]:
        earliest = self.after(since - 1)
        return list(islice(range(earliest, until + 1, self.interval), count))

    def last(self, count: int, since: int, until: int) -> list[int]:
        newest = self.anchor + (until - self.anchor) // self.interval * self.interval
        oldest = max(since, newest - (count - 1) * self.interval)
        return list(range(oldest, newest + 1, self.interval))

    def as_json(self) -> dict[str, Any]:
        return {"interval": self.interval, "anchor": self.anchor}


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields of cron, by the clocks of an IANA time zone."""

    expression: str
    timezone: str

    def after(self, moment: int) -> int | None:
        return next(self._times(moment), None)

    def first(self, count: int, since: int, until: int) -> list[int]:
        return list(islice(takewhile(lambda time: time <= until, self._times(since - 1)), count))

    def last(self, count: int, since: int, until: int) -> list[int]:
        # Forwards only: looking back, a clock change would look different.
        window = (count + 1) * MINUTE
        while True:
            start = max(since - 1, until - window)
            found = []
            for time in self._times(start):
                if time > until:
                    break
                found.append(time)
            if len(found) >= count or start < since:
                return found[-count:]
            window *= WIDER

    def _times(self, moment: int) -> Iterator[int]:
        """The times after `moment`. One that a clock change has put before it is left out."""
        begin = datetime.fromtimestamp(moment // 1000, _zone(self.timezone))
        try:
            for time in CronSim(self.expression, begin):
                at = int(time.timestamp()) * 1000
                if at > moment:
                    yield at
        except (OverflowError, ValueError):
            return  # the end of the calendar

    def as_json(self) -> dict[str, Any]:
        return {"expression": self.expression, "timezone": self.timezone}


def cron(expression: Any, timezone: Any, now: int) -> Cron:
    """Raises schedule.invalid_cron_expression, schedule.invalid_timezone."""
    if not isinstance(expression, str) or len(expression) > LONGEST_EXPRESSION:
        raise _bad_cron(f"it is text of at most {LONGEST_EXPRESSION} characters")
    if len(expression.split()) != FIELDS:
        raise _bad_cron(f"it has {len(expression.split())} fields, not {FIELDS}")
    name = timezone.key if isinstance(timezone, ZoneInfo) else "UTC" if timezone is UTC else timezone
    _zone(name)
    made = Cron(" ".join(expression.split()), name)
    try:
        upcoming = made.after(now)
    except (CronSimError, AssertionError, IndexError) as failure:
        raise _bad_cron(str(failure) or "it makes no sense") from failure
    if upcoming is None:
        raise _bad_cron("it never falls due")
    return made


def every(interval: int, now: int) -> Every:
    """`interval` in milliseconds. Raises schedule.invalid_interval."""
    if not SHORTEST_INTERVAL <= interval <= LONGEST_INTERVAL:
        raise error("schedule.invalid_interval", minimum_ms=SHORTEST_INTERVAL, interval_ms=interval)
    return Every(interval, now)


def cadence_of(rules: Mapping[str, Any]) -> Cadence | None:
    """The cadence of stored rules, None for a one-shot. Raises ActorError if it is none any more."""
    if "expression" in rules:
        return cron(rules["expression"], rules["timezone"], 0)
    return Every(rules["interval"], rules["anchor"]) if "interval" in rules else None


def _bad_cron(reason: str) -> Exception:
    return error("schedule.invalid_cron_expression", reason=reason)


def _zone(name: Any) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as failure:
        raise error("schedule.invalid_timezone", timezone=str(name)) from failure
