"""The house rules that ruff, mypy and import-linter do not check, over every module of the platform."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE = 400
MAX_FUNCTION = 40
MAX_FIELDS = 12
MAX_DOCSTRING = 8

MODULES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text())
    for floor in ("actors", "inspector")
    for path in sorted((ROOT / floor).rglob("*.py"))
    if "migrations" not in path.parts
}

T = TypeVar("T", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def nodes(kind: type[T]) -> Iterator[tuple[str, T]]:
    return (
        (name, node) for name, tree in MODULES.items() for node in ast.walk(tree) if isinstance(node, kind)
    )


def fields(node: ast.ClassDef) -> set[str]:
    """The names that instances hold: annotated in the body, or assigned to `self` in a method."""
    named = {
        item.target.id
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and not is_constant(item)
    }
    for method in node.body:
        if isinstance(method, Function):
            named |= {attribute.attr for attribute in assigned_to_self(method)}
    return named


def is_constant(item: ast.AnnAssign) -> bool:
    return ast.unparse(item.annotation).partition("[")[0].endswith(("ClassVar", "Final"))


def assigned_to_self(method: Function) -> Iterator[ast.Attribute]:
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            yield node


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def is_plain_data(node: ast.ClassDef) -> bool:
    """A frozen table of settings, a row of the database or an answer in JSON is as wide as its subject."""
    bases = {ast.unparse(base) for base in node.bases}
    frozen = any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
    return frozen or not bases.isdisjoint({"models.Model", "TypedDict"})


def imported_modules(tree: ast.AST) -> set[str]:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    plain = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}


def test_there_is_a_house() -> None:
    assert len(MODULES) > 50


def test_a_file_has_at_most_400_lines() -> None:
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in MODULES}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE} == {}


def test_a_module_opens_by_saying_what_it_is() -> None:
    opened = {name: len((ast.get_docstring(tree) or "").splitlines()) for name, tree in MODULES.items()}
    assert {name: lines for name, lines in opened.items() if not 1 <= lines <= MAX_DOCSTRING} == {}


def test_a_function_has_at_most_40_lines() -> None:
    found = nodes(ast.FunctionDef), nodes(ast.AsyncFunctionDef)
    lengths = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for name, node in chain(*found)
    }
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION} == {}


def test_a_class_has_at_most_12_fields() -> None:
    held = {
        f"{name}:{node.name}": fields(node) for name, node in nodes(ast.ClassDef) if not is_plain_data(node)
    }
    assert {name: sorted(names) for name, names in held.items() if len(names) > MAX_FIELDS} == {}


def test_the_platform_does_not_import_its_own_front_door() -> None:
    insiders = {name: tree for name, tree in MODULES.items() if name.startswith("actors/")}
    assert [name for name, tree in insiders.items() if "actors" in imported_modules(tree)] == []


def test_the_lifecycle_table_imports_nothing_but_enum() -> None:
    assert imported_modules(MODULES["actors/runtime/lifecycle.py"]) <= {"enum", "__future__"}
