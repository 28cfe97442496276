"""docs/alarms.md: its settings name schedulers that there are, and its numbers are those of the code."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest
from celery import Celery

from actors.conf import NodeConfig
from actors.gateway.sweep import LATE
from actors.storage.alarms import AWAKE_MARGIN, LEAD, NOTICE, RETRY_PAUSE, WAKE_LEASE
from actors.tasks import WAKE_DUE
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "alarms.md").read_text()
PYTHON = [text for kind, text in BLOCK.findall(PAGE) if kind == "python"]


def scheduler(text: str) -> str:
    found: str = ast.literal_eval(text.partition("CELERY_BEAT_SCHEDULER = ")[2].strip())
    return found


def test_the_schedulers_are_there() -> None:
    names = [scheduler(text) for text in PYTHON if "CELERY_BEAT_SCHEDULER" in text]
    assert len(names) == 2
    for name in names:
        module, _, member = name.partition(":")
        if module == "actors.beat_database":
            pytest.importorskip("django_celery_beat", reason="make setup installs it")
            continue  # it needs the app in INSTALLED_APPS: see tests/faults/test_alarms.py
        assert hasattr(import_module(module), member)


def test_the_app_of_the_page_finds_the_wake_task() -> None:
    [words] = [text for text in PYTHON if "autodiscover_tasks" in text]
    names: dict[str, object] = {}
    exec(words, names)
    app = names["app"]
    assert isinstance(app, Celery)
    app.loader.import_default_modules()
    assert WAKE_DUE in app.tasks and f"`{WAKE_DUE}`" in PAGE


def test_the_numbers_are_those_of_the_code() -> None:
    lost = "A worker, or the node that has it, is killed after it has taken an alarm"
    assert f"| {lost} | {WAKE_LEASE // 1000} s |" in PAGE
    assert f"{AWAKE_MARGIN // 1000} s after what was due" in PAGE
    assert f"every {RETRY_PAUSE // 1000} s" in PAGE
    assert (LATE, NOTICE, NodeConfig().sweep_interval) == (5_000, 5_000, 10.0)
    assert (LEAD, "a quarter of a second before" in PAGE) == (250, True)
