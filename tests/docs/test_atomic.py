"""docs/atomic.md: its example runs, and its limits are those of the code."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import Group

from actors import Actor
from actors.errors import ActorError
from actors.runtime.atomic import MAX_BLOCK
from actors.testing import ActorNode
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "atomic.md").read_text()


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The module that the page begins with."""
    module = ModuleType("shop_of_docs_atomic")
    sys.modules[module.__name__] = module
    ((_, text),) = BLOCK.findall(PAGE)
    exec(text, vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.actors(store="both")
@pytest.mark.django_db(transaction=True)
async def test_the_example_sells_until_nothing_is_left(actors: ActorNode, example: Any) -> None:
    shop = example.Shop.actors.get_or_create("corner")
    assert await shop.buy("ada", 9) == 1
    with pytest.raises(ActorError, match="sold out"):
        await shop.buy("bob", 2)
    assert (await actors.state_of(shop)).sold == ["ada"]
    assert await Group.objects.acount() == 1
    assert await shop.buy("eve") == 0
    await actors.advance(15 * 86_400)
    assert (await actors.state_of(shop)).thanked == ["ada", "eve"]


def test_the_limits_are_those_of_the_code() -> None:
    seconds = inspect.signature(Actor.atomic).parameters["timeout"].default
    assert re.findall(r"^\| .* \| (\d+) [^|]*\| `atomic", PAGE, re.MULTILINE) == [
        str(MAX_BLOCK),
        f"{seconds:g}",
    ]
    assert f"self.atomic(timeout={seconds})" in PAGE
