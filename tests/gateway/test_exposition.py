"""Prometheus sees the actors of every process: all series at once, and as many as there are classes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from actors.api.registry import registry as classes
from actors.gateway.exposition import Collector, install
from actors.gateway.outbox_exposition import OUTBOX_SERIES, outbox_page
from actors.gateway.platform import current
from actors.runtime.measures import PREFIX, SERIES, in_memory
from tests import web
from tests.face.belongings import NOW, call
from tests.gateway.scrapes import Scrape, scrape
from tests.gateway.wire import url_of
from tests.servers import LiveServer

Start = Callable[..., LiveServer]


def exported(registry: CollectorRegistry) -> Scrape:
    return Scrape(generate_latest(registry).decode())


def act(server: LiveServer, key: str, action: str = "who_am_i") -> None:
    response = web.post(url_of(server.url, "echo", key, f"/action/{action}"), json={}, timeout=20)
    assert response.status_code == 200, response.text


def test_every_series_of_every_class_is_there_before_anything_happens() -> None:
    registry = CollectorRegistry()
    assert install(registry) is in_memory
    seen = exported(registry)
    for series in SERIES:
        samples = seen.families[(PREFIX + series.name).removesuffix("_total")].samples
        assert {sample.labels["actor_name"] for sample in samples} == set(classes.names())
        combinations = {
            tuple(sample.labels[label] for label in series.labels)
            for sample in samples
            if sample.labels["actor_name"] == "echo"
        }
        assert combinations == set(series.values())
    assert seen.families["rivetkit_info"].samples[0].value == 1


def test_a_histogram_adds_up_its_buckets() -> None:
    registry = CollectorRegistry()
    install(registry)
    measures = current().measurements.of("echo")
    measures.ending("sleep", 0.003, timed_out=False)
    measures.ending("sleep", 1000, timed_out=True)
    seen = exported(registry)
    labels = {"actor_name": "echo", "reason": "sleep"}
    below = [
        seen.value("shutdown_wait_seconds_bucket", le=le, **labels)
        for le in ("0.001", "0.005", "60.0", "+Inf")
    ]
    assert below == [0, 1, 1, 2]
    assert seen.value("shutdown_wait_seconds_count", **labels) == 2
    assert seen.value("shutdown_wait_seconds_sum", **labels) == pytest.approx(1000.003)
    assert seen.value("shutdown_timeout_total", **labels) == 1


def test_registering_twice_says_so_and_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry()
    install(registry)
    assert not caplog.records
    install(registry)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert exported(registry).value("active_count", actor_name="echo") >= 0


def test_a_name_that_is_taken_leaves_the_other_metrics_alone(caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry()
    Counter("rivetkit_actor_started", "Of somebody else.", registry=registry).inc()
    install(registry)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert exported(registry).samples["rivetkit_actor_started_total", frozenset()] == 1


def test_the_collector_names_what_it_collects() -> None:
    assert [family.name for family in Collector().describe()] == [
        family.name for family in Collector().collect()
    ]


def test_a_scrape_of_one_process_tells_of_all(live_server_process: Start, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    variables = {"PROMETHEUS_MULTIPROC_DIR": str(numbers)}
    first, second = (live_server_process(server, **variables) for server in ("daphne", "uvicorn"))
    before = scrape(first.url)
    act(first, "a")
    act(first, "b")
    act(second, "c")
    act(second, "c")
    for server in (first, second):
        seen = scrape(server.url)
        assert seen.value("active_count", actor_name="echo") == 3
        assert seen.value("started_total", actor_name="echo") == 3
        assert seen.value("user_task_duration_seconds_count", actor_name="echo", kind="action") == 4
        assert seen.value("active_count", actor_name="thrower") == 0
        assert "django_http_requests_before_middlewares" in seen.families
        assert seen.value("outbox_oldest_seconds", actor_name="echo") == 0
        assert len(seen.samples) >= len(before.samples)
    mine = {key for key in before.samples if key[0].startswith(PREFIX)}
    assert mine == {key for key in scrape(first.url).samples if key[0].startswith(PREFIX)}
    second.kill()
    left = scrape(first.url)
    assert left.value("active_count", actor_name="echo") == 2, "what a dead process held is open no more"
    assert left.value("started_total", actor_name="echo") == 3, "what it has counted stays"
    second.start()
    act(second, "d")
    assert scrape(second.url).value("started_total", actor_name="echo") == 4


@pytest.mark.django_db
def test_what_waits_in_the_outbox_is_read_from_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current().clock, "now_ms", lambda: NOW)
    call(1, name="echo", created_at=NOW - 90_000)
    call(2, name="echo", next_at=NOW + 1)
    call(3, name="echo", failed_at=NOW)
    call(4, name="of another site", failed_at=NOW)
    seen = Scrape(outbox_page().decode())
    told = {
        name: [seen.value(series.name, actor_name=name) for series in OUTBOX_SERIES]
        for name in ("echo", "of another site", "thrower")
    }
    assert told == {"echo": [2, 90, 1], "of another site": [0, 0, 1], "thrower": [0, 0, 0]}


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["SELECT pg_sleep(5)", "SELECT FROM a_table_that_is_not_there"])
def test_a_database_that_cannot_tell_in_time_ends_the_page_of_metrics_early(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    monkeypatch.setattr("actors.bounded.LONGEST_READ", 0.05)
    monkeypatch.setattr("actors.gateway.outbox_operator.QUERIES", {"outbox_standing": statement})
    assert outbox_page() == b""
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_one_process_needs_no_folder(live_server_process: Start, server: str) -> None:
    live = live_server_process(server)
    first = scrape(live.url)
    assert first.value("started_total", actor_name="echo") == 0
    assert first.value("outbox_waiting", actor_name="echo") == 0
    for number in range(20):
        act(live, str(number))
    before = len(scrape(live.url).samples)
    for number in range(20, 40):
        act(live, str(number))
    seen = scrape(live.url)
    assert seen.value("started_total", actor_name="echo") == 40
    assert len(seen.samples) == before
