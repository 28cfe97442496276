"""docs/outbox.md: its example runs, and its numbers are those of the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction

from actors.gateway.relay import BUSY_PAUSE, LONGEST_PAUSE, MOST_ATTEMPTS, MOST_LINES
from actors.runtime.atomic import DELIVERY
from actors.storage.outbox import LEASE
from actors.testing import ActorNode
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "outbox.md").read_text()


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The module that the page begins with."""
    module = ModuleType("shop_of_docs_outbox")
    sys.modules[module.__name__] = module
    exec(BLOCK.findall(PAGE)[0][1], vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.django_db(transaction=True)
def test_the_example_books_what_is_committed(actors: ActorNode, example: Any) -> None:
    till = example.Till.actors.get_or_create("main")
    with transaction.atomic():
        till.book.on_commit("ada", 5)
        till.parcels.send.on_commit("order 1")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        till.book.on_commit("ada", 7)
        raise ZeroDivisionError
    actors.settle().result()
    assert till.spent("ada").result() == 5


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"has `{DELIVERY:g}` seconds" in PAGE
    assert f"up to {LONGEST_PAUSE:g} seconds, given up after `{MOST_ATTEMPTS}` attempts" in PAGE
    assert f"every `{BUSY_PAUSE:g}` seconds" in PAGE
    assert f"lease of `{LEASE // 1000}` seconds" in PAGE
    assert f"Up to `{MOST_LINES}` actors" in PAGE
