"""What the documents tell people to type exists: commands, options, settings, hooks, make's targets.

`docs/errors.md` is compared with the error table elsewhere, so this holds for the hints of errors too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from django.core.management import get_commands

from actors.conf import NodeConfig
from actors.management.commands.actors import VERBS
from actors.runtime.definition import Hooks
from actors.runtime.options import Options
from tests.databases import ROOT
from tests.docs.test_tables import DOCUMENTS

TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in DOCUMENTS}


def names(kind: Any) -> set[str]:
    return {field.name for field in fields(kind)}


def make_targets() -> set[str]:
    return set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


CLAIMS = {
    "a verb": (r"manage\.py actors (\w+)", set(VERBS)),
    "a command": (r"manage\.py (\w+)", set(get_commands())),
    "an option": (r"\bOptions\.(\w+)|\bOptions\((\w+)=", names(Options)),
    "a setting": (r"ACTORS\[[\"'](\w+)[\"']\]", {name.upper() for name in names(NodeConfig)}),
    "a hook": (r"\b(on_[a-z_]+)\b(?<!_timeout)", names(Hooks) | {"on_commit"}),
    "a target": (r"`make (\w+)", make_targets()),
}


def claimed(pattern: str) -> Iterator[tuple[str, str]]:
    """Every name that a document claims, with its document."""
    for document, text in TEXTS.items():
        for found in re.finditer(pattern, text):
            yield document, next(filter(None, found.groups()))


@pytest.mark.parametrize("kind", CLAIMS)
def test_what_is_named_exists(kind: str) -> None:
    pattern, known = CLAIMS[kind]
    found = list(claimed(pattern))
    assert found, f"no document names {kind}: is the pattern right?"
    assert [f"{document}: {name}" for document, name in found if name not in known] == []
