"""The schedulers of Celery beat: alarms between the entries of a project's own schedule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from celery import Celery
from celery.beat import Scheduler

from actors.beat import FIRST_GAP, LONGEST_GAP, LONGEST_WAIT, LOOKS, AlarmTicks
from actors.clock import LoopClock
from actors.storage.alarms import LEAD
from actors.tasks import EXPIRES, WAKE_DUE


class Clock:
    """Goes on by what the bell waits."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    def now_ms(self) -> int:
        return now() + round(self.passed * 1000)


class Bell:
    """Rings as the test says, and waits for nobody."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.at: int | None = None
        self.broken = False
        self.waits: list[float] = []

    def next(self) -> int | None:
        if self.broken:
            raise psycopg.OperationalError("away")
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.passed += seconds

    def close(self) -> None:
        return None


class Ticks(AlarmTicks, Scheduler):
    """With a schedule in memory, and a broker that notes what it gets."""

    def __init__(self, app: Celery) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.broken = False
        super().__init__(app=app, schedule={}, max_interval=300)
        self._clock: Any = Clock()
        self._bell: Any = Bell(self._clock)

    def send_task(self, name: str, *args: Any, **how: Any) -> None:
        if self.broken:
            raise ConnectionError("redis://user:swordfish@host")
        self.sent.append((name, how.get("expires")))

    def setup_schedule(self) -> None:
        return None

    def get_schedule(self) -> dict[str, Any]:
        return self.data

    schedule = property(get_schedule)


@pytest.fixture
def ticks() -> Iterator[Ticks]:
    made = Ticks(Celery("test", broker="memory://"))
    made._begun = True
    yield made
    made.close()


def now() -> int:
    return LoopClock().now_ms()


def test_its_first_task_makes_the_way_warm_whatever_is_due(ticks: Ticks) -> None:
    ticks._begun = False
    ticks.tick()
    ticks.tick()
    assert ticks.sent == [(WAKE_DUE, EXPIRES)]


def test_with_nothing_to_do_it_looks_again_after_the_longest_wait(ticks: Ticks) -> None:
    assert ticks.tick() == 0
    assert (ticks._bell.waits, ticks.sent) == ([LONGEST_WAIT], [])


def test_it_sleeps_until_shortly_before_the_earliest_alarm(ticks: Ticks) -> None:
    ticks._bell.at = now() + 2_000
    ticks.tick()
    [wait] = ticks._bell.waits
    assert 1 < wait <= 2 - LEAD / 1000
    assert ticks.sent == []
    ticks.tick()
    assert ticks.sent == [(WAKE_DUE, EXPIRES)]


def test_for_what_is_due_it_sends_one_task_that_does_not_pile_up(ticks: Ticks) -> None:
    ticks._bell.at = now() - 1
    ticks.tick()
    assert (ticks.sent, ticks._bell.waits) == ([(WAKE_DUE, EXPIRES)], [FIRST_GAP])


def test_while_nobody_takes_an_alarm_it_sends_less_and_less_often(ticks: Ticks) -> None:
    ticks._bell.at = now() - 1
    sent_at: list[float] = []
    while len(sent_at) < 12:
        before = ticks._clock.passed
        ticks.tick()
        sent_at += [before] * (len(ticks.sent) - len(sent_at))
    gaps = [later - earlier for earlier, later in pairwise(sent_at)]
    assert gaps == pytest.approx([min(FIRST_GAP * 2**number, LONGEST_GAP) for number in range(11)])


def test_in_a_long_gap_it_soon_sees_that_the_worker_has_come(ticks: Ticks) -> None:
    ticks._bell.at = now() - 1
    while ticks._gap < LONGEST_GAP:
        ticks.tick()
    assert ticks._bell.waits[-1] == LONGEST_GAP / LOOKS
    sent = len(ticks.sent)
    ticks.tick()
    assert len(ticks.sent) == sent
    ticks._bell.at = now()
    ticks.tick()
    assert (len(ticks.sent), ticks._bell.waits[-1]) == (sent + 1, pytest.approx(FIRST_GAP))


def test_without_a_broker_it_goes_on_and_says_no_password(
    ticks: Ticks, caplog: pytest.LogCaptureFixture
) -> None:
    ticks.broken = True
    ticks._bell.at = now() - 1
    assert ticks.tick() == 0
    [record] = caplog.records
    assert (record.msg, vars(record)["error"]) == ("beat could not send a wake task", "ConnectionError")


def test_without_a_database_the_projects_own_schedule_goes_on(
    ticks: Ticks, caplog: pytest.LogCaptureFixture
) -> None:
    ticks._bell.broken = True
    assert ticks.tick() == LONGEST_WAIT
    assert [record.msg for record in caplog.records] == ["beat cannot read the alarms"]


def test_the_projects_own_entries_are_sent_in_their_time(ticks: Ticks) -> None:
    ticks.add(name="own", task="site.clean", schedule=0.05)
    while "site.clean" not in [name for name, _ in ticks.sent]:
        ticks.tick()
    assert all(wait <= 0.05 for wait in ticks._bell.waits)
