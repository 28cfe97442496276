"""What becomes of an actor whose run or start has failed: three crash policies, and the pauses between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError, UserError, error
from actors.runtime.definition import ActorDefinition
from actors.runtime.restarts import FIRST_PAUSE, MOST_DOUBLINGS, QUIET, SPREAD, Restarts
from actors.runtime.task import ActorTask
from actors.storage.store import ActorRecord, ClaimRequest
from tests.runtime.support import COUNTER, Instance, World, define, request


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


def wanted(policy: str) -> ClaimRequest:
    asked = request()
    assert asked.new is not None
    return replace(asked, new=replace(asked.new, crash_policy=policy))


async def crashed(world: World, policy: str, hook: str, faulty: Faulty) -> None:
    handler = faulty.run if hook == "run" else faulty.wake

    async def fail(self: Instance) -> None:
        await handler(self)

    node = await world.node(define(hooks={hook: fail}))
    asked = wanted(policy)
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


class Unlucky:
    """Hooks of a counter that keeps 5: what is in `failures`, by hook, is raised once."""

    def __init__(self, **failures: Exception) -> None:
        self.failures = failures
        self.destroyed = 0

    def fail(self, hook: str) -> None:
        failure = self.failures.pop(hook, None)
        if failure is not None:
            raise failure

    def create(self, instance: object, given: object) -> int:
        self.fail("create_state")
        return 5

    def count(self, instance: Instance) -> None:
        self.destroyed += 1

    def definition(self) -> ActorDefinition:
        hooks = {
            "on_create": lambda instance, given: self.fail("on_create"),
            "on_wake": lambda instance: self.fail("on_wake"),
            "run": lambda instance: self.fail("run"),
            "on_destroy": self.count,
        }
        return define(state=replace(COUNTER, create=self.create), hooks=hooks)


@pytest.mark.parametrize("hook", ["create_state", "on_create", "on_wake"])
async def test_destroy_leaves_nothing_of_an_actor_whose_first_start_failed(world: World, hook: str) -> None:
    unlucky = Unlucky(**{hook: UserError("no")})
    node = await world.node(unlucky.definition())
    with pytest.raises(UserError):
        await node.ensure(wanted("destroy"))
    await world.clock.settle()
    assert record(world).destroyed_at is not None
    assert world.database.rows["counter-a"].state is None
    assert unlucky.destroyed == 0  # it was never there
    actor = await world.actor(unlucky.definition(), new_id="another")
    assert (actor.actor_id, world.stored(actor)) == ("another", 5)


async def test_destroy_keeps_an_actor_whose_state_cannot_be_read(world: World) -> None:
    unlucky = Unlucky()
    node = await world.node(unlucky.definition())
    await node.ensure(wanted("destroy"))
    await world.clock.advance(100)
    row = world.database.rows["counter-a"]
    row.state, kept = b"\xc1", row.state
    with pytest.raises(ActorError, match=r"rivetkit\.internal_error"):
        await node.ensure(request())
    await world.clock.settle()
    assert (record(world).destroyed_at, row.state, record(world).node_id) == (None, b"\xc1", None)
    assert "MessagePack" in (record(world).error or {})["message"]
    row.state = kept
    actor = await world.actor(unlucky.definition())
    assert ((await world.ask(actor, "get")).value, record(world).error) == (5, None)


@pytest.mark.parametrize("hook", ["run", "on_wake"])
@pytest.mark.parametrize("name", ["storage.unavailable", "guard.service_unavailable"])
async def test_destroy_keeps_an_actor_that_the_platform_has_failed(
    world: World, hook: str, name: str
) -> None:
    unlucky = Unlucky()
    node = await world.node(unlucky.definition())
    await node.ensure(wanted("destroy"))
    await world.clock.advance(100)
    unlucky.failures[hook] = error(name)
    if hook == "run":
        await node.ensure(request())
    else:
        with pytest.raises(ActorError, match=name):
            await node.ensure(request())
    await world.clock.settle()
    assert (record(world).destroyed_at, record(world).node_id, unlucky.destroyed) == (None, None, 0)
    reason = record(world).error or {}
    assert f"{reason['group']}.{reason['code']}" == name
    actor = await world.actor(unlucky.definition())
    assert (await world.ask(actor, "get")).value == 5


async def test_destroy_keeps_an_actor_whose_state_could_not_be_stored(world: World) -> None:
    unlucky = Unlucky()
    node = await world.node(unlucky.definition())
    world.faults.fail_next("commit")
    actor = await node.ensure(wanted("destroy"))
    assert isinstance(actor, ActorTask)
    await world.clock.settle()
    assert (actor.generation, world.stored(actor)) == (2, 5)  # its first state has had a second try
    world.faults.fail_next("commit")
    assert (await world.ask(actor, "increment")).code == "storage.unavailable"
    assert (record(world).destroyed_at, (record(world).error or {})["code"]) == (None, "unavailable")
    again = await world.actor(unlucky.definition())
    assert (again.actor_id, (await world.ask(again, "get")).value) == (actor.actor_id, 5)


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


async def test_who_has_been_quiet_is_forgotten_and_who_crashed_again_is_not() -> None:
    clock = ManualClock()
    restarts = Restarts(clock, lambda actor_id: None)
    for actor_id in ("a", "b", "c"):
        restarts.pause(actor_id)
    await clock.advance(QUIET - 1)
    assert restarts.pause("a") >= FIRST_PAUSE * 2
    await clock.advance(1)
    restarts.pause("d")
    assert list(restarts._crashes) == ["a", "d"]
