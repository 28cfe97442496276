"""docs/kv.md: its example runs, it names every call, and its limits are those of the code."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from actors.api import kv
from actors.storage.kv import MAX_KEY
from actors.testing import ActorNode
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "kv.md").read_text()


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The module that the page begins with."""
    module = ModuleType("limits_of_docs_kv")
    sys.modules[module.__name__] = module
    ((_, text),) = BLOCK.findall(PAGE)
    exec(text, vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.actors(store="both")
async def test_the_example_limits_calls(actors: ActorNode, example: Any) -> None:
    limit = example.RateLimit.actors.get_or_create("ada")
    assert [await limit.allow(3) for _ in range(4)] == [True, True, True, False]
    await actors.advance(59)
    assert not await limit.allow(3)
    await actors.advance(1)
    assert await limit.allow(3)


def test_the_page_names_every_call_with_its_defaults() -> None:
    calls = {name for name, _ in inspect.getmembers(kv.Kv, inspect.isfunction) if not name.startswith("_")}
    assert set(re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE)) == calls
    assert set(re.findall(r"limit=(\d+)", PAGE)) == {str(kv.MAX_LIST)}


def test_the_limits_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| [^`|]*(?:`\w+`)? \| (\d+)[^|]* \| `kv", PAGE, re.MULTILINE)
    limits = [MAX_KEY, kv.MAX_VALUE, kv.MAX_KEYS, kv.MAX_BATCH, kv.MAX_LIST, kv.MAX_TTL // (365 * 86_400)]
    assert rows == [str(limit) for limit in limits]
