"""Start, run, sleep, destroy: the ways through one generation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.protocol import cbor
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from tests.runtime.support import TICKED, Answer, Instance, World, define, in_memory, request

pytestmark = pytest.mark.actors(store="both")


# -- starting ------------------------------------------------------------------------------------------
async def test_the_start_hooks_run_in_order_and_on_create_only_once_in_a_life(world: World) -> None:
    log: list[Any] = []

    async def on_create(self: Instance, given: Any) -> None:
        log.append(("on_create", given, self.ctx.state))

    def create_vars(self: Instance) -> list[int]:
        log.append("create_vars")
        return [1]

    async def on_wake(self: Instance) -> None:
        log.append(("on_wake", self.ctx.vars))

    async def run(self: Instance) -> None:
        log.append("run")

    hooks = {"on_create": on_create, "create_vars": create_vars, "on_wake": on_wake, "run": run}
    definition = define(hooks=hooks)
    actor = await world.actor(definition, given=cbor.encode(5))
    assert log == [("on_create", 5, 5), "create_vars", ("on_wake", [1]), "run"]
    log.clear()
    actor.request_sleep()
    await world.clock.settle()
    await world.actor(definition)
    assert log == ["create_vars", ("on_wake", [1]), "run"]


async def test_an_actor_whose_on_create_failed_has_never_been_initialized(world: World) -> None:
    attempts: list[int] = []

    async def on_create(self: Instance, given: Any) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise UserError("not today", code="closed")

    definition = define(hooks={"on_create": on_create})
    node = await world.node(definition)
    with pytest.raises(ActorError, match=r"user\.closed: not today"):
        await node.ensure(request())
    await world.clock.settle()
    record = await world.record("counter-a")
    assert (world.stored("counter-a"), record.node_id) == (None, None)
    assert record.error == {"group": "user", "code": "closed", "message": "not today"}
    actor = await world.actor(definition)
    record = await world.record("counter-a")
    assert (len(attempts), world.stored(actor), record.error) == (2, 0, None)


async def test_a_start_that_takes_too_long_fails(world: World) -> None:
    async def on_wake(self: Instance) -> None:
        await asyncio.Event().wait()

    node = await world.node(define(hooks={"on_wake": on_wake}, options=Options(on_wake_timeout=3)))
    starting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.advance(3)
    with pytest.raises(ActorError, match=r"actor\.callback_timed_out"):
        starting.result()


@in_memory
async def test_a_state_that_cannot_be_read_fails_the_start_and_stays_as_it_is(world: World) -> None:
    actor = await world.actor(define())
    actor.request_sleep()
    await world.clock.settle()
    world.database.rows[actor.actor_id].state = b"\xc1"
    with pytest.raises(ActorError):
        await world.actor(define())
    assert world.database.rows[actor.actor_id].state == b"\xc1"


async def test_a_constructor_that_fails_gives_the_actor_back(world: World) -> None:
    def broken(context: Any) -> Any:
        raise RuntimeError("no")

    definition = define()
    object.__setattr__(definition, "new_instance", broken)
    node = await world.node(definition)
    with pytest.raises(ActorError, match=r"rivetkit\.internal_error"):
        await node.ensure(request())
    record = await world.record("counter-a")
    assert record.node_id is None
    assert record.error == {
        "group": "rivetkit", "code": "internal_error", "message": "RuntimeError: no",
    }  # fmt: skip


async def test_a_stop_that_comes_during_the_start_is_remembered(world: World) -> None:
    log: list[str] = []
    go_on = asyncio.Event()

    async def on_wake(self: Instance) -> None:
        await go_on.wait()
        log.append("woken")

    async def on_destroy(self: Instance) -> None:
        log.append("destroyed")

    node = await world.node(define(hooks={"on_wake": on_wake, "on_destroy": on_destroy}))
    starting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.settle()
    (loading,) = node._residents
    assert loading.state is State.LOADING
    loading.request_destroy()
    go_on.set()
    await loading.stopped()
    assert (log, loading.destroyed) == (["woken", "destroyed"], True)
    with pytest.raises(ActorError):
        await starting


async def test_sleep_asked_of_a_starting_actor_by_itself_is_an_error(world: World) -> None:
    async def on_wake(self: Instance) -> None:
        self.ctx.sleep()

    node = await world.node(define(hooks={"on_wake": on_wake}))
    with pytest.raises(ActorError, match=r"actor\.starting"):
        await node.ensure(request())


# -- run -----------------------------------------------------------------------------------------------
async def test_an_actor_whose_run_has_returned_still_serves(world: World) -> None:
    async def run(self: Instance) -> None:
        return None

    actor = await world.actor(define(hooks={"run": run}))
    assert (await world.ask(actor, "increment")).value == 1


async def test_run_that_raises_puts_the_actor_to_sleep_with_its_error_on_record(world: World) -> None:
    slept: list[int] = []

    async def run(self: Instance) -> None:
        await world.clock.sleep(1)
        self.ctx.state = 4
        raise ValueError("crash")

    async def on_sleep(self: Instance) -> None:
        slept.append(self.ctx.state)

    definition = define(hooks={"run": run, "on_sleep": on_sleep})
    actor = await world.actor(definition)
    await world.clock.advance(1)
    assert (actor.state, slept, world.stored(actor)) == (State.TERMINATED, [4], 4)
    record = await world.record(actor.actor_id)
    assert record.error == {"group": "rivetkit", "code": "internal_error", "message": "ValueError: crash"}
    assert record.slept_at is not None and record.destroyed_at is None


async def test_run_may_put_its_actor_to_sleep_and_return(world: World) -> None:
    log: list[str] = []

    async def run(self: Instance) -> None:
        self.ctx.sleep()

    async def on_sleep(self: Instance) -> None:
        log.append("on_sleep")

    node = await world.node(define(hooks={"run": run, "on_sleep": on_sleep}))
    with pytest.raises(ActorError, match=r"guard\.actor_stopped_while_waiting"):
        await node.ensure(request())
    await world.clock.settle()
    assert (log, node.stats().awake) == (["on_sleep"] * 3, 0)


async def test_run_runs_for_nobody(world: World) -> None:
    seen: list[str] = []

    async def run(self: Instance) -> None:
        try:
            _ = self.ctx.conn
        except ActorError as refusal:
            seen.append(refusal.name)

    inner = define("inner", hooks={"run": run})

    async def wake_other(self: Instance) -> None:
        await world.nodes[0].ensure(request("inner"))

    outer = await world.actor(define("outer", wake_other=wake_other))
    world.registry.register(inner)
    client = await world.connect(outer)
    await world.ask(outer, "wake_other", conn=client.conn)
    assert seen == ["actor.no_connection"]


# -- idle sleep ----------------------------------------------------------------------------------------
async def test_an_idle_actor_goes_to_sleep_and_wakes_with_its_state(world: World) -> None:
    definition = define(options=Options(sleep_timeout=30))
    actor = await world.actor(definition)
    await world.ask(actor, "increment", 3)
    await world.clock.advance(29)
    assert actor.state is State.STARTED
    await world.clock.advance(1.1)
    record = await world.record(actor.actor_id)
    assert (actor.state, record.node_id, record.slept_at is not None) == (State.TERMINATED, None, True)
    woken = await world.actor(definition)
    assert woken.generation == actor.generation + 1
    assert (await world.ask(woken, "get")).value == 3


async def test_the_idle_clock_starts_when_the_last_activity_ends(world: World) -> None:
    go_on = asyncio.Event()

    async def slow(self: Instance) -> None:
        await go_on.wait()

    actor = await world.actor(define(slow=slow, options=Options(sleep_timeout=10, action_timeout=100)))
    await world.ask(actor, "slow")
    await world.clock.advance(50)
    go_on.set()
    await world.clock.advance(9.5)
    assert actor.state is State.STARTED
    await world.clock.advance(1)
    assert actor.state is State.TERMINATED


async def test_actions_push_sleep_away_without_a_timer_each(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=10)))
    for _ in range(5):
        await world.clock.advance(9)
        await world.ask(actor, "get")
    assert actor.state is State.STARTED
    await world.clock.advance(10.1)
    assert actor.state is State.TERMINATED


async def test_an_open_connection_holds_its_actor_awake(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=10)))
    client = await world.connect(actor)
    await world.clock.advance(100)
    assert actor.state is State.STARTED
    actor.close_connection(client.conn)
    await world.clock.advance(10.1)
    assert actor.state is State.TERMINATED


async def test_an_actor_that_must_not_sleep_does_not(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=10, no_sleep=True)))
    await world.clock.advance(1000)
    assert actor.state is State.STARTED


@pytest.mark.parametrize(("how", "awake"), [("keep_awake", True), ("wait_until", False)])
async def test_background_work_and_idle_sleep(world: World, how: str, awake: bool) -> None:
    done: list[str] = []

    async def begin(self: Instance) -> None:
        async def work() -> None:
            await world.clock.sleep(12)
            done.append("done")

        getattr(self.ctx, how)(work())

    actor = await world.actor(define(begin=begin, options=Options(sleep_timeout=5, sleep_grace_period=60)))
    await world.ask(actor, "begin")
    await world.clock.advance(6)
    assert (actor.state is State.STARTED) is awake
    await world.clock.advance(20)
    assert (actor.state, done) == (State.TERMINATED, ["done"])


async def test_on_disconnect_holds_sleep_off(world: World) -> None:
    ended: list[float] = []

    async def on_disconnect(self: Instance, conn: Any) -> None:
        await world.clock.sleep(4)
        ended.append(world.clock.monotonic())

    definition = define(hooks={"on_disconnect": on_disconnect}, options=Options(sleep_timeout=1))
    actor = await world.actor(definition)
    client = await world.connect(actor)
    actor.close_connection(client.conn)
    await world.clock.advance(3)
    assert actor.state is State.STARTED
    await world.clock.advance(3)
    assert (actor.state, len(ended)) == (State.TERMINATED, 1)


# -- the graceful way out ------------------------------------------------------------------------------
@in_memory
async def test_sleep_in_order(world: World) -> None:
    log: list[Any] = []
    go_on = asyncio.Event()

    async def slow(self: Instance) -> int:
        await go_on.wait()
        self.ctx.state += 1
        return int(self.ctx.state)

    async def nap(self: Instance) -> bool:
        self.ctx.sleep()
        self.ctx.sleep()  # once more is nothing
        return bool(self.ctx.aborted)

    async def on_sleep(self: Instance) -> None:
        log.append(("on_sleep", bool(self.ctx.aborted)))
        self.ctx.state += 10
        self.ctx.broadcast(TICKED, ("good night",))

    async def on_disconnect(self: Instance, conn: Any) -> None:
        log.append("on_disconnect")
        self.ctx.state += 100

    hooks = {"on_sleep": on_sleep, "on_disconnect": on_disconnect}
    actor = await world.actor(define(slow=slow, nap=nap, hooks=hooks))
    client = await world.connect(actor, "ticked", log=log)
    slow_answer = world.send(actor, "slow", conn=client.conn, log=log)
    assert (await world.ask(actor, "nap")).value is False
    assert actor.state is State.SLEEP_GRACE
    assert log == [("on_sleep", True), ("ticked", "good night")]
    # Open connections may still call; others, and new connections, may not.
    assert (await world.ask(actor, "get", conn=client.conn)).value == 10
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        actor.dispatch("get", [], Answer(), None)
    go_on.set()
    await world.clock.settle()
    assert slow_answer.value == 11
    assert log[2:] == [11, "on_disconnect"]
    assert client.wire.closed == (1000, "actor.stopped")
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 111)


async def test_sleep_waits_for_on_disconnect_and_saves_what_it_wrote(world: World) -> None:
    async def on_disconnect(self: Instance, conn: Any) -> None:
        await world.clock.sleep(3)
        self.ctx.state += 1

    actor = await world.actor(define(hooks={"on_disconnect": on_disconnect}))
    await world.connect(actor)
    actor.request_sleep()
    await world.clock.advance(2)
    assert actor.state is State.SLEEP_GRACE
    await world.clock.advance(2)
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 1)


async def test_an_on_destroy_that_comes_late_has_its_time_and_no_more(world: World) -> None:
    async def on_sleep(self: Instance) -> None:
        await world.clock.sleep(1)

    async def on_destroy(self: Instance) -> None:
        await asyncio.Event().wait()

    actor = await world.actor(define(hooks={"on_sleep": on_sleep, "on_destroy": on_destroy}))
    actor.request_sleep()
    await world.clock.settle()
    actor.request_destroy()
    await world.clock.advance(15.5)
    assert actor.state is State.DESTROYING
    await world.clock.advance(1)
    assert (actor.state, actor.destroyed) == (State.TERMINATED, True)


async def test_what_does_not_end_within_the_grace_period_is_cancelled_and_answered(world: World) -> None:
    ended: list[str] = []

    async def slow(self: Instance) -> None:
        try:
            self.ctx.state = 5
            await asyncio.Event().wait()
        finally:
            ended.append("action")

    async def run(self: Instance) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("run")

    definition = define(slow=slow, hooks={"run": run}, options=Options(sleep_grace_period=15))
    actor = await world.actor(definition)
    client = await world.connect(actor)
    answer = await world.ask(actor, "slow", conn=client.conn)
    actor.request_sleep()
    await world.clock.advance(14)
    assert (actor.state, ended) == (State.SLEEP_GRACE, [])
    await world.clock.advance(1.1)
    assert (answer.code, sorted(ended)) == ("actor.outcome_unknown", ["action", "run"])
    assert client.wire.closed == (1000, "actor.stopped")
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 5)


async def test_code_that_swallows_its_cancellation_cannot_keep_the_actor(world: World) -> None:
    async def stubborn(self: Instance) -> None:
        for _ in range(5):
            try:
                await world.clock.sleep(100)
            except asyncio.CancelledError:
                continue

    actor = await world.actor(define(hooks={"run": stubborn}))
    actor.request_sleep()
    await world.clock.advance(17)
    assert actor.state is State.TERMINATED
    await world.clock.advance(500)


async def test_a_shutdown_hook_that_fails_does_not_stop_the_shutdown(world: World) -> None:
    async def on_sleep(self: Instance) -> None:
        self.ctx.state = 8
        raise ValueError

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}))
    actor.request_sleep()
    await world.clock.settle()
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 8)


async def test_destroy_removes_the_actor_and_frees_its_key(world: World) -> None:
    log: list[str] = []

    async def close(self: Instance) -> bool:
        self.ctx.destroy()
        return bool(self.ctx.aborted)

    async def on_destroy(self: Instance) -> None:
        log.append("on_destroy")

    async def on_sleep(self: Instance) -> None:
        log.append("on_sleep")

    definition = define(close=close, hooks={"on_destroy": on_destroy, "on_sleep": on_sleep})
    actor = await world.actor(definition)
    client = await world.connect(actor)
    await world.ask(actor, "increment", 5)
    assert (await world.ask(actor, "close", conn=client.conn)).value is False
    assert (log, client.wire.closed) == (["on_destroy"], (1000, ""))
    record = await world.record(actor.actor_id)
    assert (actor.destroyed, record.destroyed_at is not None) == (True, True)
    fresh = await world.actor(definition, new_id="fresh")
    assert (await world.ask(fresh, "get")).value == 0


@pytest.mark.parametrize("wishes", [("destroy", "sleep"), ("sleep", "destroy")])
async def test_destroy_is_stronger_than_sleep_whichever_came_first(
    world: World, wishes: tuple[str, ...]
) -> None:
    async def both(self: Instance) -> None:
        for wish in wishes:
            getattr(self.ctx, wish)()

    actor = await world.actor(define(both=both))
    await world.ask(actor, "both")
    assert actor.destroyed


async def test_no_call_is_taken_in_destroy_grace(world: World) -> None:
    async def run(self: Instance) -> None:
        await asyncio.Event().wait()

    actor = await world.actor(define(hooks={"run": run}))
    client = await world.connect(actor)
    actor.request_destroy()
    await world.clock.settle()
    assert actor.state is State.DESTROY_GRACE
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        actor.dispatch("get", [], Answer(), client.conn)


async def test_a_destroy_overtakes_a_sleep_that_has_begun(world: World) -> None:
    log: list[str] = []

    async def on_sleep(self: Instance) -> None:
        log.append("on_sleep")
        await world.clock.sleep(2)

    async def on_destroy(self: Instance) -> None:
        log.append("on_destroy")

    actor = await world.actor(define(hooks={"on_sleep": on_sleep, "on_destroy": on_destroy}))
    actor.request_sleep()
    await world.clock.advance(1)
    actor.request_destroy()
    assert actor.state is State.DESTROY_GRACE
    await world.clock.advance(2)
    assert (log, actor.destroyed) == (["on_sleep", "on_destroy"], True)


async def test_a_destroy_that_comes_while_the_sleep_is_saved_still_destroys(world: World) -> None:
    log: list[str] = []

    async def on_destroy(self: Instance) -> None:
        log.append("on_destroy")

    async def on_sleep(self: Instance) -> None:
        self.ctx.state += 1

    actor = await world.actor(define(hooks={"on_destroy": on_destroy, "on_sleep": on_sleep}))
    commits = world.faults.hold("commit")
    actor.request_sleep()
    await world.clock.settle()
    assert actor.state is State.SLEEP_FINALIZE
    actor.request_destroy()
    commits.release()
    await world.clock.settle()
    assert (log, actor.destroyed, actor.state) == (["on_destroy"], True, State.TERMINATED)


async def test_a_last_save_that_fails_is_not_called_a_sleep(world: World) -> None:
    async def on_sleep(self: Instance) -> None:
        self.ctx.state += 1

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}))
    world.faults.fail_next("commit")
    actor.request_sleep()
    await world.clock.settle()
    record = await world.record(actor.actor_id)
    assert actor.state is State.TERMINATED
    assert record.error is not None and record.error["code"] == "unavailable"


@pytest.mark.parametrize("steps", range(12))
async def test_fencing_during_any_step_of_a_sleep_ends_it_without_saving_later(
    world: World, steps: int
) -> None:
    async def on_sleep(self: Instance) -> None:
        await asyncio.sleep(0)
        self.ctx.state += 1

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}))
    actor.request_sleep()
    for _ in range(steps):
        await asyncio.sleep(0)
    actor.fence()
    commits = len(world.store.commits)
    await world.clock.advance(20)
    assert actor.state is State.TERMINATED
    assert len(world.store.commits) == commits
    assert actor._parts.work.counts() == {}


async def test_after_the_end_nothing_is_left_and_nothing_is_taken(world: World) -> None:
    actor = await world.actor(define())
    actor.request_sleep()
    await world.clock.settle()
    await actor.stopped()
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        actor.dispatch("increment", [], Answer(), None)
    late = asyncio.sleep(0)
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        actor.context.keep_awake(late)
    actor.request_sleep()
    actor.request_destroy()
    actor.fence()
    assert actor.state is State.TERMINATED
