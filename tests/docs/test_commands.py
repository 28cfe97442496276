"""docs/commands.md has a row for every verb of `manage.py actors`."""

from __future__ import annotations

import re

from actors.management.commands.actors import VERBS
from tests.databases import ROOT


def test_the_table_names_every_verb() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert re.findall(r"^\| `actors (\w+)` \|", page, re.MULTILINE) == list(VERBS)
