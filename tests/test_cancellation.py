"""The tool that cancels at every await finds what it is for."""

from __future__ import annotations

import asyncio

import pytest

from tests.cancellation import Cut, at_every_await


async def test_it_cuts_at_each_suspension_before_and_after_what_is_awaited() -> None:
    seen: list[list[str]] = []

    async def scene(cut: Cut) -> None:
        steps: list[str] = []

        async def work() -> None:
            for name in "abc":
                future = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(lambda: future.done() or future.set_result(None))  # noqa: B023
                await future
                steps.append(name)

        await cut.run(work())
        seen.append(steps)

    assert await at_every_await(scene) == 3
    assert seen == [[], ["a"], ["a", "b"], ["a", "b", "c"]] * 2


async def test_it_finds_a_permit_that_is_not_given_back() -> None:
    async def scene(cut: Cut) -> None:
        held = 0

        async def careless() -> None:
            nonlocal held
            held += 1
            await asyncio.sleep(0)
            held -= 1

        await cut.run(careless())
        assert held == 0

    with pytest.raises(AssertionError) as caught:
        await at_every_await(scene)
    assert caught.value.__notes__ == ["cancelled at suspension 1"]


async def test_it_finds_a_value_that_is_lost_between_arrival_and_use() -> None:
    """The awaited thing has come, and the cancellation wins: the mistake that only the late cut shows."""

    async def scene(cut: Cut) -> None:
        permits = asyncio.get_running_loop().create_future()
        given_back = 0

        async def takes_and_gives_back() -> None:
            nonlocal given_back
            asyncio.get_running_loop().call_soon(lambda: permits.done() or permits.set_result(1))
            await permits
            given_back += 1

        await cut.run(takes_and_gives_back())
        taken = int(not permits.cancelled() and permits.done())
        assert taken == given_back

    with pytest.raises(AssertionError) as caught:
        await at_every_await(scene)
    assert caught.value.__notes__ == ["cancelled at suspension 1, late"]


async def test_it_finds_a_task_that_is_left_behind() -> None:
    tasks: list[asyncio.Task[object]] = []

    async def scene(cut: Cut) -> None:
        async def work() -> None:
            tasks.append(asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="stray"))
            await asyncio.sleep(0)

        await cut.run(work())

    with pytest.raises(AssertionError, match="stray"):
        await at_every_await(scene)
    for task in tasks:
        task.cancel()
