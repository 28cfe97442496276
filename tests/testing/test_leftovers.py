"""What a test leaves behind fails it, by name; what it has looked at does not."""

from __future__ import annotations

import asyncio

import pytest

from actors.errors import ActorError
from actors.testing import ActorNode
from tests.testing.rooms import Clumsy, Parlour


async def test_a_failed_background_task_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"keep_awake.*stumbled in the background") as left:
        async with ActorNode():
            await Clumsy.actors.get_or_create("a").stumble("background")
    assert isinstance(left.value.__cause__, ValueError)


async def test_a_hook_that_fails_while_the_node_stops_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"a shutdown hook failed.*cannot sleep"):
        async with ActorNode():
            await Clumsy.actors.get_or_create("sleepless").touch()


async def test_a_failure_that_was_looked_at_is_forgiven() -> None:
    async with ActorNode() as actors:
        clumsy = Clumsy.actors.get_or_create("sleepless")
        await clumsy.stumble("background")
        await actors.sleep(clumsy)
        background, hook = await actors.failures()
        assert str(background.error) == "stumbled in the background"
        record = await actors.record(clumsy)
        assert record is not None and hook.actor == record.actor_id
        assert await actors.failures() == []


async def test_what_its_caller_was_told_is_no_failure() -> None:
    async with ActorNode() as actors:
        with pytest.raises(ActorError, match="internal_error"):
            await Clumsy.actors.get_or_create("a").stumble("action")
        assert await actors.failures() == []


async def test_a_fault_that_never_came_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"fail_next\('commit', ...\): no such call came"):
        async with ActorNode() as actors:
            actors.fail_next("commit")


async def test_a_task_that_still_waits_fails_the_test_and_is_ended() -> None:
    never = None
    with pytest.raises(AssertionError, match=r"still running: .*forgotten"):
        async with ActorNode():
            never = asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="forgotten")
    assert never is not None and never.cancelled()


async def test_a_call_whose_answer_nobody_wanted_fails_the_test() -> None:
    async def call() -> None:
        await Parlour.actors.get_or_create("lobby").refuse()

    with pytest.raises(AssertionError, match=r"never retrieved in 'unwanted'.*user"):
        async with ActorNode() as actors:
            asyncio.get_running_loop().create_task(call(), name="unwanted")
            await actors.settle()


async def test_a_call_that_hangs_does_not_hang_the_test() -> None:
    async def call() -> str:
        with pytest.raises(ActorError) as late:
            await Parlour.actors.get_or_create("lobby").wait_forever()
        return late.value.name

    async with ActorNode() as actors:
        hanging = asyncio.get_running_loop().create_task(call())
        await actors.settle()
    assert await hanging == "actor.outcome_unknown"


async def test_the_failure_of_the_test_itself_comes_first() -> None:
    with pytest.raises(KeyError):
        async with ActorNode():
            await Clumsy.actors.get_or_create("sleepless").touch()
            raise KeyError


async def test_handles_lead_where_they_led_before() -> None:
    async with ActorNode():
        await Parlour.actors.get_or_create("lobby").say("outer")
        async with ActorNode():
            assert await Parlour.actors.get_or_create("lobby").minutes() == []
        assert await Parlour.actors.get("lobby").minutes() == ["outer"]


async def test_a_store_by_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="memory, postgres"):
        ActorNode("redis")  # type: ignore[arg-type]
