"""The tables of settings and options say what the code says, and no link of the documents leads nowhere."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from actors.conf import NodeConfig
from actors.runtime.options import Options
from tests.databases import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
SET_BY_DJANGO = {
    "OPEN_ON_LOOPBACK": "`DEBUG`",
    "INSPECTOR_READ_ONLY": "not `DEBUG`",
    "EXPOSE_ERRORS": "`DEBUG`",
    "INTERNAL_SECRET": "from `SECRET_KEY`",
}


def rows(document: str) -> dict[str, str]:
    found = ROW.findall((ROOT / "docs" / document).read_text())
    assert len({name for name, _, _ in found}) == len(found)
    return {name: default for name, default, _ in found}


def defaults(kind: Any) -> dict[str, str]:
    assert all(field.default is not MISSING for field in fields(kind))
    return {field.name: f"`{field.default!r}`".replace("'", '"') for field in fields(kind)}


def test_settings() -> None:
    expected = {name.upper(): default for name, default in defaults(NodeConfig).items()}
    assert rows("settings.md") == {**expected, **SET_BY_DJANGO}


def test_options() -> None:
    assert rows("options.md") == defaults(Options)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target, anchor in LINK.findall(document.read_text()):
        file = (document.parent / target) if target else document
        assert file.exists(), f"{document.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, f"{document.name} links to {target}{anchor}"


def test_every_document_can_be_found_from_the_index() -> None:
    linked = {
        (index.parent / target).resolve()
        for index in (ROOT / "docs" / "index.md", ROOT / "docs" / "decisions" / "index.md")
        for target, _ in LINK.findall(index.read_text())
        if target
    }
    assert set((ROOT / "docs").rglob("*.md")) - {ROOT / "docs" / "index.md"} <= linked
