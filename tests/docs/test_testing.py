"""docs/testing.md quotes tests that run, and names every verb of the kit."""

from __future__ import annotations

import re
from typing import get_args

from actors.testing import ActorNode
from actors.testing.faults import StoreCall
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "testing.md").read_text()


def test_the_page_quotes_tests_that_are_in_the_tree() -> None:
    quoted = [text for kind, text in BLOCK.findall(PAGE) if kind == "python"]
    assert len(quoted) > 4
    for block in quoted:
        title, _, quote = block.partition("\n")
        assert quote.strip() in (ROOT / title.removeprefix("# ")).read_text(), quote


def test_the_page_names_every_verb_and_every_call_of_the_store() -> None:
    verbs = {name for name in vars(ActorNode) if not name.startswith("_")}
    assert verbs == set(re.findall(r"\bactors\.(\w+)", PAGE)) - {"testing"} - handles()
    assert [call for call in get_args(StoreCall) if f"`{call}`" not in PAGE and f'"{call}"' not in PAGE] == []


def handles() -> set[str]:
    """What the page calls on `ChatRoom.actors`."""
    return set(re.findall(r"[A-Z]\w+\.actors\.(\w+)", PAGE))
