"""Running hooks, and noting steps."""

from __future__ import annotations

import asyncio

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError
from actors.runtime.hooks import Noted, run_bounded, run_hook


async def test_a_hook_may_be_sync_async_or_missing() -> None:
    async def later(value: int) -> int:
        return value

    assert [await run_hook(hook, 3) for hook in (later, str, None)] == [3, "3", None]


async def test_only_its_own_deadline_is_called_a_timeout() -> None:
    clock = ManualClock()

    async def fails() -> None:
        raise TimeoutError("the author's own")

    with pytest.raises(TimeoutError, match=r"author"):
        await run_bounded(clock, 5, "on_wake", fails())
    slow = clock.spawn(run_bounded(clock, 5, "on_wake", asyncio.Event().wait()), name="slow")
    await clock.advance(5)
    with pytest.raises(ActorError, match=r"actor\.callback_timed_out.*on_wake.*5000 ms"):
        slow.result()


async def test_each_step_is_noted_and_the_result_comes_through() -> None:
    notes: list[int] = []

    async def walk() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "there"

    assert await Noted(walk(), lambda: notes.append(1)) == "there"
    assert len(notes) == 4


async def test_a_future_can_be_noted_too() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, 4)
    assert await Noted(future, lambda: None) == 4


async def test_exceptions_come_through() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    with pytest.raises(KeyError):
        await Noted(fails(), lambda: None)


@pytest.mark.parametrize("steps", range(1, 5))
async def test_a_cancellation_reaches_the_inner_code_at_any_step(steps: int) -> None:
    seen: list[str] = []

    async def walk() -> None:
        try:
            for _ in range(10):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            seen.append("cancelled")
            await asyncio.sleep(0)
            seen.append("cleaned up")
            raise

    async def noted() -> None:
        await Noted(walk(), lambda: None)

    clock = ManualClock()
    task = clock.spawn(noted(), name="noted")
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await clock.settle()
    assert (task.cancelled(), seen) == (True, ["cancelled", "cleaned up"])
