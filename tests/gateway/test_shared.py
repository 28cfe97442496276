"""Cells in a mapped file: what prometheus_client reads there is what its own registry would have shown."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from actors.gateway import platform as platforms
from actors.gateway.exposition import Collector
from actors.gateway.platform import Platform, current
from actors.gateway.shared import shared
from actors.gateway.shared_files import FOLDER, remove_gauges_of_the_dead
from actors.gateway.totals import totals
from actors.logs import NO_METRICS
from actors.runtime.kinds import Kind
from actors.runtime.measures import SIZES, SUM, Measures, in_memory, layout
from actors.runtime.registry import Registry
from tests.gateway.scrapes import Scrape
from tests.runtime.support import define

NAMES = ("a", "a-longer-name", "ünïcode")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    return tmp_path


def read(folder: Path) -> Scrape:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    return Scrape(generate_latest(registry).decode())


def count(measures: Measures, chance: random.Random) -> None:
    """The same numbers in every cell for the same `chance`."""
    for sort, cells in (
        ("gauge", measures.gauges),
        ("counter", measures.counters),
        ("histogram", measures.histograms),
    ):
        for place in range(SIZES[sort]):  # type: ignore[index]
            cells[place] += chance.randrange(1000)


@pytest.fixture
def collected() -> Callable[[dict[str, Measures]], Scrape]:
    """What the collector of a single process shows of these measures."""

    def collect(measures: dict[str, Measures]) -> Scrape:
        registry, classes = CollectorRegistry(), Registry()
        for name in measures:
            classes.register(define(name))
        other = Platform(current().config, classes, current().open_store, make_measures=lambda _: measures)
        before = platforms.install(other)
        try:
            registry.register(Collector())
            return Scrape(generate_latest(registry).decode())
        finally:
            platforms.install(before)

    return collect


def test_both_ways_show_the_same(folder: Path, collected: Callable[[dict[str, Measures]], Scrape]) -> None:
    mapped, listed = shared(NAMES), in_memory(NAMES)
    for name in NAMES:
        count(mapped[name], random.Random(name))
        count(listed[name], random.Random(name))
    assert read(folder).samples == collected(listed).samples


def test_the_charts_sum_all_classes_and_processes(
    folder: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped, alone = shared(NAMES), totals(platform)
    for name in NAMES:
        mapped[name].entered()
        mapped[name].took(Kind.ACTION, 0.5)
    for file in list(folder.iterdir()):  # another process counts the same
        (folder / file.name.replace(str(os.getpid()), str(os.getppid()))).write_bytes(file.read_bytes())
    found = totals(platform)
    assert sorted(found.processes) == sorted([os.getpid(), os.getppid()])
    assert found.measures.gauges[layout("gauge")["active_count",]] == 2 * len(NAMES)
    first = layout("histogram")["user_task_duration_seconds", "action"]
    assert sum(found.measures.histograms[first : first + SUM]) == 2 * len(NAMES)
    assert found.memory is None or found.memory > 1_000_000
    monkeypatch.delenv(FOLDER)
    assert totals(platform).processes == [os.getpid()]
    assert alone.measures.gauges[layout("gauge")["active_count",]] == 0


def test_what_is_counted_is_seen_at_once_and_only_in_its_class(folder: Path) -> None:
    mapped = shared(NAMES)
    for _ in range(3):
        mapped["a"].entered()
    mapped["a"].left()
    mapped["a"].took(Kind.ACTION, 0.5)
    seen = read(folder)
    assert [seen.value("active_count", actor_name=name) for name in NAMES] == [2, 0, 0]
    assert seen.value("user_task_duration_seconds_sum", actor_name="a", kind="action") == 0.5
    assert sum(value for (name, _), value in seen.samples.items() if name.endswith("_active")) == 0


def test_a_project_without_actors_has_nothing_to_show(folder: Path) -> None:
    assert shared([]) == {}
    assert read(folder).samples == {}


def test_a_second_start_in_one_process_leaves_the_first_its_memory(folder: Path) -> None:
    first = shared(NAMES)
    shared(NAMES)["a"].entered()
    first["a"].entered()
    assert read(folder).value("active_count", actor_name="a") == 1


def test_only_the_gauges_of_the_dead_are_removed(folder: Path) -> None:
    shared(NAMES)["a"].entered()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        dead = process.pid
    for file in list(folder.iterdir()):
        (folder / file.name.replace(str(os.getpid()), str(dead))).write_bytes(file.read_bytes())
    assert read(folder).value("active_count", actor_name="a") == 2
    remove_gauges_of_the_dead()
    seen = read(folder)
    assert seen.value("active_count", actor_name="a") == 1
    assert seen.value("started_total", actor_name="a") == 2


def test_a_folder_that_is_not_there_costs_the_numbers_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(FOLDER, str(folder / "nowhere"))
    shared(NAMES)["a"].entered()
    assert [record.msg for record in caplog.records] == [NO_METRICS.text]
