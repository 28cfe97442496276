"""What is forgotten fails a test."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loose_ends import LooseEnds


async def test_an_exception_that_nobody_asks_for_is_noticed(loose_ends: LooseEnds) -> None:
    async def fail() -> None:
        raise ValueError

    task = asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0)
    del task
    gc.collect()
    (complaint,) = loose_ends.take()
    assert complaint.startswith("Task exception was never retrieved")


def test_a_task_that_is_dropped_while_it_waits_is_noticed(loose_ends: LooseEnds) -> None:
    loop = asyncio.new_event_loop()
    task = loop.create_task(asyncio.sleep(0))
    loop.close()
    coro = task.get_coro()
    del task
    gc.collect()
    assert coro is not None
    coro.close()  # type: ignore[union-attr]
    (complaint,) = loose_ends.take()
    assert complaint.startswith("Task was destroyed")


def test_a_coroutine_that_is_not_awaited_and_a_file_that_is_not_closed_fail_their_tests(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    forgetful = tmp_path / "test_forgetful.py"
    forgetful.write_text(
        "async def work(): ...\ndef test_coroutine():\n    work()\ndef test_file():\n    open(__file__)\n"
    )
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:django", "-c", str(pytestconfig.inipath)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(forgetful)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 failed" in run.stdout, run.stdout + run.stderr
