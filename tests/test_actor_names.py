"""Actors of the tests meet in one registry: no two of their modules may bring the same wire name."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module

from actors.api.registry import declared
from tests.databases import ROOT

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("actors_app", "gateway")
    for path in sorted((ROOT / "tests" / folder).rglob("*.py"))
    if "Actor" in path.read_text() and not path.name.startswith(("test_", "conftest"))
]


def test_every_wire_name_has_one_owner() -> None:
    for module in MODULES:
        import_module(module)
    owners = defaultdict(list)
    for blueprint in declared.values():
        if blueprint.actor.__module__ in MODULES and not blueprint.abstract:
            owners[blueprint.name].append(blueprint.actor.__module__)
    assert len(owners) > 30
    assert {name: modules for name, modules in owners.items() if len(modules) > 1} == {}
