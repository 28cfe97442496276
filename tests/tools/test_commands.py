"""The Makefile, the set-up script and what the test run says of itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import ROOT

SETUP = ROOT / "tools" / "setup.py"


def pytest_without_chromium(**variables: str) -> subprocess.CompletedProcess[str]:
    """A small test run on a machine whose PATH leads nowhere."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-k",
        "lifecycle",
        "tests/test_house.py",
    ]
    of_this_run = ("PYTEST_", "RIVET_", "CI")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(of_this_run)}
    variables = {**inherited, "PATH": "/nowhere", **variables}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_without_chromium_the_browser_tests_are_reported_as_not_run() -> None:
    done = pytest_without_chromium()
    assert done.returncode == 0, done.stdout
    assert "NOT RUN: no Chromium on this machine" in done.stdout
    assert re.search(r"^=+ 1 passed, .* in .*=+$", done.stdout.strip().splitlines()[-1])


def test_continuous_integration_refuses_that() -> None:
    done = pytest_without_chromium(CI="true")
    assert done.returncode != 0
    assert "CI does not pass without the browser tests" in done.stderr


def test_every_target_of_the_makefile_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text()
    [phony] = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    told = subprocess.check_output(["make", "help"], cwd=ROOT, text=True)
    assert sorted(re.findall(r"^  make (\w+)", told, re.MULTILINE)) == sorted(phony.split())


def debug_seen_by(target: str, **variables: str) -> str:
    """What the commands of a target find in DEBUG; they are replaced by one that tells."""
    tell = "VENV=sh -c 'echo DEBUG=$$DEBUG'"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DEBUG", "MAKE"))}
    told = subprocess.check_output(
        ["make", "--silent", target, "PYTHON=true", tell], cwd=ROOT, env={**inherited, **variables}, text=True
    )
    return told.strip().removeprefix("DEBUG=")


@pytest.mark.parametrize("target", ["run", "shell", "migrate"])
def test_a_developer_runs_the_site_in_debug_unless_told_otherwise(target: str) -> None:
    assert debug_seen_by(target) == "1"
    assert debug_seen_by(target, DEBUG="0") == "0"


@pytest.mark.parametrize("target", ["unit", "bench"])
def test_tests_and_benchmarks_are_not_put_in_debug(target: str) -> None:
    assert debug_seen_by(target) == ""
    assert debug_seen_by(target, DEBUG="0") == "0"


def test_set_up_names_what_it_can_be_asked_for() -> None:
    done = subprocess.run([sys.executable, SETUP, "nonsense"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "setup │ usage: tools/setup.py run|test|bench\n")


def test_every_requirement_is_pinned() -> None:
    lines = [line for path in ROOT.glob("requirements*.txt") for line in path.read_text().splitlines()]
    required = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert len(required) > 20
    assert [line for line in required if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line)] == []


def test_nothing_in_the_repository_records_download_addresses() -> None:
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    locks = {"package-lock.json", "uv.lock", "yarn.lock", "pnpm-lock.yaml", "poetry.lock"}
    assert [name for name in listed.splitlines() if Path(name).name in locks] == []
