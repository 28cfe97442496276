"""The load generator and the peers, for a moment each: every scenario must count, none may err."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from benchmarks.harness import node
from benchmarks.harness.contestants import CONTESTANTS, Running
from benchmarks.harness.driver import LoadFailed, drive, held_sockets
from benchmarks.harness.hibernation import measure_hibernation
from benchmarks.harness.scenarios import ALARMS, CHURN, KV, QUEUE, SPEED

pytestmark = pytest.mark.skipif(
    not node.installed(), reason="benchmarks/node_modules: python3 tools/setup.py bench"
)

MOMENTS = (0.3, 1, 3, 9)
"""Seconds: the first in which a busy machine has answered, for as long as CPU is counted in, is enough."""


@pytest.fixture(scope="module")
def workerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with CONTESTANTS["workerd"](tmp_path_factory.mktemp("workerd")) as server:
        yield server


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with CONTESTANTS["plain-uvicorn"](tmp_path_factory.mktemp("plain")) as server:
        yield server


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo site on servers of its own, as a benchmark starts it: without the choices of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for chosen in ("DATABASE_URL", "REDIS_URL", "REDIS_PREFIX", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(chosen)
        with CONTESTANTS["actors-uvicorn"](tmp_path_factory.mktemp("ours")) as server:
            patch.undo()
            yield server


def look(server: Running, scenario: str, **options: Any) -> dict[str, Any]:
    """A load of a moment."""
    report: dict[str, Any] = {}
    for seconds in MOMENTS:
        prefix = f"test-{scenario}-{seconds}"
        report = drive(server, scenario, prefix=prefix, seconds=seconds, warmup=seconds / 3, **options)
        if report["count"] and report["cpu_percent"]["server"]:
            break
    return report


@pytest.mark.parametrize("scenario", SPEED)
@pytest.mark.parametrize("peer", ["workerd", "plain"])
def test_a_scenario_counts_what_the_peer_answers(
    scenario: str, peer: str, request: pytest.FixtureRequest
) -> None:
    server: Running = request.getfixturevalue(peer)
    report = look(server, scenario)
    assert report["count"] > 0
    assert report["errors"] == 0
    assert 0 < report["p50"] <= report["p95"] <= report["p99"] <= report["max"]
    assert report["cpu_percent"]["server"] > 0
    assert report["rss_mib"]["server"] > 0
    if scenario == "broadcast":
        assert report["deliveries"] > 0


def test_an_actor_that_is_not_new_fails_a_cold_create(workerd: Running) -> None:
    again = partial(drive, workerd, "cold_create", prefix="twice", seconds=1, warmup=0)
    again()
    report = again()
    assert report["errors"] > 0
    assert any("a new counter answered" in kind for kind in report["error_kinds"])


@pytest.mark.parametrize(("scenario", "server"), [(KV, "workerd"), (KV, "ours"), (QUEUE, "ours")])
def test_keys_and_queues_answer_what_was_sent(
    scenario: str, server: str, request: pytest.FixtureRequest
) -> None:
    running = request.getfixturevalue(server)
    report = look(running, scenario, concurrency=4)
    assert report["count"] > 0
    assert report["error_kinds"] == {}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ALARMS)
def test_alarms_are_told_by_how_late_they_were(ours: Running, scenario: str) -> None:
    report = drive(ours, scenario, prefix=f"test-{scenario}", actors=10, seconds=MOMENTS[0])
    assert (report["count"], report["error_kinds"]) == (10, {})
    assert report["rate"] > 0


@pytest.mark.parametrize("scenario", CHURN)
def test_a_churn_counts_nights_of_which_each_kept_what_was_counted(ours: Running, scenario: str) -> None:
    report = look(ours, scenario, concurrency=4)
    assert report["count"] > 0
    assert report["errors"] == 0


def test_an_actor_that_was_not_asleep_is_no_wake(workerd: Running) -> None:
    report = drive(workerd, "wake", prefix="awake", actors=3, rest=0)
    assert (report["count"], report["error_kinds"]) == (0, {"it had not slept": 3})


@pytest.mark.slow
@pytest.mark.parametrize(("server", "rest"), [("ours", 2), ("workerd", 11)])
def test_actors_without_work_go_to_sleep_and_are_woken(
    server: str, rest: float, request: pytest.FixtureRequest
) -> None:
    """Workerd evicts after ten seconds. A machine under load may need longer, so it may try again."""
    asked = partial(drive, request.getfixturevalue(server), "wake", actors=5, rest=rest)
    while (report := asked(prefix=f"wake-{time.monotonic_ns()}"))["errors"]:
        assert report["error_kinds"].keys() == {"it had not slept"}
    assert report["count"] == 5
    assert 0 < report["p50"] <= report["p99"]


@pytest.mark.slow
def test_sockets_of_sleeping_actors_are_weighed_and_all_wake(ours: Running) -> None:
    asked = partial(measure_hibernation, "actors-uvicorn", ours, actors=2, sockets=6, rest=2)
    while (found := asked()).lost:
        pass
    assert (found.actors, found.sockets) == (2, 6)
    assert found.wake_p50 is not None


def test_refusals_are_counted_by_kind(workerd: Running) -> None:
    report = drive(workerd, "populate", actor="nosuch", actors=3)
    assert report["count"] == 0
    assert report["errors"] == 3
    assert any("HTTP 404" in kind for kind in report["error_kinds"])


def test_held_sockets_are_open_until_the_block_ends(workerd: Running) -> None:
    with held_sockets(workerd, 5, prefix="held") as report:
        assert report["sockets"] == 5


def test_a_load_that_cannot_be_done_says_why(workerd: Running) -> None:
    with pytest.raises(LoadFailed, match="unknown scenario nonsense"):
        drive(workerd, "nonsense")
    with pytest.raises(LoadFailed, match=r"not done within 0\.2 s"):
        drive(workerd, "ws_action", seconds=5, limit=0.2)
    nobody = Running("http://127.0.0.1:9", {})
    with pytest.raises(LoadFailed, match="ECONNREFUSED"):
        drive(nobody, "ws_action", seconds=MOMENTS[0])
