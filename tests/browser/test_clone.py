"""The promise of the README's first lines: a clone, `make run`, and two tabs share a live counter."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Tabs
from tests.databases import ROOT
from tests.servers import free_port
from tests.services.processes import MARK, PATIENCE, left_of, new_mark

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INSTALL_TIMEOUT = 240


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What git would give another person of the files as they are now, in a folder named with spaces."""
    folder = tmp_path / "a fresh clone"
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT
    )
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def made_run(clone: Path) -> Iterator[str]:
    """The address at which `make run` in the clone says that it is ready."""
    mark, port, log = new_mark(), free_port(), clone / "output.log"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("w") as output:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"], cwd=clone, env={**kept, MARK: mark}, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + INSTALL_TIMEOUT
    try:
        while f"ready on daphne: {url}/" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        left = left_of(mark)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert left == {}


def test_two_tabs_share_a_live_counter(made_run: str, tabs: Callable[..., Tabs]) -> None:
    browser = tabs()
    first = browser.open(f"{made_run}/counter/")
    second = browser.open(f"{made_run}/counter/")
    expect(second.locator("[data-count]")).to_have_text("0")
    first.get_by_role("button", name="Add 1", exact=True).click()
    expect(second.locator("[data-count]")).to_have_text("1")
    second.get_by_role("button", name="Add 10", exact=True).click()
    expect(first.locator("[data-count]")).to_have_text("11")
