"""mypy --strict and pyright understand the author's API without a plugin: results, and mistakes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path("tests/typing/fixtures")
FILES = [str(FIXTURES / "rooms.py"), str(FIXTURES / "mistakes.py")]

Findings = set[tuple[str, int]]


def mypy(cache: Path) -> Findings:
    command = ["mypy", "--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary", *FILES]
    output = run(command).stdout
    lines = re.findall(r"^tests/typing/fixtures/(\w+\.py):(\d+): error:", output, re.MULTILINE)
    return {(name, int(line)) for name, line in lines}


def pyright(cache: Path) -> Findings:
    report = json.loads(run(["pyright", "--outputjson", "--pythonpath", sys.executable, *FILES]).stdout)
    assert report["summary"]["filesAnalyzed"] == len(FILES)
    return {
        (Path(found["file"]).name, found["range"]["start"]["line"] + 1)
        for found in report["generalDiagnostics"]
        if found["severity"] == "error"
    }


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def marked() -> Findings:
    source = (ROOT / FIXTURES / "mistakes.py").read_text().splitlines()
    return {("mistakes.py", number) for number, line in enumerate(source, 1) if line.endswith("# ERROR")}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_the_checker_reports_the_marked_mistakes_and_nothing_else(
    checker: Callable[[Path], Findings], tmp_path: Path
) -> None:
    assert len(marked()) > 20
    assert checker(tmp_path) == marked()
