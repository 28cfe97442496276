"""That asyncio's debug mode is on where conftest.py says so."""

from __future__ import annotations

import asyncio

import pytest


async def test_the_tests_of_this_folder_run_in_debug_mode() -> None:
    assert asyncio.get_running_loop().get_debug()


@pytest.mark.slow
async def test_the_slow_ones_do_not() -> None:
    assert not asyncio.get_running_loop().get_debug()
