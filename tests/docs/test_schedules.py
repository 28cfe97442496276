"""docs/schedules.md: its example runs, it names every call, and its limits are those of the code."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from actors.api import schedule
from actors.runtime import agenda, cadence, planned, rules
from actors.runtime.options import Options
from actors.runtime.schedule import LONGEST_RANGE, MOST_WAITING
from actors.testing import ActorNode
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "schedules.md").read_text()


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The module that the page begins with."""
    module = ModuleType("teatime_of_docs_schedules")
    sys.modules[module.__name__] = module
    (_, text), *_ = BLOCK.findall(PAGE)
    exec(text, vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.actors(store="both")
async def test_the_example_steeps_tea_and_washes_up(actors: ActorNode, example: Any) -> None:
    timer = example.TeaTimer.actors.get_or_create("ada")
    await timer.steep("Assam", 180)
    await actors.advance(179)
    assert await actors.state_of(timer) == []
    await actors.advance(3)
    assert await actors.state_of(timer) == ["Assam"]
    await actors.advance(86_400)
    assert await actors.state_of(timer) == []


def test_the_page_names_every_call() -> None:
    calls = {
        f"{prefix}{name}"
        for prefix, face in (("", schedule.Scheduling), ("cron.", schedule.CronScheduling))
        for name, member in inspect.getmembers(face)
        if not name.startswith("_") and name != "cron" and not inspect.ismemberdescriptor(member)
    }
    assert set(re.findall(r"^\| `schedule\.([\w.]+)", PAGE, re.MULTILINE)) == calls


def test_the_limits_are_those_of_the_code() -> None:
    section = PAGE.partition("## Limits")[2].partition("## Errors")[0]
    numbers = [int(number) for number in re.findall(r"\b\d+\b", section)]
    assert numbers == [
        Options().max_schedules,
        schedule.MOST_BYTES,
        *(1, schedule.LONGEST_NAME),
        *(cadence.SHORTEST_INTERVAL // 1000, cadence.LONGEST_INTERVAL // (365 * 86_400_000)),
        cadence.LONGEST_EXPRESSION,
        *(0, rules.MOST_HISTORY),
        agenda.MOST_RUNS,
        *(MOST_WAITING, LONGEST_RANGE // 86_400_000),
        planned.AT_ONCE,
        rules.MOST_RETRIES,
        *(1970, 9999),
    ]
    assert rules.MOST_MISSED == rules.MOST_RETRIES
    assert f"last {rules.DEFAULT_HISTORY} runs" in PAGE
    assert f"up to {planned.AT_ONCE} at once" in PAGE
    assert f"last {agenda.FINISHED_KEPT} one-shots" in PAGE
    assert f"more than {planned.ON_TIME // 1000} seconds" in PAGE


def test_the_defaults_of_retries_are_those_of_the_code() -> None:
    default = rules.Retry()
    for words in (
        f"`backoff` seconds ({default.backoff:g})",
        f"`factor` times as long ({default.factor:g})",
        f"`longest` ({default.longest:g})",
        "`jitter` of that (a tenth)",
    ):
        assert words in PAGE.replace("\n  ", " ")
    assert default.jitter == 0.1
