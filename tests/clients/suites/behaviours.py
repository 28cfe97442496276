"""The tables of docs/compatibility.md as tests read them: one behaviour of the official client a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.databases import ROOT

PAGE: Final = ROOT / "docs" / "compatibility.md"
STATES: Final = ("holds", "differs", "waits")

_TABLE = re.compile(r"^### ([\w-]+)\n\n\| Behaviour \| State \|\n\|---\|---\|\n((?:\|.*\|\n)+)", re.MULTILINE)
_ROW = re.compile(r"^\| (.+?) \| (\w+)(: .+)? \|$")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row. Only what holds needs no words of explanation."""

    sentence: str
    state: str

    @property
    def slug(self) -> str:
        return re.sub(r"\W+", "-", self.sentence).strip("-").lower()


def read_tables() -> dict[str, list[Behaviour]]:
    """The behaviours of each suite. A row that is none fails here."""
    return {
        suite: list(map(_behaviour, rows.splitlines())) for suite, rows in _TABLE.findall(PAGE.read_text())
    }


def _behaviour(row: str) -> Behaviour:
    found = _ROW.match(row)
    assert found, f"not a behaviour: {row}"
    sentence, state, why = found.groups()
    assert state in STATES and (state == "holds") == (why is None), f"a state without reason, or none: {row}"
    return Behaviour(sentence, state)
