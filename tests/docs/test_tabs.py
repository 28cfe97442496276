"""docs/tabs.md: its example is a sound class whose files are served, and its sheet has every name."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from actors.api.problems import find_problems
from actors.api.tabs import BUILT_IN
from actors.gateway import inspector_tabs
from actors.gateway.inspector_auth import PASS_LASTS
from actors.testing import ActorNode
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "tabs.md").read_text()
SHEET = (ROOT / "actors" / "gateway" / "assets" / "tab.css").read_text()
PLACE = re.compile(r"^(?:#|<!--|//) (\S+?\.\w+)\b")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The module that the page begins with, its files beside it."""
    folder = tmp_path_factory.mktemp("shelf")
    module = ModuleType("shelf_of_docs_tabs")
    module.__file__ = str(folder / "actors.py")
    sys.modules[module.__name__] = module
    for _, text in BLOCK.findall(PAGE):
        named = PLACE.match(text)
        assert named is not None
        file = folder / named[1]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    exec((folder / "actors.py").read_text(), vars(module))
    yield module
    del sys.modules[module.__name__]


def test_the_example_is_a_sound_class_and_its_files_are_served(example: Any) -> None:
    assert find_problems([example.TeaShelf.__blueprint__]) == []
    stock, hidden = example.TeaShelf.__definition__.tabs
    assert (stock.id, stock.folder, hidden.folder) == (
        "stock",
        Path(example.__file__).parent / "tabs/stock",
        None,
    )
    index = inspector_tabs.read(stock.folder, "").content.decode()
    [script] = re.findall(r'<script src="(\S+?)"', index)
    asked = inspector_tabs.read(stock.folder, script).content.decode()
    assert set(re.findall(r'"#(\w+)"', asked)) == set(re.findall(r'id="(\w+)"', index))
    assert not re.search(r"<script>|<style|style=| on\w+=", index), "the policy would refuse it"


@pytest.mark.actors(store="memory")
async def test_the_action_that_the_script_calls_does_what_it_shows(actors: ActorNode, example: Any) -> None:
    [name] = re.findall(r'"action/(\w+)"', PAGE)
    assert name in example.TeaShelf.__definition__.actions
    shelf = example.TeaShelf.actors.get_or_create("upper")
    await shelf.fill("assam", 10)


def test_the_page_names_what_the_sheet_has() -> None:
    [section] = re.findall(r"^## tab.css\n(.*)", PAGE, re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`(--rivet-[\w-]+)`", section)) | {
        f"--rivet-space-{step}" for step in range(1, 7)
    }
    had = {
        name for name in re.findall(r"^  (--rivet-[\w-]+):", SHEET, re.MULTILINE) if not name.endswith("-raw")
    }
    assert named == had
    assert set(re.findall(r"`(rivet-[\w-]+)`", section)) == set(
        re.findall(r"^\.(rivet-[\w-]+) {", SHEET, re.MULTILINE)
    )


def test_each_colour_of_the_sheet_is_there_in_the_light_and_in_the_dark() -> None:
    light, dark = (re.findall(r"(--rivet-[\w-]+-raw): ", part) for part in SHEET.split(":root.dark {")[:2])
    assert light == dark
    assert {f"{name}-raw" for name in re.findall(r"(--rivet-[\w-]+): hsl\(", SHEET)} == set(light)


def test_the_page_says_what_the_code_has() -> None:
    assert ", ".join(f"`{tab}`" for tab in BUILT_IN) in PAGE
    assert f"for {PASS_LASTS // 60} minutes" in PAGE
    assert f"A file may have {inspector_tabs.LARGEST // 2**20} MiB." in PAGE
