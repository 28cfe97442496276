"""Calls of the outbox, delivered: what they do is stored together with their end, so they are done once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.errors import UserError
from actors.protocol import cbor
from actors.runtime.conn import ConnectRequest
from actors.runtime.definition import ActorDefinition
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.rules import Rules
from actors.runtime.task import ActorTask
from actors.storage.outbox import OutboxCall
from tests.runtime.queues import JOBS, bodies, delivered
from tests.runtime.support import TICKED, Answer, Instance, World, define
from tests.runtime.support import in_memory as in_memory

pytestmark = in_memory


async def add(self: Instance, amount: int = 1) -> None:
    self.ctx.state += amount
    self.ctx.broadcast(TICKED, [self.ctx.state])


async def nested(self: Instance, fails: bool = False) -> None:
    """With a block of its own, whose failure it takes lightly."""
    self.ctx.state += 1
    try:
        async with self.ctx.atomic(10):
            self.ctx.state += 10
            if fails:
                raise ValueError
    except ValueError:
        pass


async def refuse(self: Instance) -> None:
    self.ctx.state += 1
    raise UserError("no")


def plain(self: Instance) -> None:
    self.ctx.state += 1


async def plan(self: Instance, fails: bool = False) -> None:
    scheduler = self.ctx.scheduler
    await scheduler.add("add", cbor.encode([]), scheduler.now() + 5000, Rules())
    if fails:
        raise UserError("no")


def define_receiver(**how: Options) -> ActorDefinition:
    definition = define(add=add, nested=nested, refuse=refuse, plain=plain, plan=plan, **how)
    return replace(definition, queues={"jobs": JOBS})


@pytest.fixture
async def actor(world: World) -> ActorTask:
    return await world.actor(define_receiver())


def store_call(world: World) -> int:
    """What the row says is the relay's affair; here it only has to be there."""
    return world.database.outbox.add(OutboxCall("counter", "a", "action", "add", b"", b"", 0))


async def deliver(world: World, task: ActorTask, row_id: int, action: str = "add", *args: object) -> Answer:
    answer = Answer()
    task.call(ConnectRequest(), action, args, answer, row_id)
    await world.clock.settle()
    return answer


def waits(world: World, row_id: int) -> bool:
    return row_id in world.database.outbox.rows


@pytest.mark.parametrize("action", ["add", "plain"])
async def test_what_an_action_does_and_its_end_are_stored_in_one_call(
    world: World, actor: ActorTask, action: str
) -> None:
    row_id = store_call(world)
    world.store.commits.clear()
    answer = await deliver(world, actor, row_id, action)
    assert (answer.value, world.stored(actor), waits(world, row_id)) == (None, 1, False)
    assert world.store.commits == [], "by no other way"


async def test_a_call_that_was_delivered_before_is_answered_and_does_nothing(
    world: World, actor: ActorTask
) -> None:
    client = await world.connect(actor, "ticked")
    row_id = store_call(world)
    await deliver(world, actor, row_id)
    again = await deliver(world, actor, row_id)
    assert (again.here, again.error, actor.context.state) == (True, None, 1)
    assert client.wire.frames == [("ticked", 1)]
    assert actor.state is State.STARTED


async def test_two_deliveries_at_once_do_it_once(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    answers = [Answer(), Answer()]
    for answer in answers:
        actor.call(ConnectRequest(), "add", (), answer, row_id)
    await world.clock.settle()
    assert [answer.error for answer in answers] == [None, None]
    assert (world.stored(actor), actor.state) == (1, State.STARTED)


async def test_what_another_node_delivered_meanwhile_is_undone_and_the_actor_goes_on(
    world: World, actor: ActorTask
) -> None:
    """Not as if it had been fenced."""
    row_id = store_call(world)
    hold = world.faults.hold("write_together")
    answer = await deliver(world, actor, row_id)
    del world.database.outbox.rows[row_id]
    hold.release()
    await world.clock.settle()
    assert (answer.here, answer.error) == (True, None)
    assert (actor.context.state, world.stored(actor), actor.state) == (0, 0, State.STARTED)
    await world.ask(actor, "increment")
    assert world.stored(actor) == 1


async def test_a_fenced_actor_delivers_nothing_and_ends(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    row = world.database.rows[actor.actor_id]
    row.record = replace(row.record, generation=row.record.generation + 1)
    answer = await deliver(world, actor, row_id)
    assert answer.code == "actor.outcome_unknown"
    assert (waits(world, row_id), actor.state) == (True, State.TERMINATED)


async def test_an_action_that_fails_leaves_the_call_and_no_trace(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    answer = await deliver(world, actor, row_id, "refuse")
    assert answer.code == "user.user_error"
    assert (waits(world, row_id), actor.context.state, world.stored(actor)) == (True, 0, 0)


async def test_a_block_inside_is_part_of_the_delivery(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    assert (await deliver(world, actor, row_id, "nested")).error is None
    assert (world.stored(actor), waits(world, row_id)) == (11, False)


async def test_a_block_inside_that_fails_undoes_the_whole_delivery(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    answer = await deliver(world, actor, row_id, "nested", True)
    assert answer.code == "atomic.rolled_back"
    assert (actor.context.state, world.stored(actor), waits(world, row_id)) == (0, 0, True)
    await world.ask(actor, "nested", True)
    assert world.stored(actor) == 1, "called in the usual way its own block is undone alone"


async def test_what_a_delivery_schedules_is_stored_with_its_end_once(world: World, actor: ActorTask) -> None:
    assert (await deliver(world, actor, store_call(world), "plan", True)).code == "user.user_error"
    row_id = store_call(world)
    await deliver(world, actor, row_id, "plan")
    await deliver(world, actor, row_id, "plan")
    assert len(await actor.context.scheduler.list()) == 1
    await world.clock.advance(5)
    assert (world.stored(actor), waits(world, row_id)) == (1, False)


async def test_a_readonly_action_delivers_nothing(world: World, actor: ActorTask) -> None:
    answer = await deliver(world, actor, store_call(world), "get")
    assert answer.code == "atomic.not_here"


async def test_a_delivery_ends_in_time(world: World) -> None:
    async def dawdle(self: Instance) -> None:
        await world.clock.sleep(11)

    actor = await world.actor(define(dawdle=dawdle))
    row_id = store_call(world)
    answer = await deliver(world, actor, row_id, "dawdle")
    await world.clock.advance(10)
    assert (answer.code, waits(world, row_id)) == ("atomic.timed_out", True)


async def test_an_interrupted_commit_is_looked_up(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    world.faults.fail_next("write_together", "interrupted", applied=True)
    assert (await deliver(world, actor, row_id)).error is None
    assert (world.stored(actor), waits(world, row_id)) == (1, False)


# -- queues -----------------------------------------------------------------------------------------------
async def test_a_message_and_the_end_of_its_call_are_stored_together(world: World, actor: ActorTask) -> None:
    row_id = store_call(world)
    answer = await delivered(world, actor, "mow", outbox=row_id)
    assert (answer.value.status, waits(world, row_id)) == ("completed", False)
    again = await delivered(world, actor, "mow", outbox=row_id)
    assert (again.value.status, await bodies(actor)) == ("completed", ["mow"])


async def test_a_full_queue_keeps_the_call_waiting(world: World) -> None:
    actor = await world.actor(define_receiver(options=Options(max_queue_size=1)))
    await actor.context.mailbox.send(JOBS, cbor.encode("first"))
    row_id = store_call(world)
    answer = await delivered(world, actor, "mow", outbox=row_id)
    assert (answer.code, waits(world, row_id), actor.state) == ("queue.full", True, State.STARTED)


async def test_a_message_that_cannot_be_stored_undoes_nothing_of_others(world: World) -> None:
    async def change_slowly(self: Instance) -> None:
        await world.clock.sleep(1)
        self.ctx.state += 1

    small = define_receiver()
    actor = await world.actor(replace(small, actions=define(slow=change_slowly).actions))
    world.send(actor, "slow")
    await world.clock.settle()
    hold = world.faults.hold("queue_open")
    world.faults.fail_next("queue_open")
    answer = await delivered(world, actor, "mow", outbox=store_call(world))
    await world.clock.advance(1)
    hold.release()
    await world.clock.settle()
    assert answer.code == "storage.unavailable"
    assert (world.stored(actor), actor.state) == (1, State.STARTED)


async def test_a_queue_that_this_node_does_not_know_keeps_the_call_waiting(
    world: World, actor: ActorTask
) -> None:
    row_id = store_call(world)
    answer = await delivered(world, actor, "mow", "unknown", outbox=row_id)
    assert (answer.code, waits(world, row_id)) == ("actor.outcome_unknown", True)
