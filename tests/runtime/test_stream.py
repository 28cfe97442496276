"""The rules of the commit path, seen from outside an actor: what leaves, in which order, and when."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from actors.errors import ActorError
from actors.runtime.definition import StateDefinition
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.storage.store import StoreInterrupted
from tests.runtime.support import COUNTER, TICKED, Instance, World, define, in_memory

pytestmark = pytest.mark.actors(store="both")


async def tick(self: Instance, amount: int = 1) -> int:
    self.ctx.state += amount
    self.ctx.broadcast(TICKED, (self.ctx.state,))
    return int(self.ctx.state)


async def notice(self: Instance, text: str) -> str:
    self.ctx.broadcast(TICKED, (text,))
    return text


# -- acknowledged means durable ------------------------------------------------------------------------
async def test_a_reply_leaves_only_after_its_state_is_committed(world: World) -> None:
    actor = await world.actor(define())
    commits = world.faults.hold("commit")
    answer = await world.ask(actor, "increment", 5)
    assert not answer.here
    assert world.stored(actor) == 0
    commits.release()
    await world.clock.settle()
    assert (answer.value, world.stored(actor)) == (5, 5)


async def test_the_first_state_and_the_first_reply_are_one_write(world: World) -> None:
    node = await world.node(define())
    commits = world.faults.hold("commit")
    actor = await world.actor(define())
    assert world.stored(actor) is None
    answer = await world.ask(actor, "get")
    assert not answer.here  # it saw a state that could still be lost
    commits.release()
    await world.clock.settle()
    assert (answer.value, world.stored(actor), node.stats().commits.commits) == (0, 0, 1)


async def test_an_action_that_changes_nothing_writes_nothing(world: World) -> None:
    actor = await world.actor(define())
    written = len(world.store.commits)
    world.faults.hold("commit")
    assert (await world.ask(actor, "increment", 0)).value == 0
    assert len(world.store.commits) == written


# -- order ---------------------------------------------------------------------------------------------
async def test_events_of_an_action_come_before_its_reply(world: World) -> None:
    actor = await world.actor(define(tick=tick))
    log: list[Any] = []
    client = await world.connect(actor, "ticked", log=log)
    world.send(actor, "tick", conn=client.conn, log=log)
    await world.clock.settle()
    assert log == [("ticked", 1), 1]


async def test_the_stream_of_an_actor_keeps_its_order_over_several_batches(world: World) -> None:
    actor = await world.actor(define(tick=tick, notice=notice))
    log: list[Any] = []
    await world.connect(actor, "ticked", log=log)
    commits = world.faults.hold("commit")
    world.send(actor, "tick", log=log)
    await world.clock.settle()
    world.send(actor, "notice", "after", log=log)
    world.send(actor, "get", log=log)
    await world.clock.settle()
    assert log == []
    commits.release()
    await world.clock.settle()
    assert log == [("ticked", 1), 1, ("ticked", "after"), "after", 1]


async def test_an_event_leaves_at_the_first_suspension_once_its_state_is_durable(world: World) -> None:
    go_on = asyncio.Event()

    async def slow(self: Instance) -> str:
        self.ctx.state += 1
        self.ctx.broadcast(TICKED, ("half",))
        await go_on.wait()
        return "done"

    actor = await world.actor(define(slow=slow))
    log: list[Any] = []
    await world.connect(actor, "ticked", log=log)
    commits = world.faults.hold("commit")
    world.send(actor, "slow", log=log)
    await world.clock.settle()
    assert log == []
    commits.release()
    await world.clock.settle()
    assert (log, world.stored(actor)) == ([("ticked", "half")], 1)
    go_on.set()
    await world.clock.settle()
    assert log == [("ticked", "half"), "done"]


async def test_a_reply_is_a_snapshot_of_the_moment_the_handler_returned(world: World) -> None:
    async def add(self: Instance, item: int) -> list[int]:
        self.ctx.state.append(item)
        return self.ctx.state  # type: ignore[no-any-return]

    listed = StateDefinition(lambda *_: [], msgspec.msgpack.encode, msgspec.msgpack.decode)
    actor = await world.actor(define(state=listed, add=add))
    commits = world.faults.hold("commit")
    first, second = world.send(actor, "add", 1), world.send(actor, "add", 2)
    first._limit = second._limit = tuple  # what a codec does: the value becomes bytes
    await world.clock.settle()
    commits.release()
    await world.clock.settle()
    assert (first.value, second.value) == ((1,), (1, 2))


# -- readonly ------------------------------------------------------------------------------------------
async def test_a_readonly_reply_leaves_at_once_when_the_state_is_clean(world: World) -> None:
    actor = await world.actor(define())
    written = len(world.store.commits)
    answer = world.send(actor, "get")
    await asyncio.sleep(0)  # the one step that the handler needs
    assert answer.value == 0
    assert len(world.store.commits) == written


async def test_a_readonly_reply_waits_for_the_revision_that_it_saw(world: World) -> None:
    actor = await world.actor(define())
    commits = world.faults.hold("commit")
    world.send(actor, "increment")
    await world.clock.settle()
    seen = await world.ask(actor, "get")
    assert not seen.here
    commits.release()
    await world.clock.settle()
    assert (seen.value, world.stored(actor)) == (1, 1)


async def test_a_readonly_reply_waits_for_what_a_half_finished_action_has_written(world: World) -> None:
    never = asyncio.Event()

    async def slow(self: Instance) -> None:
        self.ctx.state += 1
        await never.wait()

    actor = await world.actor(define(slow=slow))
    await world.ask(actor, "slow")
    assert world.stored(actor) == 0
    commits = world.faults.hold("commit")
    seen = await world.ask(actor, "get")
    assert not seen.here
    commits.release()
    await world.clock.settle()
    assert (seen.value, world.stored(actor)) == (1, 1)


async def test_a_readonly_reply_waits_for_what_run_has_written(world: World) -> None:
    step = asyncio.Event()

    async def run(self: Instance) -> None:
        while True:
            await step.wait()
            step.clear()
            self.ctx.state += 1

    actor = await world.actor(define(hooks={"run": run}))
    await world.clock.advance(5)
    commits = world.faults.hold("commit")
    step.set()
    await world.clock.settle()
    seen = await world.ask(actor, "get")
    assert not seen.here
    commits.release()
    await world.clock.settle()
    assert (seen.value, world.stored(actor)) == (1, 1)


# -- cost ----------------------------------------------------------------------------------------------
async def test_the_state_is_encoded_once_per_batch_and_not_per_action(world: World) -> None:
    encoded: list[int] = []

    def encode(value: int) -> bytes:
        encoded.append(value)
        return msgspec.msgpack.encode(value)

    actor = await world.actor(define(state=StateDefinition(COUNTER.create, encode, COUNTER.decode)))
    encoded.clear()
    answers = [world.send(actor, "increment") for _ in range(100)]
    await world.clock.settle()
    assert [answer.value for answer in answers] == list(range(1, 101))
    assert encoded == [100]


async def test_actions_of_many_actors_are_committed_together(world: World) -> None:
    actors = [await world.actor(define(), key=str(number)) for number in range(5)]
    written = len(world.store.commits)
    for actor in actors:
        world.send(actor, "increment")
    await world.clock.settle()
    assert [len(batch) for batch in world.store.commits[written:]] == [5]


async def test_run_without_a_step_costs_no_encode(world: World) -> None:
    encoded: list[int] = []

    def encode(value: int) -> bytes:
        encoded.append(value)
        return msgspec.msgpack.encode(value)

    async def run(self: Instance) -> None:
        await asyncio.Event().wait()

    counting = StateDefinition(COUNTER.create, encode, COUNTER.decode)
    await world.actor(define(state=counting, hooks={"run": run}))
    await world.clock.advance(2)
    encoded.clear()
    await world.clock.advance(20)
    assert encoded == []


async def test_what_run_writes_is_saved_on_the_tick(world: World) -> None:
    async def run(self: Instance) -> None:
        while True:
            await world.clock.sleep(0.1)
            self.ctx.state += 1

    actor = await world.actor(define(hooks={"run": run}))
    written = len(world.store.commits)
    await world.clock.advance(3.05)
    assert world.stored(actor) >= 20
    assert len(world.store.commits) - written <= 4


# -- failure -------------------------------------------------------------------------------------------
async def test_the_mutations_of_a_raising_action_persist_and_its_error_waits_for_them(world: World) -> None:
    async def fail(self: Instance) -> None:
        self.ctx.state = 7
        raise ValueError("secret")

    actor = await world.actor(define(fail=fail))
    commits = world.faults.hold("commit")
    answer = await world.ask(actor, "fail")
    assert not answer.here
    commits.release()
    await world.clock.settle()
    assert (answer.code, world.stored(actor)) == ("rivetkit.internal_error", 7)
    assert "secret" not in str(answer.error)


async def test_after_a_failed_commit_the_actor_is_dropped_and_reloaded(world: World) -> None:
    actor = await world.actor(define())
    world.faults.fail_next("commit")
    first, second = world.send(actor, "increment"), world.send(actor, "increment")
    await world.clock.settle()
    assert (first.code, second.code) == ("storage.unavailable", "storage.unavailable")
    assert actor.state is State.TERMINATED
    again = await world.actor(define())
    assert again.generation > actor.generation
    assert (await world.ask(again, "get")).value == 0


async def test_an_interrupted_commit_that_was_applied_is_answered_with_success(world: World) -> None:
    actor = await world.actor(define())
    store = world.store

    async def broken(writes: Any, real: Any = store.commit) -> Any:
        await real(writes)
        raise StoreInterrupted

    store.commit = broken  # type: ignore[method-assign]
    assert (await world.ask(actor, "increment")).value == 1
    assert actor.state is State.STARTED


async def test_an_interrupted_commit_that_was_not_applied_is_unknown_to_the_caller(world: World) -> None:
    actor = await world.actor(define())
    world.faults.fail_next("commit", "interrupted")
    answer = await world.ask(actor, "increment")
    assert (answer.code, answer.deliveries) == ("actor.outcome_unknown", 1)
    assert actor.state is State.TERMINATED


async def test_a_caller_whose_handler_still_runs_when_the_store_fails_is_told_once(world: World) -> None:
    never = asyncio.Event()

    async def slow(self: Instance) -> None:
        await never.wait()

    actor = await world.actor(define(slow=slow))
    running = await world.ask(actor, "slow")
    world.faults.fail_next("commit")
    await world.ask(actor, "increment")
    assert (running.code, running.deliveries) == ("actor.outcome_unknown", 1)


async def test_a_state_that_cannot_be_stored_fails_its_own_actor_alone(world: World) -> None:
    async def break_it(self: Instance) -> None:
        self.ctx.state = object()

    broken = await world.actor(define(break_it=break_it), key="broken")
    sound = await world.actor(define(break_it=break_it), key="sound")
    bad, good = world.send(broken, "break_it"), world.send(sound, "increment")
    await world.clock.settle()
    assert (bad.code, good.value) == ("actor.state_not_serializable", 1)
    again = await world.actor(define(), key="broken")
    assert (await world.ask(again, "get")).value == 0


async def test_a_state_over_the_limit_is_refused_with_its_size(world: World) -> None:
    async def grow(self: Instance) -> None:
        self.ctx.state = "x" * 2000

    actor = await world.actor(define(grow=grow, options=Options(max_state_size=1000)))
    answer = await world.ask(actor, "grow")
    assert answer.code == "actor.state_too_large"
    assert answer.error is not None and answer.error.metadata["limit"] == 1000


# -- save ----------------------------------------------------------------------------------------------
async def test_save_returns_when_the_state_is_durable(world: World) -> None:
    saved: list[int] = []

    async def checkpoint(self: Instance) -> None:
        self.ctx.state = 3
        await self.ctx.save()
        saved.append(world.stored(actor))

    actor = await world.actor(define(checkpoint=checkpoint))
    commits = world.faults.hold("commit")
    await world.ask(actor, "checkpoint")
    assert saved == []
    commits.release()
    await world.clock.settle()
    assert saved == [3]


async def test_a_start_that_saves_in_vain_fails(world: World) -> None:
    async def on_create(self: Instance, given: Any) -> None:
        await self.ctx.save()

    await world.node(define())
    world.faults.fail_next("commit")
    with pytest.raises(ActorError, match=r"actor\.restarting"):
        await world.actor(define(hooks={"on_create": on_create}))
    assert world.stored("counter-a") is None


async def test_an_action_that_saves_in_vain_is_cancelled_and_its_caller_told_once(world: World) -> None:
    ended: list[type[BaseException]] = []

    async def checkpoint(self: Instance) -> None:
        self.ctx.state = 3
        try:
            await self.ctx.save()
        except BaseException as failure:
            ended.append(type(failure))
            raise

    actor = await world.actor(define(checkpoint=checkpoint))
    world.faults.fail_next("commit")
    answer = await world.ask(actor, "checkpoint")
    assert (ended, answer.code, answer.deliveries) == ([asyncio.CancelledError], "actor.outcome_unknown", 1)


# -- lease and fencing ---------------------------------------------------------------------------------
async def test_nothing_leaves_a_node_whose_lease_has_run_out(world: World) -> None:
    actor = await world.actor(define())
    log: list[Any] = []
    client = await world.connect(actor, "ticked", log=log)
    world.nodes[0]._membership.surroundings.lease.end()  # type: ignore[union-attr]
    answer = await world.ask(actor, "get")
    assert answer.code == "actor.outcome_unknown"
    assert (log, client.wire.closed) == ([], (1011, "actor.restarting"))
    assert actor.state is State.TERMINATED


@in_memory
async def test_a_fenced_write_stops_the_actor_and_answers_nothing_as_done(world: World) -> None:
    actor = await world.actor(define())
    client = await world.connect(actor)
    other = await world.node()
    row = world.database.rows[actor.actor_id]
    row.record = replace(row.record, generation=row.record.generation + 1, node_id=other.node_id)
    answer = await world.ask(actor, "increment")
    assert (answer.code, actor.state) == ("actor.outcome_unknown", State.TERMINATED)
    assert client.wire.closed == (1011, "actor.restarting")
    assert world.stored(actor) == 0


# -- durability="interval" -----------------------------------------------------------------------------
INTERVAL = Options(durability="interval")


async def test_interval_replies_at_once_and_saves_on_the_throttle(world: World) -> None:
    actor = await world.actor(define(tick=tick, options=INTERVAL))
    await world.clock.advance(5)
    commits = world.faults.hold("commit")
    written = len(world.store.commits)
    assert (await world.ask(actor, "tick")).value == 1
    assert len(world.store.commits) == written
    commits.release()
    await world.clock.advance(0)
    assert world.stored(actor) == 1  # after a quiet second the first change is saved at once


async def test_interval_saves_a_burst_once_a_second(world: World) -> None:
    actor = await world.actor(define(options=INTERVAL))
    await world.clock.advance(5)
    written = len(world.store.commits)
    for _ in range(30):
        await world.ask(actor, "increment")
        await world.clock.advance(0.1)
    await world.clock.advance(1)
    assert world.stored(actor) == 30
    assert len(world.store.commits) - written <= 5


async def test_interval_also_fences_instead_of_answering_without_a_lease(world: World) -> None:
    actor = await world.actor(define(options=INTERVAL))
    world.nodes[0]._membership.surroundings.lease.end()  # type: ignore[union-attr]
    answer = await world.ask(actor, "increment")
    assert (answer.code, actor.state) == ("actor.outcome_unknown", State.TERMINATED)


async def test_interval_saves_the_last_state_before_sleep(world: World) -> None:
    actor = await world.actor(define(options=INTERVAL))
    await world.ask(actor, "increment")
    actor.request_sleep()
    await world.clock.settle()
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 1)


@pytest.mark.parametrize("durability", ["commit", "interval"])
async def test_a_first_state_is_written_without_any_action(world: World, durability: Any) -> None:
    actor = await world.actor(define(options=Options(durability=durability)))
    assert world.stored(actor) == 0


async def test_interval_writes_nothing_once_its_hook_has_found_the_lease_gone(world: World) -> None:
    def on_state_change(self: Instance, state: int) -> None:
        self.ctx.broadcast(TICKED, (state,))

    actor = await world.actor(define(options=INTERVAL, hooks={"on_state_change": on_state_change}))
    await world.connect(actor, "ticked")
    await world.clock.advance(5)
    await world.ask(actor, "increment")
    commits = len(world.store.commits)
    world.nodes[0]._membership.surroundings.lease.end()  # type: ignore[union-attr]
    await world.clock.advance(1)
    assert (actor.state, len(world.store.commits), world.stored(actor)) == (State.TERMINATED, commits, 0)
