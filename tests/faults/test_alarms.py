"""Alarms with real servers, workers and beats: whatever is killed, each fires once, and none too early."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import celery_processes, databases, web
from tests.celery_processes import Process, Redis, wait_for
from tests.faults.ledgers import QUERY
from tests.servers import LiveServer

pytestmark = pytest.mark.slow

PATIENCE = 60.0
"""For what is promised within half a minute, on a machine that is busy."""
EARLY = 5
"""Milliseconds by which two readings of one clock may differ by rounding and by the order of things."""

TABLES = ("actor", "state", "queue", "message", "alarm", "scheduler", "schedule", "run")
DONE = """
    SELECT (SELECT count(*) FROM actors_message), (SELECT count(*) FROM actors_run WHERE result = 'ok')
"""

OWN_ENTRY = (
    "INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (1, 'seconds')",
    """
    INSERT INTO django_celery_beat_periodictask
        (name, task, args, kwargs, headers, enabled, one_off, description, total_run_count, date_changed,
         interval_id)
    SELECT 'of our own', 'actors.wake_due', '[]', '{}', '{}', true, false, '', 0, now(), max(id)
    FROM django_celery_beat_intervalschedule
    """,
)

Live = Callable[..., LiveServer]


class Site:
    """The celery processes of one test, and its reminders."""

    def __init__(self, folder: Path, stack: ExitStack, database: str) -> None:
        self.variables: dict[str, str] = {}
        self.keys: dict[str, dict[str, float]] = {}
        self._folder = folder
        self._stack = stack
        self._database = database

    def worker(self, name: str = "worker") -> Process:
        return self._started(celery_processes.worker(self._folder / f"{name}.log", **self.variables))

    def beat(self, name: str = "beat", **more: str) -> Process:
        return self._started(celery_processes.beat(self._folder / f"{name}.log", **self.variables, **more))

    def redis(self) -> Redis:
        redis = Redis(self._folder / "redis")
        self.variables["REDIS_URL"] = redis.url
        return self._started(redis)

    def _started(self, process: Any) -> Any:
        self._stack.callback(process.close)
        process.start()
        return process

    def remind(self, live: LiveServer, key: str, **delays: float) -> None:
        """Make an actor due that many seconds from now, under the tokens."""
        due = self.keys.setdefault(key, {})
        for token, delay in delays.items():
            due[token] = due[f"{token} by schedule"] = time.time() + delay
            _ask(live, key, "remind", token, delay)

    def asleep(self) -> None:
        """Return when no actor is awake."""
        wait_for(
            lambda: self.rows("SELECT count(*) FROM actors_actor WHERE connectable_at IS NOT NULL") == [(0,)],
            30,
        )

    def rows(self, words: str, *params: Any) -> list[Any]:
        with psycopg.connect(self._database) as connection:
            return connection.execute(words.encode(), params).fetchall()

    def fired(self, number: int) -> None:
        """Return when so many messages have been completed, in all, and as many scheduled runs are over."""
        left = sum(len(tokens) for tokens in self.keys.values()) // 2 - number
        wait_for(lambda: self.rows(DONE) == [(left, number)], PATIENCE)

    def lateness(self, live: LiveServer) -> list[float]:
        """Seconds by which each was late. Raises AssertionError for one that is lost, doubled or early."""
        late = []
        for key, due in self.keys.items():
            found = _ask(live, key, "fired")
            assert sorted(token for token, _ in found) == sorted(due), f"{key}: {found}"
            late += [at / 1000 - due[token] for token, at in found]
        assert min(late) * 1000 > -EARLY
        return sorted(late)


def _ask(live: LiveServer, key: str, action: str, *args: Any) -> Any:
    url = f"{live.url}/gateway/reminder/action/{action}?{QUERY.format(key=key)}"
    response = web.post(url, json={"args": list(args)}, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()["output"]


@pytest.fixture
def site(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Site]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(f'actors_{name}' for name in TABLES)}".encode())
    with ExitStack() as stack:
        yield Site(tmp_path, stack, postgres_url)


def test_sleeping_actors_are_woken_when_they_are_due(site: Site, live_server_process: Live) -> None:
    live = live_server_process("uvicorn", ACTORS_SWEEP_INTERVAL="1000")
    site.worker()
    site.beat()
    for number in range(10):
        site.remind(live, f"soon-{number}", first=3, second=5)
    site.asleep()
    site.fired(20)
    late = site.lateness(live)
    assert late[-1] < 5, "by the sweep, or by beat's own look: nobody told beat"


def test_the_scheduler_of_django_celery_beat_keeps_alarms_beside_its_own_schedule(
    site: Site, live_server_process: Live, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    pytest.importorskip("django_celery_beat", reason="make setup installs it")
    live = live_server_process("uvicorn", ACTORS_SWEEP_INTERVAL="1000")
    monkeypatch.setenv("ACTORS_TEST_BEAT", "actors.beat_database:AlarmDatabaseScheduler")
    databases.migrate(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for words in OWN_ENTRY:
            connection.execute(words.encode())
    site.worker()
    beat = site.beat()
    site.remind(live, "beside", first=3, second=6)
    site.asleep()
    site.fired(2)
    assert site.lateness(live)[-1] < 5
    wait_for(lambda: "Sending due task of our own" in beat.words, PATIENCE, beat)


def test_two_beats_and_two_workers_fire_each_alarm_once_also_when_one_of_each_is_killed(
    site: Site, live_server_process: Live
) -> None:
    live = live_server_process("uvicorn")
    other = live_server_process("daphne")
    workers = [site.worker(f"worker-{name}") for name in ("one", "two")]
    beats = [site.beat(f"beat-{name}") for name in ("one", "two")]
    for number in range(30):
        site.remind(live if number % 2 else other, f"shared-{number}", a=4, b=4.5, c=6)
    site.fired(90)
    workers[0].kill()
    beats[0].kill()
    for number in range(10):
        site.remind(live if number % 2 else other, f"shared-{number}", d=2, e=2.5)
    site.fired(110)
    site.lateness(other)


def test_what_a_killed_worker_had_claimed_is_woken_by_another(site: Site, live_server_process: Live) -> None:
    live = live_server_process("uvicorn", ACTORS_SWEEP_INTERVAL="1000")
    site.remind(live, "claimed", once=3)
    site.asleep()
    # The node takes the request and does not answer: the worker stands between claim and wake.
    live.signal(signal.SIGSTOP)
    try:
        worker = site.worker()
        site.beat()
        claimed = "SELECT count(DISTINCT actor_id) FROM actors_alarm WHERE wake_at > due_at"
        wait_for(lambda: site.rows(claimed) == [(1,)], PATIENCE, worker)
        worker.kill()
    finally:
        live.signal(signal.SIGCONT)
    site.worker("worker-two")
    site.fired(1)
    site.lateness(live)


def test_without_beat_a_node_wakes_them_and_says_so(site: Site, live_server_process: Live) -> None:
    live = live_server_process("uvicorn", ACTORS_SWEEP_INTERVAL="1")
    beat = site.beat()
    site.worker()
    site.remind(live, "before", once=2)
    site.fired(1)
    assert "alarms are late" not in live.log.read_text()
    beat.kill()
    site.remind(live, "after", once=2)
    site.asleep()
    site.fired(2)
    assert site.lateness(live)[-1] > 4
    assert "alarms are late, a node wakes their actors: is Celery beat running?" in live.log.read_text()


def test_a_redis_that_was_restarted_delays_alarms_and_loses_none(
    site: Site, live_server_process: Live
) -> None:
    redis = site.redis()
    live = live_server_process("uvicorn", **site.variables)
    site.worker()
    beat = site.beat()
    for number in range(10):
        site.remind(live, f"through-{number}", first=3, second=5, third=20)
    redis.kill()
    wait_for(lambda: "could not send a wake task" in beat.words, PATIENCE, beat)
    redis.start()
    site.fired(30)
    site.lateness(live)


def test_the_alarm_of_an_actor_whose_node_was_killed_fires_at_another(
    site: Site, live_server_process: Live
) -> None:
    first = live_server_process("uvicorn")
    site.worker()
    site.beat()
    site.remind(first, "orphan", once=4)
    site.remind(first, "sleeper", once=4)
    first.kill()
    second = live_server_process("daphne")
    site.fired(2)
    site.lateness(second)
