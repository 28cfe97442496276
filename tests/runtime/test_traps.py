"""Faults that RivetKit once had and repaired, by the numbers of its history: none of them may come here.

A number stands either in the name of a test under tests/, `test_trap_NN_...`, or in WAITS with the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from actors.errors import ActorError, UserError, error
from actors.protocol import cbor
from actors.runtime.conn import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.databases import ROOT
from tests.runtime.lines import dial, lull
from tests.runtime.queues import define_queues, deliver
from tests.runtime.support import COUNTER, Answer, Instance, Wire, World, define, in_memory, request

WAITS = {
    7: "workflows: there are none",
    16: "workflows: there are none",
}


def test_every_trap_is_a_test_or_waits_for_something() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    found = {int(n) for file in files for n in re.findall(r"def test_trap_(\d\d)_", file.read_text())}
    assert found | set(WAITS) == set(range(1, 21))
    assert found & set(WAITS) == set()


@pytest.mark.parametrize("hook", ["create_state", "on_create"])
async def test_trap_01_a_create_state_that_fails_is_run_again(world: World, hook: str) -> None:
    given: list[Any] = []

    async def begin(self: Any, value: Any) -> Any:
        given.append(value)
        if len(given) == 1:
            raise UserError("not yet")
        return value

    if hook == "create_state":
        node = await world.node(define(state=replace(COUNTER, create=begin)))
    else:
        node = await world.node(define(hooks={"on_create": begin}))
    with pytest.raises(ActorError, match="not yet"):
        await node.ensure(request(given=cbor.encode(4)))
    await world.clock.settle()
    assert world.database.rows["counter-a"].state is None
    actor = await world.actor(world.registry.get("counter"))
    assert (given, world.stored(actor)) == ([4, 4], 4)


@pytest.mark.parametrize("wish", ["sleep", "destroy"])
async def test_trap_03_an_end_from_inside_run_goes_the_whole_way(world: World, wish: str) -> None:
    told: list[str] = []

    async def run(self: Instance) -> None:
        await world.clock.sleep(1)
        getattr(self.ctx, wish)()

    hook = f"on_{wish}"
    actor = await world.actor(define(hooks={"run": run, hook: lambda self: told.append(hook)}))
    await world.clock.advance(1)
    assert (actor.state, told, actor.destroyed) == (State.TERMINATED, [hook], wish == "destroy")


async def test_trap_04_a_run_that_returned_first_does_not_skip_the_hooks_of_the_end(world: World) -> None:
    told: list[str] = []

    async def run(self: Instance) -> None:
        return None

    hooks = {"run": run, "on_destroy": lambda self: told.append("on_destroy")}
    actor = await world.actor(define(hooks=hooks))
    actor.request_destroy()
    await world.clock.settle()
    assert (actor.destroyed, told) == (True, ["on_destroy"])


async def test_trap_06_however_many_send_at_once_each_is_answered_once(world: World) -> None:
    """Some are completed, some find the queue full, some wait when the actor ends; the rest never got in."""

    async def run(self: Instance) -> None:
        while True:
            for message in await self.ctx.mailbox.receive(["jobs"], count=20):
                await message.complete(message.body)

    options = Options(max_pending_actions=800, max_queue_size=500)
    actor = await world.actor(define_queues(hooks={"run": run}, options=options))
    answers, turned_away = [], 0
    for number in range(1000):
        try:
            answers.append(deliver(actor, number, "mail" if number % 3 else "jobs", wait=True))
        except ActorError as refusal:
            assert refusal.name == "actor.overloaded"
            turned_away += 1
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.advance(15)
    assert (actor.state, turned_away) == (State.TERMINATED, 200)
    assert [answer.deliveries for answer in answers] == [1] * 800
    ends = Counter("completed" if answer.error is None else answer.code for answer in answers)
    assert set(ends) == {"completed", "queue.full", "queue.completion_waiter_dropped"}


@pytest.mark.parametrize("how", ["wait_until", "keep_awake"])
async def test_trap_08_background_work_is_not_cut_short_by_a_sleep(world: World, how: str) -> None:
    done: list[int] = []

    async def work() -> None:
        await world.clock.sleep(3)
        done.append(1)

    def begin(self: Instance) -> None:
        getattr(self.ctx, how)(work())
        self.ctx.sleep()

    actor = await world.actor(define(begin=begin))
    await world.ask(actor, "begin")
    assert actor.state is State.SLEEP_GRACE
    await world.clock.advance(3)
    assert (actor.state, done) == (State.TERMINATED, [1])


async def test_trap_09_a_second_wish_to_sleep_is_no_error(world: World) -> None:
    def nap(self: Instance) -> str:
        self.ctx.sleep()
        self.ctx.sleep()
        return "good night"

    actor = await world.actor(define(nap=nap))
    assert (await world.ask(actor, "nap")).value == "good night"
    assert actor.state is State.TERMINATED


async def test_trap_11_plain_exceptions_are_masked_and_public_errors_are_not(world: World) -> None:
    failures = {
        "plain": ValueError("the password is swordfish"),
        "user": UserError("Too late.", code="late", metadata={"by": 5}),
        "gone": error("actor.not_found"),
    }

    def raising(failure: Exception) -> Any:
        async def handler(self: Instance) -> None:
            raise failure

        return handler

    actor = await world.actor(define(**{name: raising(failure) for name, failure in failures.items()}))
    plain, user, gone = [(await world.ask(actor, name)).error for name in failures]
    assert plain is not None
    assert (plain.name, "swordfish" in plain.message) == ("rivetkit.internal_error", False)
    assert user is not None
    assert (user.name, user.message, user.metadata) == ("user.late", "Too late.", {"by": 5})
    assert gone is not None
    assert "internal error" not in gone.message.lower()


async def test_trap_12_no_lock_makes_actions_wait_for_each_other(world: World) -> None:
    order: list[str] = []
    go_on = asyncio.Event()

    async def slow(self: Instance) -> None:
        order.append("slow starts")
        await go_on.wait()
        order.append("slow ends")

    async def fast(self: Instance) -> None:
        order.append("fast")

    actor = await world.actor(define(slow=slow, fast=fast))
    world.send(actor, "slow")
    await world.ask(actor, "fast")
    go_on.set()
    await world.clock.settle()
    assert order == ["slow starts", "fast", "slow ends"]


async def test_trap_13_the_class_options_reach_every_part(world: World) -> None:
    options = Options(max_pending_actions=2, max_state_size=10, sleep_timeout=7, action_timeout=3)
    actor = await world.actor(define(options=options))
    for _ in range(2):
        world.send(actor, "increment")
    with pytest.raises(ActorError, match=r"actor\.overloaded") as refused:
        actor.dispatch("increment", (), Answer(), None)
    assert refused.value.metadata["capacity"] == 2
    await world.clock.settle()
    await world.clock.advance(7)
    assert actor.state is State.TERMINATED


ENDS: dict[str, Callable[[World, ActorTask], Awaitable[object]]] = {
    "slept": lambda world, actor: settled(world, actor.request_sleep),
    "destroyed": lambda world, actor: settled(world, actor.request_destroy),
    "cut short": lambda world, actor: settled(world, lambda: actor.request_sleep(1)),
    "fenced": lambda world, actor: settled(world, actor.fence),
    "not stored": lambda world, actor: not_stored(world, actor),
    "drained": lambda world, actor: settled(
        world, lambda: world.clock.spawn(world.nodes[0].drain(4), name="drain")
    ),
    "stopped": lambda world, actor: world.nodes[0].stop(4),
    "lease lost": lambda world, actor: settled(world, world.nodes[0]._fence_all),
}


async def settled(world: World, change: Callable[[], object]) -> None:
    change()
    await world.clock.settle()


async def not_stored(world: World, actor: ActorTask) -> None:
    world.faults.fail_next("commit", "rejected")
    await world.ask(actor, "increment")


@in_memory
@pytest.mark.parametrize("run", ["runs", "crashes"])
@pytest.mark.parametrize("end", ENDS)
async def test_trap_14_every_gauge_goes_down_again_however_an_actor_ends(
    world: World, end: str, run: str
) -> None:
    async def wait(self: Instance, *given: Any) -> None:
        await world.clock.sleep(4)

    async def work(self: Instance) -> None:
        self.ctx.keep_awake(world.clock.sleep(30))
        self.ctx.wait_until(world.clock.sleep(30))
        await world.clock.sleep(10)
        if run == "crashes":
            raise ValueError

    hooks = {"run": work, "on_sleep": wait, "on_destroy": wait, "on_disconnect": wait, "on_connect": wait}
    actor = await world.actor(define(hooks=hooks, wait=wait, turn=wait, exclusive=("turn",)))
    connecting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connect")
    await world.clock.advance(4)
    for name in ("wait", "turn", "turn", "increment"):
        world.send(actor, name, conn=connecting.result())
    world.clock.spawn(swallowed(actor.connect(ConnectRequest(), Wire())), name="connect")
    await world.clock.settle()
    assert world.gauges() != {}
    await ENDS[end](world, actor)
    await world.clock.advance(60)
    assert actor.state is State.TERMINATED
    assert world.gauges() == {}
    assert world.counted("started_total") == world.counted("stopped_total") == 1


async def swallowed(connecting: Awaitable[object]) -> None:
    with contextlib.suppress(ActorError):
        await connecting


@pytest.mark.parametrize("hook", ["on_create", "create_vars", "on_wake"])
async def test_trap_14_an_actor_that_never_started_is_not_active_either(world: World, hook: str) -> None:
    async def fail(self: Instance, *given: Any) -> None:
        raise ValueError

    node = await world.node(define(hooks={hook: fail}))
    with pytest.raises(ActorError):
        await node.ensure(request())
    await world.clock.settle()
    assert world.gauges() == {}
    assert world.counted("startup_phase_duration_seconds", "total", "true", "error") == 1


@pytest.mark.actors(store="both")
async def test_trap_15_hundreds_of_rows_in_one_batch_are_all_stored(world: World) -> None:
    many = 300
    node = await world.node(define())
    found = await asyncio.gather(*(node.ensure(request(key=str(number))) for number in range(many)))
    actors = [actor for actor in found if isinstance(actor, ActorTask)]
    await world.clock.settle()
    commits = world.faults.hold("commit")
    answers = [world.send(actors[0], "increment")]
    await world.clock.settle()
    answers += [world.send(actor, "increment") for actor in actors[1:]]
    commits.release()
    await world.clock.settle()
    assert len(world.store.commits[-1]) == many - 1
    assert {answer.value for answer in answers} == {1}
    assert {world.stored(actor) for actor in actors} == {1}
    releases = world.faults.hold("release")
    for actor in actors:
        actor.request_sleep()
    await world.clock.settle()
    releases.release()
    await world.clock.settle()
    assert {record.node_id for record in await world.store.get([actor.actor_id for actor in actors])} == {
        None
    }


@pytest.mark.actors(store="both")
async def test_trap_15_hundreds_of_connections_of_one_actor_sleep_and_wake(world: World) -> None:
    actor = await world.actor(define())
    lines = [await dial(world, actor, params=number) for number in range(300)]
    await lull(world, actor)
    answers = [line.say("increment") for line in lines]
    await world.clock.settle()
    assert sorted(answer.value for answer in answers) == list(range(1, 301))
    assert {line.attached for line in lines} == {2}


async def test_trap_19_a_fenced_actor_stops_and_does_not_try_again(world: World) -> None:
    actor = await world.actor(define())
    row = world.database.rows[actor.actor_id]
    row.record = replace(row.record, generation=99)
    answer = await world.ask(actor, "increment")
    commits = len(world.store.commits)
    await world.clock.advance(60)
    assert (actor.state, answer.code) == (State.TERMINATED, "actor.outcome_unknown")
    assert (world.stored(actor), len(world.store.commits)) == (0, commits)


async def test_trap_20_a_slow_hook_takes_nothing_from_the_time_of_the_next(world: World) -> None:
    async def patient(self: Instance, given: Any) -> None:
        await world.clock.sleep(4)

    hooks = dict.fromkeys(("on_before_connect", "create_conn_state", "on_connect"), patient)
    actor = await world.actor(define(hooks=hooks))
    connecting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connect")
    await world.clock.advance(12)
    assert connecting.result().open
