"""The README's first promise: a copy of this repository, `make run`, and two tabs share a live counter."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs
from tests.browser.test_counter import count_of
from tests.databases import ROOT
from tests.servers import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INSTALL_TIMEOUT = 300
STOP_TIMEOUT = 5
READY = re.compile(r"ready on daphne: (http://\S+)")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a clone of this tree would hold, in a folder with a space in its name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    folder = tmp_path / "a clone"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def make_run(clone: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """`make run` with an environment as bare as a new user's: the process, and the URL that it prints."""
    running: list[subprocess.Popen[str]] = []
    port = str(free_port())

    def start() -> tuple[subprocess.Popen[str], str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=clone,
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process, _url(process)

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_two_tabs_share_a_counter_that_is_still_there_after_a_second_run(
    make_run: Callable[[], tuple[subprocess.Popen[str], str]],
    tabs: Callable[..., Tabs],
    picture: Callable[[Page, str], Path],
) -> None:
    process, url = make_run()
    mine = tabs()
    mine.ignored += ["WebSocket connection"]
    first, second = mine.open(f"{url}counter/"), mine.open(f"{url}counter/")
    first.get_by_role("button", name="Add 10").click()
    expect(count_of(second)).to_have_text("10")
    picture(second, "first-run")

    os.killpg(process.pid, signal.SIGINT)
    process.wait(STOP_TIMEOUT)
    expect(second.locator("[data-status]")).to_contain_text("Reconnecting in")
    make_run()
    expect(second.locator("[data-status]")).to_have_attribute("data-status", "live")
    second.get_by_role("button", name="Add 1", exact=True).click()
    expect(count_of(first)).to_have_text("11")


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said: list[str] = []
    deadline = time.monotonic() + INSTALL_TIMEOUT
    for line in process.stdout:
        said.append(line)
        if found := READY.search(line):
            return found[1]
        assert time.monotonic() < deadline, "".join(said)
    pytest.fail("make run ended:\n" + "".join(said))
