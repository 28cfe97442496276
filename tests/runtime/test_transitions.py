"""The transitions of an actor's life, row by row: what each event does, in which order.

The numbers are those of the transition table in the requirements of RivetKit's actor (T1 to T14).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from tests.runtime.support import Answer, Instance, World, define, request


async def test_t01_start_runs_every_step_in_order_and_then_takes_calls(world: World) -> None:
    log: list[Any] = []

    def note(name: str) -> Any:
        def hook(self: Instance, *given: Any) -> None:
            log.append((name, *given))

        return hook

    async def run(self: Instance) -> None:
        log.append(("run", bool(self.ctx.aborted)))

    names = ("on_migrate", "on_create", "create_vars", "on_wake")
    definition = define(hooks={**{name: note(name) for name in names}, "run": run})
    actor = await world.actor(definition)
    order = [("on_migrate", True), ("on_create", None), ("create_vars",), ("on_wake",), ("run", False)]
    assert (actor.state, log) == (State.STARTED, order)


async def test_t02_an_idle_actor_goes_to_sleep_once(world: World) -> None:
    slept: list[int] = []
    hooks = {"on_sleep": lambda self: slept.append(1)}
    actor = await world.actor(define(hooks=hooks, options=Options(sleep_timeout=30)))
    await world.clock.advance(30)
    assert (actor.state, slept) == (State.TERMINATED, [1])
    await world.clock.advance(300)
    assert slept == [1]


async def test_t03_sleep_may_be_asked_for_twice_but_not_before_the_start_or_during_the_end(
    world: World,
) -> None:
    refused: list[str] = []

    def ask(self: Instance) -> None:
        try:
            self.ctx.sleep()
        except ActorError as err:
            refused.append(err.name)

    def nap(self: Instance) -> None:
        ask(self)
        ask(self)

    actor = await world.actor(define(nap=nap, hooks={"on_wake": ask, "on_sleep": ask}))
    await world.ask(actor, "nap")
    assert (actor.state, refused) == (State.TERMINATED, ["actor.starting", "actor.stopping"])


async def test_t04_destroy_is_stronger_than_a_sleep_asked_for_before(world: World) -> None:
    told: list[str] = []

    def leave(self: Instance) -> None:
        self.ctx.sleep()
        self.ctx.destroy()
        self.ctx.destroy()

    hooks = {"on_sleep": lambda self: told.append("sleep"), "on_destroy": lambda self: told.append("destroy")}
    actor = await world.actor(define(leave=leave, hooks=hooks))
    await world.ask(actor, "leave")
    assert (actor.destroyed, told) == (True, ["destroy"])


async def test_t04_destroy_says_aborted_when_the_end_begins_and_not_before(world: World) -> None:
    seen: list[bool] = []

    async def leave(self: Instance) -> None:
        self.ctx.destroy()
        seen.append(bool(self.ctx.aborted))
        seen.append(await self.ctx.aborted.wait(60))

    actor = await world.actor(define(leave=leave))
    await world.ask(actor, "leave")
    assert (actor.destroyed, seen) == (True, [False, True])


@pytest.mark.parametrize(
    ("row", "hook", "reason"), [("t05", "on_sleep", "actor.stopped"), ("t06", "on_destroy", "")]
)
async def test_t05_t06_the_way_out_aborts_first_tells_the_hook_and_sends_connections_away(
    world: World, row: str, hook: str, reason: str
) -> None:
    seen: list[Any] = []

    async def told(self: Instance) -> None:
        seen.append((hook, bool(self.ctx.aborted), len(self.ctx.conns)))

    def gone(self: Instance, conn: Any) -> None:
        seen.append("on_disconnect")

    actor = await world.actor(define(hooks={hook: told, "on_disconnect": gone}))
    client = await world.connect(actor)
    if row == "t05":
        actor.request_sleep()
    else:
        actor.request_destroy()
    await world.clock.settle()
    assert seen == [(hook, True, 1), "on_disconnect"]
    assert client.wire.closed == (1000, reason)


async def test_t07_the_end_comes_as_soon_as_nothing_is_left_to_wait_for(world: World) -> None:
    go_on = asyncio.Event()

    async def slow(self: Instance) -> int:
        await go_on.wait()
        return 1

    actor = await world.actor(define(slow=slow))
    answer = world.send(actor, "slow")
    actor.request_sleep()
    await world.clock.advance(14)
    assert actor.state is State.SLEEP_GRACE
    go_on.set()
    await world.clock.settle()
    assert (actor.state, answer.value) == (State.TERMINATED, 1)


async def test_t08_at_the_deadline_what_still_runs_is_cancelled_and_named(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []

    async def forever(self: Instance) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("run")

    actor = await world.actor(define(hooks={"run": forever}, options=Options(sleep_grace_period=5)))
    actor.request_sleep()
    await world.clock.advance(4.9)
    assert ended == []
    await world.clock.advance(0.2)
    assert (actor.state, ended) == (State.TERMINATED, ["run"])
    record = next(record for record in caplog.records if "grace period is over" in record.message)
    assert record.__dict__["work"] == {"run": 1}


async def test_t09_the_state_is_saved_before_the_actor_is_given_back(world: World) -> None:
    def goodbye(self: Instance) -> None:
        self.ctx.state = 41

    actor = await world.actor(define(hooks={"on_sleep": goodbye}))
    commits = world.faults.hold("commit")
    actor.request_sleep()
    await world.clock.settle()
    held_by = world.database.rows[actor.actor_id].record.node_id
    commits.release()
    await world.clock.settle()
    row = world.database.rows[actor.actor_id]
    assert (held_by, world.stored(actor), row.record.node_id) == ("node1", 41, None)


async def test_t10_told_to_stop_again_it_warns_and_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    slept: list[int] = []

    async def on_sleep(self: Instance) -> None:
        slept.append(1)
        await world.clock.sleep(1)

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}))
    actor.request_sleep()
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.advance(1)
    warnings = [record for record in caplog.records if record.message == "told to stop again"]
    assert (actor.state, slept, len(warnings)) == (State.TERMINATED, [1], 1)
    assert (warnings[0].levelno, warnings[0].__dict__["reason"]) == (logging.WARNING, "sleep")


async def test_t11_an_actor_whose_run_returns_goes_on_and_can_still_be_stopped(world: World) -> None:
    told: list[str] = []

    async def run(self: Instance) -> None:
        return None

    hooks = {"run": run, "on_sleep": lambda self: told.append("on_sleep")}
    actor = await world.actor(define(hooks=hooks))
    assert (await world.ask(actor, "increment")).value == 1
    actor.request_sleep()
    await world.clock.settle()
    assert (actor.state, told) == (State.TERMINATED, ["on_sleep"])


async def test_t12_a_run_that_raises_stops_the_actor_with_its_reason_and_the_next_call_wakes_it(
    world: World,
) -> None:
    runs: list[int] = []

    async def run(self: Instance) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ValueError("out of paper" + "!" * 4000)

    definition = define(hooks={"run": run})
    actor = await world.actor(definition)
    record = world.database.rows[actor.actor_id].record
    assert (actor.state, record.destroyed_at) == (State.TERMINATED, None)
    assert record.error is not None
    assert record.error["message"].startswith("ValueError: out of paper")
    assert len(record.error["message"]) == 2048
    again = await world.actor(definition)
    assert (await world.ask(again, "increment")).value == 1
    assert world.database.rows[actor.actor_id].record.error is None


async def test_t13_a_stop_during_the_start_is_remembered(world: World) -> None:
    go_on = asyncio.Event()

    async def on_wake(self: Instance) -> None:
        await go_on.wait()

    told: list[str] = []
    hooks = {"on_wake": on_wake, "on_destroy": lambda self: told.append("on_destroy")}
    node = await world.node(define(hooks=hooks))
    starting = world.clock.spawn(node.ensure(request()), name="start")
    await world.clock.settle()
    destroying = world.clock.spawn(node.destroy("counter-a"), name="destroy")
    await world.clock.settle()
    go_on.set()
    await world.clock.settle()
    await asyncio.gather(starting, return_exceptions=True)
    assert (await destroying, told, world.database.rows["counter-a"].state) == (True, ["on_destroy"], None)


async def test_t14_what_was_acknowledged_outlives_the_process(world: World) -> None:
    definition = define()
    actor = await world.actor(definition)
    await world.ask(actor, "increment", 7)
    await world.node(definition)
    world.database.drop_session("node1")
    other = await world.nodes[1].ensure(request())
    await world.clock.settle()
    answer = Answer()
    other.dispatch("get", (), answer, None)  # type: ignore[union-attr]
    await world.clock.settle()
    assert (answer.value, actor.state) == (7, State.TERMINATED)


async def test_a_call_made_during_the_shutdown_is_kept_or_refused_but_never_both(world: World) -> None:
    refused: list[str] = []

    async def on_sleep(self: Instance) -> None:
        self.ctx.state += 1
        await self.ctx.save()
        try:
            self.ctx.sleep()
        except ActorError as err:
            refused.append(err.name)

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}))
    actor.request_sleep()
    await world.clock.settle()
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        actor.dispatch("increment", (10,), Answer(), None)
    assert (world.stored(actor), refused) == (1, ["actor.stopping"])


async def test_an_actor_destroyed_and_made_again_is_a_new_one(world: World) -> None:
    definition = define(hooks={"create_vars": lambda self: []})
    actor = await world.actor(definition)
    await world.ask(actor, "increment", 5)
    actor.context.vars.append("old")
    actor.request_destroy()
    await world.clock.settle()
    fresh = await world.actor(definition, new_id="fresh")
    assert fresh.actor_id != actor.actor_id
    assert ((await world.ask(fresh, "get")).value, fresh.context.vars) == (0, [])


async def test_an_error_while_ending_is_reported_and_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    definition = define()
    actor = await world.actor(definition)

    async def broken(self: Any) -> None:
        raise UserError("broken pipe")

    monkeypatch.setattr("actors.runtime.ending.Ending._give_up", broken)
    actor.request_sleep()
    await world.clock.settle()
    assert actor.state is State.TERMINATED
    assert "could not end in order" in caplog.text
    monkeypatch.undo()
    assert (await world.ask(await world.actor(definition), "increment")).value == 1
