"""What becomes of an actor whose run or start has failed: three crash policies, and the pauses between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError
from actors.runtime.restarts import FIRST_PAUSE, MOST_DOUBLINGS, QUIET, SPREAD, Restarts
from actors.storage.store import ActorRecord
from tests.runtime.support import Instance, World, define, request


class Faulty:
    """`run` fails as often as `failures` says; `starts` counts."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.starts = 0

    async def run(self, instance: Instance) -> None:
        self.starts += 1
        if self.starts <= self.failures:
            raise RuntimeError("crashed")

    async def wake(self, instance: Instance) -> None:
        await self.run(instance)


async def crashed(world: World, policy: str, hook: str, faulty: Faulty) -> None:
    handler = faulty.run if hook == "run" else faulty.wake

    async def fail(self: Instance) -> None:
        await handler(self)

    node = await world.node(define(hooks={hook: fail}))
    wanted = request()
    assert wanted.new is not None
    asked = replace(wanted, new=replace(wanted.new, crash_policy=policy))
    if hook == "run":
        await node.ensure(asked)
    else:
        with pytest.raises(ActorError, match=r"rivetkit\.internal_error"):
            await node.ensure(asked)
    await world.clock.settle()


def record(world: World) -> ActorRecord:
    return world.database.rows["counter-a"].record


@pytest.mark.parametrize("hook", ["run", "on_wake"])
async def test_sleep_waits_for_the_next_call(world: World, hook: str) -> None:
    faulty = Faulty(1)
    await crashed(world, "sleep", hook, faulty)
    await world.clock.advance(3600)
    assert (faulty.starts, record(world).node_id, record(world).restart_at) == (1, None, None)
    assert (record(world).error or {})["message"] == "RuntimeError: crashed"
    await world.actor(world.registry.get("counter"))
    assert (faulty.starts, record(world).error) == (2, None)


@pytest.mark.parametrize("hook", ["run", "on_wake"])
async def test_destroy_removes_the_actor(world: World, hook: str) -> None:
    faulty = Faulty(1)
    await crashed(world, "destroy", hook, faulty)
    assert record(world).destroyed_at is not None
    assert world.database.rows["counter-a"].state is None


@pytest.mark.parametrize("hook", ["run", "on_wake"])
async def test_restart_starts_again_after_a_pause_that_doubles(world: World, hook: str) -> None:
    faulty = Faulty(3)
    await crashed(world, "restart", hook, faulty)
    for crashes in range(3):
        planned, crashed_at = record(world).restart_at, record(world).slept_at
        assert planned is not None
        assert crashed_at is not None
        pause = FIRST_PAUSE * 2**crashes
        assert pause * 1000 <= planned - crashed_at <= (pause + SPREAD) * 1000
        await world.clock.advance((planned - world.clock.now_ms()) / 1000 - 0.001)
        assert faulty.starts == crashes + 1
        await world.clock.advance(0.003)
        assert faulty.starts == crashes + 2
    assert (record(world).node_id, record(world).restart_at, record(world).error) == ("node1", None, None)


async def test_a_call_in_the_pause_wakes_at_once_and_the_pause_is_over(world: World) -> None:
    faulty = Faulty(1)
    await crashed(world, "restart", "run", faulty)
    actor = await world.actor(world.registry.get("counter"))
    assert (faulty.starts, record(world).restart_at) == (2, None)
    await world.clock.advance(10)
    assert (faulty.starts, actor.generation) == (2, 2)


async def test_a_node_that_drains_restarts_nothing(world: World) -> None:
    faulty = Faulty(1)
    await crashed(world, "restart", "run", faulty)
    draining = world.clock.spawn(world.nodes[0].drain(5), name="drain")
    await world.clock.advance(60)
    assert (draining.done(), faulty.starts) == (True, 1)


async def test_the_pause_has_a_longest_and_quiet_makes_it_short_again() -> None:
    clock = ManualClock()
    woken: list[Any] = []
    restarts = Restarts(clock, woken.append)
    pauses = [restarts.pause("a") for _ in range(MOST_DOUBLINGS + 3)]
    assert all(FIRST_PAUSE * 2**n <= p <= FIRST_PAUSE * 2**n + SPREAD for n, p in enumerate(pauses[:9]))
    assert max(pauses) <= FIRST_PAUSE * 2**MOST_DOUBLINGS + SPREAD
    assert restarts.pause("b") <= FIRST_PAUSE + SPREAD
    await clock.advance(QUIET)
    assert restarts.pause("a") <= FIRST_PAUSE + SPREAD
    restarts.schedule("a", 5)
    restarts.schedule("a", 7)
    await clock.advance(6)
    assert woken == []
    await clock.advance(1)
    assert woken == ["a"]
    restarts.cancel("a")
