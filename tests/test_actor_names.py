"""Actors of the tests meet in one registry: no two of their modules may bring the same wire name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from importlib import import_module

from actors.api.registry import declared
from tests.databases import ROOT

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("actors_app", "gateway")
    for path in sorted((ROOT / "tests" / folder).rglob("*.py"))
    if "Actor" in path.read_text() and not path.name.startswith(("test_", "conftest"))
]


def owners(wanted: Callable[[type], bool]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for blueprint in declared.values():
        if not blueprint.abstract and wanted(blueprint.actor):
            found[blueprint.name].append(blueprint.actor.__module__)
    return found


def several(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def test_every_wire_name_has_one_owner() -> None:
    for module in MODULES:
        import_module(module)
    found = owners(lambda actor: actor.__module__ in MODULES)
    assert len(found) > 30
    assert several(found) == {}


def test_tests_that_run_together_do_not_take_each_others_names() -> None:
    """As far as they are collected. The suites have processes of their own."""

    def meets(actor: type) -> bool:
        apart = "<locals>" in actor.__qualname__ or ".suites." in actor.__module__
        return actor.__module__.startswith("tests.") and not apart

    assert several(owners(meets)) == {}
