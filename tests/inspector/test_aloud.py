"""Rules of schedules read aloud: shapes that people use, and what is stored where there are no words."""

from __future__ import annotations

from typing import Any

import pytest

from inspector.aloud import Spoken, aloud


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("*/7 * * * *", "every seventh minute of every hour"),
        ("*/0 * * * *", "*/0 * * * *"),
        ("0 * * * *", "at the start of every hour"),
        ("0 9 * * 1-5", "at 09:00 on weekdays"),
        ("0 9 * * MON-FRI", "at 09:00 on weekdays"),
        ("0 22 * * *", "at 22:00 every day"),
        ("30 2 31 * *", "at 02:30 on the 31st day of every month"),
        ("0 12 * * 1#2", "at 12:00 on the second Monday of the month"),
        ("0 0 L * *", "at 00:00 on the last day of every month"),
        ("tea time", "tea time"),
    ],
)
def test_cron(expression: str, words: str) -> None:
    spoken = aloud({"expression": expression, "timezone": "Europe/Berlin"})
    assert spoken == Spoken(f"{words} (Europe/Berlin)", f"{expression} (Europe/Berlin)")


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (5_000, "every 5 s"),
        (60_000, "every minute"),
        (90_000, "every 90 s"),
        (7_200_000, "every 2 hours"),
        (86_400_000, "every day"),
        (5_500, "every 5.5 s"),
    ],
)
def test_an_interval(interval: int, words: str) -> None:
    spoken: Any = aloud({"interval": interval, "anchor": 0})
    assert (spoken.words, spoken.raw) == (words, f"every {interval / 1000:g} s")


def test_a_one_shot_has_no_cadence() -> None:
    assert aloud({}) is None
