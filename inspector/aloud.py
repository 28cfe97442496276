"""Aloud: what a schedule's rules mean in words, for tables and previews. Pure.

The words for cron are those of the library that runs it, so they say what happens, ranges of days and all;
it is only made shorter where people say it shorter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from cronsim import CronSim, CronSimError

_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_STEP: Final = re.compile(r"\*/(\d+) \* \* \* \*")
_WEEKDAYS: Final = " on Monday through Friday"
_ORDINAL: Final = re.compile(r"\b([2-5])([123])th\b")
_ENDINGS: Final = {"1": "st", "2": "nd", "3": "rd"}
_SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spoken:
    """`words`, and what is stored, which is shown on hover."""

    words: str
    raw: str


def aloud(rules: Mapping[str, Any]) -> Spoken | None:
    """When a recurring schedule runs, with its time zone; None for a one-shot."""
    if "expression" in rules:
        expression, zone = str(rules["expression"]), rules.get("timezone")
        return Spoken(f"{_cron(expression)} ({zone})", f"{expression} ({zone})")
    if "interval" in rules:
        seconds = rules["interval"] / 1000
        return Spoken(_interval(seconds), f"every {seconds:g} s")
    return None


@lru_cache(maxsize=1024)
def _cron(expression: str) -> str:
    """As it stands where no words are known."""
    step = _STEP.fullmatch(expression)
    if step and int(step[1]) and 60 % int(step[1]) == 0:
        return _interval(int(step[1]) * 60)
    try:
        words = CronSim(expression, _SOME_DAY).explain()
    except (CronSimError, AssertionError, IndexError):
        return expression
    words = _ORDINAL.sub(lambda found: found[1] + found[2] + _ENDINGS[found[2]], words)
    return (words[0].lower() + words[1:]).replace(_WEEKDAYS, " on weekdays")


def _interval(seconds: float) -> str:
    """In the largest unit of which it is a whole number."""
    for unit, length in _UNITS:
        if seconds >= length and seconds % length == 0:
            count = round(seconds / length)
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    return f"every {seconds:g} s"
