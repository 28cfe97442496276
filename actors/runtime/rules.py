"""Rules of a schedule: what becomes of runs that fail, come late or meet each other. Plain data.

Authors write `Retry(max=3)` and `Misfire.all(max=10)`; the runtime reads them, nothing changes them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

from actors.errors import ActorError, error
from actors.runtime.cadence import Cadence, cadence_of

MOST_RETRIES: Final = 100
LONGEST_BACKOFF: Final = 30 * 86_400.0
MOST_MISSED: Final = 100
MOST_HISTORY: Final = 1000
DEFAULT_HISTORY: Final = 100

Overlap = Literal["skip", "allow"]


@dataclass(frozen=True, slots=True)
class Retry:
    """A run that fails is tried again up to `max` times.

    The first pause takes `backoff` seconds, each later one `factor` times as long, at most `longest`; up to
    `jitter` of a pause, by chance, comes on top of it.
    """

    max: int = 3
    backoff: float = 1.0
    factor: float = 2.0
    longest: float = 3600.0
    jitter: float = 0.1

    def pause(self, attempt: int) -> int:
        """Milliseconds between the attempt of that number, from 1 on, and the next."""
        grown = self.backoff * self.factor ** min(attempt - 1, MOST_RETRIES)
        spread: float = 1 + self.jitter * random.random()  # noqa: S311 - no secret
        return math.ceil(min(grown, self.longest) * spread * 1000)

    def fault(self) -> str | None:
        """What is wrong with it, in words for the author."""
        if not _whole(self.max, 0, MOST_RETRIES):
            return f"Retry.max is between 0 and {MOST_RETRIES}, not {self.max!r}"
        for name in ("backoff", "longest"):
            if not _number(getattr(self, name), 0, LONGEST_BACKOFF):
                return f"Retry.{name} is between 0 and {LONGEST_BACKOFF:g} s, not {getattr(self, name)!r}"
        if not _number(self.factor, 1, 100):
            return f"Retry.factor is between 1 and 100, not {self.factor!r}"
        return None if _number(self.jitter, 0, 1) else f"Retry.jitter is between 0 and 1, not {self.jitter!r}"


NO_RETRY: Final = Retry(max=0)


@dataclass(frozen=True, slots=True)
class Misfire:
    """What happens to the times that a schedule has missed, as when everything stood still for hours."""

    policy: Literal["coalesce", "skip", "all"] = "coalesce"
    max: int = 1

    @classmethod
    def coalesce(cls) -> Self:
        """One run for all of them."""
        return cls()

    @classmethod
    def skip(cls) -> Self:
        """None: the next time is the next one."""
        return cls("skip")

    @classmethod
    def all(cls, max: int) -> Self:
        """One run for each of them, the latest `max`."""
        return cls("all", max)

    def fault(self) -> str | None:
        if self.policy not in ("coalesce", "skip", "all"):
            return f"a misfire policy is coalesce, skip or all, not {self.policy!r}"
        return (
            None
            if _whole(self.max, 1, MOST_MISSED)
            else f"Misfire.max is 1 to {MOST_MISSED}, not {self.max!r}"
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything beside what is to be run. `cadence` is None for a one-shot."""

    cadence: Cadence | None = None
    retry: Retry = NO_RETRY
    misfire: Misfire = Misfire()
    overlap: Overlap = "skip"
    max_history: int = DEFAULT_HISTORY

    def check(self) -> None:
        """Raises schedule.invalid_policy, schedule.invalid_max_history."""
        reason = _fault(self.retry, self.misfire, self.overlap)
        if reason:
            raise error("schedule.invalid_policy", reason=reason)
        if not _whole(self.max_history, 0, MOST_HISTORY):
            given = repr(self.max_history)
            raise error("schedule.invalid_max_history", maximum=MOST_HISTORY, max_history=given)

    def as_json(self) -> dict[str, Any]:
        """As stored, and as people see it in the admin."""
        cadence = {} if self.cadence is None else self.cadence.as_json()
        return {
            **cadence,
            "retry": asdict(self.retry),
            "misfire": asdict(self.misfire),
            "overlap": self.overlap,
            "max_history": self.max_history,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises ActorError for what this version cannot read."""
        try:
            retry, misfire = Retry(**stored["retry"]), Misfire(**stored["misfire"])
            rules = cls(cadence_of(stored), retry, misfire, stored["overlap"], stored["max_history"])
        except (KeyError, TypeError) as failure:
            raise error("actor.invalid_request", reason=repr(failure)) from failure
        rules.check()
        return rules


def readable(stored: Mapping[str, Any]) -> Rules | ActorError:
    """The rules, or why they cannot be read."""
    try:
        return Rules.from_json(stored)
    except ActorError as failure:
        return failure


def _fault(retry: Any, misfire: Any, overlap: Any) -> str | None:
    if not isinstance(retry, Retry):
        return f"retry is Retry(...), not {retry!r}"
    if not isinstance(misfire, Misfire):
        return f"misfire is Misfire.coalesce(), .skip() or .all(max), not {misfire!r}"
    if overlap not in ("skip", "allow"):
        return f'overlap is "skip" or "allow", not {overlap!r}'
    return retry.fault() or misfire.fault()


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
