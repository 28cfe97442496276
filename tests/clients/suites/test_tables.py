"""The tables of docs/compatibility.md say what the scripts show: nothing more, nothing less, nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.clients.conftest import Driver
from tests.clients.suites.behaviours import read_tables

HERE = Path(__file__).parent


def test_each_row_is_a_behaviour_that_a_script_shows_with_that_outcome(
    node_bin: Path, node_project: Path
) -> None:
    driver = Driver(node_bin, node_project / "drivers" / "suite.mjs", {"ENDPOINT": "http://127.0.0.1:9"})
    found = driver.finish()
    scripts = {suite: {(sentence, state) for sentence, state in rows} for suite, rows in found.items()}
    tables = {suite: {(row.sentence, row.state) for row in rows} for suite, rows in read_tables().items()}
    assert tables == scripts


def test_each_table_is_a_test_in_this_folder() -> None:
    functions = {
        node.name.removeprefix("test_").replace("_", "-")
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and "shown" in {argument.arg for argument in node.args.args}
    }
    assert functions == set(read_tables())


def test_no_sentence_is_told_twice_in_one_table() -> None:
    for suite, rows in read_tables().items():
        assert len({row.slug for row in rows}) == len(rows), suite
