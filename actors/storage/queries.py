"""Loads queries.sql: statements by name, with their fragments put in. Holds no SQL itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

_HEADING: Final = re.compile(r"^-- (name|fragment): (\w+)\n", re.MULTILINE)
_COMMENT: Final = re.compile(r"^--.*\n?", re.MULTILINE)
_PARAMETER: Final = re.compile(r"%\((\w+)\)[sb]")
_FRAGMENT: Final = re.compile(r"\{(\w+)\}")


def load() -> Mapping[str, str]:
    """The statements of queries.sql by name. Raises KeyError for a fragment that is not there."""
    text = (files("actors.storage") / "queries.sql").read_text(encoding="utf-8")
    parts = _HEADING.split(text)[1:]
    found: dict[str, dict[str, str]] = {"name": {}, "fragment": {}}
    for kind, name, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found[kind][name] = _COMMENT.sub("", body).strip()
    fragments = found["fragment"]
    return {
        name: _FRAGMENT.sub(lambda match: fragments[match[1]], body) for name, body in found["name"].items()
    }


QUERIES: Final = load()


def numbered(name: str, order: Sequence[str]) -> str:
    """A statement with $1, $2 ... for the parameters named in `order`, as PREPARE wants it."""
    return _PARAMETER.sub(lambda match: f"${order.index(match[1]) + 1}", QUERIES[name])
