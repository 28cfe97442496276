"""Cadences, over any moment: never early, never twice, and nothing left out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.runtime.cadence import SHORTEST_INTERVAL, Cron, Every, cadence_of, cron, every

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
EXPRESSIONS = [
    "* * * * *", "*/15 * * * *", "0 * * * *", "30 2 * * *", "15,45 2 * * *", "0 3 * * 0", "59 1-3 * * *",
    "*/30 2 * * *", "0 0 1 * *", "0 12 L * *", "0 0 29 2 *",
]  # fmt: skip
MOMENTS = st.integers(0, 4_102_444_800_000)
# The nights of 2026 in which clocks change, by the second.
NIGHTS = st.one_of(
    st.integers(1_774_735_200, 1_774_749_600),
    st.integers(1_792_879_200, 1_792_893_600),
    st.integers(1_772_953_200, 1_772_967_600),
    st.integers(1_775_314_800, 1_775_329_200),
).map(lambda second: second * 1000)
CRONS = st.builds(Cron, st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES))
EVERIES = st.builds(Every, st.integers(SHORTEST_INTERVAL, 10**10), MOMENTS)


@given(st.one_of(CRONS, EVERIES), st.one_of(MOMENTS, NIGHTS), st.integers(1, 999))
def test_the_times_only_go_forward_and_are_the_same_from_wherever_one_looks(
    cadence: Cron | Every, moment: int, milliseconds: int
) -> None:
    first = cadence.after(moment)
    if first is None:
        return
    assert first > moment
    second = cadence.after(first)
    assert second is None or second > first
    for between in (moment + milliseconds, (moment + first) // 2, first - 1):
        if moment <= between < first:
            assert cadence.after(between) == first


@given(CRONS, st.one_of(MOMENTS, NIGHTS))
def test_a_time_of_cron_is_one_by_the_clocks_of_its_zone(cadence: Cron, moment: int) -> None:
    time = cadence.after(moment)
    if time is not None and cadence.expression == "0 * * * *":
        assert datetime.fromtimestamp(time / 1000, ZoneInfo(cadence.timezone)).minute in (0, 30)
        assert time - moment <= 3_600_000 + 1_800_000


@given(st.one_of(CRONS, EVERIES), st.one_of(MOMENTS, NIGHTS), st.integers(1, 10), st.integers(0, 40))
def test_the_last_times_are_those_that_following_it_would_have_met(
    cadence: Cron | Every, moment: int, count: int, met: int
) -> None:
    times: list[int] = []
    time = cadence.after(moment)
    while time is not None and len(times) <= met:
        times.append(time)
        time = cadence.after(time)
    if not times:
        return
    until = times[-1] if time is None else time - 1
    assert cadence.last(count, times[0], until) == times[-count:]


def test_an_interval_is_counted_from_its_anchor() -> None:
    cadence = every(5000, 12)
    assert [cadence.after(moment) for moment in (0, 12, 5011, 5012, 99_999)] == [
        5012,
        5012,
        5012,
        10_012,
        100_012,
    ]


def test_what_is_stored_is_read_back() -> None:
    for cadence in (cron("0 3 * * *", "Europe/Berlin", 0), every(6000, 7)):
        assert cadence_of(cadence.as_json()) == cadence
    assert cadence_of({}) is None
    with pytest.raises(ActorError, match="invalid_timezone"):
        cadence_of({"expression": "* * * * *", "timezone": "Atlantis/Capital"})
