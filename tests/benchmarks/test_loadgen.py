"""The load generator and the peers, for a moment each: every scenario must count, none may err."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.harness import node
from benchmarks.harness.contestants import CONTESTANTS, Running
from benchmarks.harness.driver import LoadFailed, drive, held_sockets
from benchmarks.harness.scenarios import SPEED

pytestmark = pytest.mark.skipif(
    not node.installed(), reason="benchmarks/node_modules: python3 tools/setup.py bench"
)

MOMENT = {"seconds": 0.3, "warmup": 0.1}


@pytest.fixture(scope="module")
def workerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with CONTESTANTS["workerd"](tmp_path_factory.mktemp("workerd")) as server:
        yield server


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with CONTESTANTS["plain-uvicorn"](tmp_path_factory.mktemp("plain")) as server:
        yield server


@pytest.mark.parametrize("scenario", SPEED)
@pytest.mark.parametrize("peer", ["workerd", "plain"])
def test_a_scenario_counts_what_the_peer_answers(
    scenario: str, peer: str, request: pytest.FixtureRequest
) -> None:
    server: Running = request.getfixturevalue(peer)
    report = drive(server, scenario, prefix=f"test-{scenario}", **MOMENT)
    assert report["count"] > 0
    assert report["errors"] == 0
    assert 0 < report["p50"] <= report["p95"] <= report["p99"] <= report["max"]
    assert report["cpu_percent"]["server"] > 0
    assert report["rss_mib"]["server"] > 0
    if scenario == "broadcast":
        assert report["deliveries"] > 0


def test_an_actor_that_is_not_new_fails_a_cold_create(workerd: Running) -> None:
    drive(workerd, "cold_create", prefix="twice", **MOMENT)
    report = drive(workerd, "cold_create", prefix="twice", **MOMENT)
    assert report["errors"] > 0
    assert any("a new counter answered" in kind for kind in report["error_kinds"])


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
    nobody = Running("http://127.0.0.1:9", {})
    with pytest.raises(LoadFailed, match="ECONNREFUSED"):
        drive(nobody, "ws_action", **MOMENT)
