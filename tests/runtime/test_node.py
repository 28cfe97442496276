"""A node: finding, starting, destroying and draining actors; and two nodes that want the same one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors.conf import NodeConfig
from actors.errors import ActorError, UserError, error
from actors.protocol import cbor
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from actors.storage.store import ActorQuery, Claimed, ClaimRequest, HeldElsewhere, NodeRecord
from tests.runtime.support import COUNTER, TICKED, Instance, World, define, in_memory, request

pytestmark = pytest.mark.actors(store="both")


def claims(world: World) -> list[int]:
    """How many claims each later `store.claim` of the first node carries."""
    counted: list[int] = []
    real = world.store.claim

    async def claim(node_id: str, requests: Any) -> Any:
        counted.append(len(requests))
        await asyncio.sleep(0)
        return await real(node_id, requests)

    world.store.claim = claim  # type: ignore[method-assign]
    return counted


# -- finding and starting ------------------------------------------------------------------------------
async def test_a_key_made_with_an_input_that_is_refused_stays_taken_until_destroyed(world: World) -> None:
    def create(instance: object, given: Any) -> int:
        if given != 7:
            raise UserError("seven or nothing")
        return 7

    node = await world.node(define(state=replace(COUNTER, create=create)))
    for given, made in ((8, "first"), (7, "second")):
        with pytest.raises(UserError, match="seven or nothing"):
            await node.ensure(request(given=cbor.encode(given), new_id=made))
    assert await node.destroy("first") is True
    found = await node.ensure(request(given=cbor.encode(7), new_id="third"))
    assert isinstance(found, ActorTask)
    assert (found.actor_id, found.context.state) == ("third", 7)


async def test_an_awake_actor_is_found_without_io(world: World) -> None:
    actor = await world.actor(define())
    node = world.nodes[0]
    assert node.local(actor.actor_id) is actor
    assert node.local_by_key("counter", "a") is actor
    assert node.local_by_key("counter", "b") is None
    actor.request_sleep()
    await world.clock.settle()
    assert (node.local(actor.actor_id), node.local_by_key("counter", "a")) == (None, None)


async def test_concurrent_ensures_of_one_actor_share_one_start(world: World) -> None:
    started: list[int] = []

    async def on_wake(self: Instance) -> None:
        started.append(1)
        await asyncio.sleep(0)

    node = await world.node(define(hooks={"on_wake": on_wake}))
    asked = claims(world)
    found = await asyncio.gather(*(node.ensure(request()) for _ in range(50)))
    assert (len({id(task) for task in found}), started, asked) == (1, [1], [1])


async def test_an_ensure_by_id_and_one_by_key_share_one_start(world: World) -> None:
    first = await world.actor(define())
    first.request_sleep()
    await world.clock.settle()
    node = world.nodes[0]
    by_key, by_id = await asyncio.gather(
        node.ensure(request()), node.ensure(ClaimRequest(actor_id=first.actor_id))
    )
    assert by_key is by_id
    assert isinstance(by_key, ActorTask) and by_key.generation == first.generation + 1


async def test_many_cold_actors_are_claimed_in_few_round_trips(world: World) -> None:
    node = await world.node(define())
    asked = claims(world)
    await asyncio.gather(*(node.ensure(request(key=str(number))) for number in range(100)))
    assert (sum(asked), len(asked) <= 3) == (100, True)


async def test_a_caller_that_gives_up_does_not_take_the_start_with_it(world: World) -> None:
    go_on = asyncio.Event()

    async def on_wake(self: Instance) -> None:
        await go_on.wait()

    node = await world.node(define(hooks={"on_wake": on_wake}))
    impatient = world.clock.spawn(node.ensure(request()), name="impatient")
    patient = world.clock.spawn(node.ensure(request()), name="patient")
    await world.clock.settle()
    impatient.cancel()
    await world.clock.settle()
    go_on.set()
    await world.clock.settle()
    assert isinstance(patient.result(), ActorTask)


async def test_every_waiter_hears_why_a_start_failed(world: World) -> None:
    async def on_wake(self: Instance) -> None:
        await asyncio.sleep(0)
        raise UserError("no", code="closed")

    node = await world.node(define(hooks={"on_wake": on_wake}))
    outcomes = await asyncio.gather(*(node.ensure(request()) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["user.closed: no"] * 3
    assert node.stats().awake == 0


async def test_waiting_for_a_start_has_an_end(world: World) -> None:
    async def on_wake(self: Instance) -> None:
        await asyncio.Event().wait()

    node = await world.node(define(hooks={"on_wake": on_wake}, options=Options(on_wake_timeout=1000)))
    waiting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.advance(30)
    with pytest.raises(ActorError, match=r"guard\.actor_ready_timeout"):
        waiting.result()


async def test_get_never_makes_an_actor(world: World) -> None:
    node = await world.node(define())
    for wanted in (ClaimRequest(name="counter", key="a"), ClaimRequest(actor_id="nobody")):
        with pytest.raises(ActorError, match=r"actor\.not_found"):
            await node.ensure(wanted)
    assert await node.store.list(ActorQuery()) == []


async def test_get_or_create_is_not_misled_by_a_get_of_somebody_else(world: World) -> None:
    node = await world.node(define())
    claims(world)
    getting = world.clock.spawn(node.ensure(ClaimRequest(name="counter", key="a")), name="get")
    await asyncio.sleep(0)
    making = world.clock.spawn(node.ensure(request()), name="get or create")
    await world.clock.settle()
    with pytest.raises(ActorError, match=r"actor\.not_found"):
        getting.result()
    assert isinstance(making.result(), ActorTask)


async def test_a_class_that_is_not_registered_is_not_claimed(world: World) -> None:
    node = await world.node(define())
    with pytest.raises(ActorError, match=r"actor\.not_registered"):
        await node.ensure(request("unknown"))
    assert await node.store.list(ActorQuery()) == []


async def test_a_call_for_a_stopping_actor_waits_for_its_next_generation(world: World) -> None:
    go_on = asyncio.Event()

    async def on_sleep(self: Instance) -> None:
        await go_on.wait()
        self.ctx.state += 1

    definition = define(hooks={"on_sleep": on_sleep})
    actor = await world.actor(definition)
    actor.request_sleep()
    await world.clock.settle()
    waiting = world.clock.spawn(world.nodes[0].ensure(request()), name="ensure")
    await world.clock.settle()
    assert not waiting.done()
    go_on.set()
    await world.clock.settle()
    found = waiting.result()
    assert isinstance(found, ActorTask)
    assert (found.generation, (await world.ask(found, "get")).value) == (actor.generation + 1, 1)


# -- destroying ----------------------------------------------------------------------------------------
async def test_destroy_ends_an_awake_actor_with_its_hook(world: World) -> None:
    log: list[str] = []

    async def on_destroy(self: Instance) -> None:
        log.append("on_destroy")

    actor = await world.actor(define(hooks={"on_destroy": on_destroy}))
    assert await world.nodes[0].destroy(actor.actor_id) is True
    assert log == ["on_destroy"]
    assert (await world.record(actor.actor_id)).destroyed_at is not None
    assert await world.nodes[0].destroy(actor.actor_id) is False
    assert await world.nodes[0].destroy("nobody") is False


async def test_destroy_of_a_sleeping_actor_does_not_wake_it(world: World) -> None:
    log: list[str] = []

    async def on_wake(self: Instance) -> None:
        log.append("on_wake")

    actor = await world.actor(define(hooks={"on_wake": on_wake}))
    actor.request_sleep()
    await world.clock.settle()
    log.clear()
    assert await world.nodes[0].destroy(actor.actor_id) is True
    assert log == []


async def test_destroy_waits_for_a_start_under_way(world: World) -> None:
    go_on = asyncio.Event()

    async def on_wake(self: Instance) -> None:
        await go_on.wait()

    node = await world.node(define(hooks={"on_wake": on_wake}))
    starting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.settle()
    destroying = world.clock.spawn(node.destroy("counter-a"), name="destroy")
    await world.clock.settle()
    go_on.set()
    await world.clock.settle()
    assert (destroying.result(), starting.done(), node.stats().awake) == (True, True, 0)


async def test_destroy_waits_for_a_claim_under_way(world: World) -> None:
    actor = await world.actor(define())
    actor.request_sleep()
    await world.clock.settle()
    node = world.nodes[0]
    go_on = asyncio.Event()
    real = world.store.claim

    async def claim(*arguments: Any) -> Any:
        results = await real(*arguments)
        await go_on.wait()
        return results

    world.store.claim = claim  # type: ignore[method-assign]
    starting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.settle()
    destroying = world.clock.spawn(node.destroy(actor.actor_id), name="destroy")
    await world.clock.settle()
    go_on.set()
    await world.clock.settle()
    assert (destroying.result(), node.stats().awake) == (True, 0)
    assert starting.done()


async def test_an_actor_that_wakes_while_it_is_destroyed_does_not_live_on(world: World) -> None:
    actor = await world.actor(define())
    actor.request_sleep()
    await world.clock.settle()
    node = world.nodes[0]
    woken: list[Any] = []

    async def locate(actor_id: str) -> None:
        woken.append(await node.ensure(request()))

    world.store.locate = locate  # type: ignore[method-assign]
    assert await node.destroy(actor.actor_id) is True
    assert (woken[0].state, node.stats().awake) == (State.TERMINATED, 0)


async def test_an_id_never_leads_to_the_successor_under_the_same_key(world: World) -> None:
    actor = await world.actor(define())
    node = world.nodes[0]
    (record,) = await world.store.get([actor.actor_id])
    await node.destroy(actor.actor_id)
    await world.actor(define(), new_id="successor")

    async def get(ids: Any) -> Any:
        return [record]

    world.store.get = get  # type: ignore[method-assign]  # what was read just before
    with pytest.raises(ActorError, match=r"actor\.not_found"):
        await node.ensure(ClaimRequest(actor_id=actor.actor_id))


# -- draining ------------------------------------------------------------------------------------------
async def test_drain_puts_everything_to_sleep_and_leaves(world: World) -> None:
    actors = [await world.actor(define(), key=str(number)) for number in range(20)]
    node = world.nodes[0]
    answers = [world.send(actor, "increment") for actor in actors]
    draining = world.clock.spawn(node.drain(4), name="drain")
    await world.clock.settle()
    assert draining.done()
    assert [answer.value for answer in answers] == [1] * 20
    second = await world.node()
    assert {record.node_id for record in await second.store.list(ActorQuery())} == {None}
    assert [node.node_id for node in await second.store.live_nodes()] == [second.node_id]
    with pytest.raises(ActorError, match=r"guard\.service_unavailable"):
        await node.ensure(request())


async def test_drain_ends_in_time_whatever_actors_do(world: World) -> None:
    async def stubborn(self: Instance) -> None:
        while True:
            try:
                await world.clock.sleep(50)
                return
            except asyncio.CancelledError:
                continue

    actor = await world.actor(define(hooks={"run": stubborn}))
    draining = world.clock.spawn(world.nodes[0].drain(4), name="drain")
    await world.clock.advance(4)
    assert draining.done()
    assert actor.state is State.TERMINATED
    await world.clock.advance(60)


@in_memory
async def test_a_start_that_cannot_join_leaves_no_store_open(world: World) -> None:
    closed: list[bool] = []
    node = await world.node(define())
    await node.drain(1)

    async def join(*_: Any) -> None:
        raise error("storage.unavailable")

    async def close() -> None:
        closed.append(True)

    world.store.join, world.store.close = join, close  # type: ignore[method-assign]
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await node.start()
    assert closed == [True]


# -- two nodes -----------------------------------------------------------------------------------------
async def test_a_live_node_keeps_its_actors(world: World) -> None:
    actor = await world.actor(define())
    second = await world.node()
    held = await second.ensure(request())
    assert held == HeldElsewhere(actor.actor_id, NodeRecord("node1", "http://1"))
    assert await second.destroy(actor.actor_id) == held


async def test_concurrent_creates_on_two_nodes_give_one_actor(world: World) -> None:
    first, second = await world.node(define()), await world.node()
    found = await asyncio.gather(*(node.ensure(request()) for node in [first, second] * 10))
    assert len({task.actor_id for task in found}) == 1
    assert len({id(task) for task in found if isinstance(task, ActorTask)}) == 1


@in_memory
async def test_a_node_whose_session_broke_loses_its_actors_to_another_at_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    actor = await world.actor(define())
    client = await world.connect(actor)
    await world.ask(actor, "increment", 5)
    second = await world.node()
    world.database.drop_session("node1")
    assert (actor.state, client.wire.closed) == (State.TERMINATED, (1011, "actor.restarting"))
    (lost,) = (record.__dict__ for record in caplog.records if record.message.startswith("actor.lease_lost"))
    assert (lost["node_id"], lost["reason"]) == ("node1", "session_ended")
    taken = await second.ensure(request())
    assert isinstance(taken, ActorTask)
    assert (taken.generation, (await world.ask(taken, "get")).value) == (actor.generation + 1, 5)


@in_memory
async def test_a_frozen_node_changes_nothing_and_answers_nothing(world: World) -> None:
    waiting = asyncio.Event()

    async def slow(self: Instance) -> int:
        self.ctx.state = 99
        await waiting.wait()
        return 99

    definition = define(slow=slow)
    frozen = await world.actor(definition)
    client = await world.connect(frozen, "ticked")
    await world.ask(frozen, "increment", 5)
    before = await world.ask(frozen, "slow", conn=client.conn)
    second = await world.node()
    # The process stands still: its heartbeats fail to come, and the database sees the lease run out.
    world.database.sessions["node1"].heartbeat_at -= 100
    taken = await second.ensure(request())
    assert isinstance(taken, ActorTask)
    assert (await world.ask(taken, "increment")).value == 6
    # It comes back before it has noticed, in the middle of its work.
    waiting.set()
    late = await world.ask(frozen, "get")
    assert (before.code, before.deliveries) == ("actor.outcome_unknown", 1)
    assert late.error is not None
    assert frozen.state is State.TERMINATED
    assert (world.stored(taken), (await world.ask(taken, "get")).value) == (6, 6)


@in_memory
async def test_a_node_that_lost_its_lease_joins_again_under_a_new_id(world: World) -> None:
    definition = define()
    actor = await world.actor(definition)
    node = world.nodes[0]
    running = asyncio.Event()
    lost: list[int] = []
    real = world.store.join

    async def join(*arguments: Any) -> None:
        lost.append(1)
        if len(lost) < 3:
            raise error("storage.unavailable")
        await real(*arguments)

    world.store.join = join  # type: ignore[method-assign]
    before = node.node_id
    world.database.drop_session(before)
    waiting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.settle()
    assert not waiting.done()
    await world.clock.advance(1)
    again = waiting.result()
    assert isinstance(again, ActorTask)
    assert (again.generation, node.node_id != before, len(lost)) == (actor.generation + 1, True, 3)
    assert (await world.ask(again, "increment")).value == 1
    running.set()


@in_memory
async def test_a_node_that_drains_stops_trying_to_join(world: World) -> None:
    node = await world.node(define())
    tries: list[int] = []

    async def join(*_: Any) -> None:
        tries.append(1)
        raise error("storage.unavailable")

    world.store.join = join  # type: ignore[method-assign]
    world.database.drop_session(node.node_id)
    await world.clock.advance(3)
    assert tries
    await node.drain(1)
    tries.clear()
    await world.clock.advance(60)
    assert tries == []


@in_memory
async def test_who_waits_for_a_lost_node_is_told_when_it_drains_instead(world: World) -> None:
    node = await world.node(define())

    async def join(*_: Any) -> None:
        raise error("storage.unavailable")

    world.store.join = join  # type: ignore[method-assign]
    world.database.drop_session(node.node_id)
    waiting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.settle()
    await node.drain(1)
    await world.clock.settle()
    with pytest.raises(ActorError, match=r"guard\.service_unavailable"):
        waiting.result()
    await world.clock.advance(60)


@in_memory
async def test_a_node_that_drains_while_it_joins_again_does_not_stay(world: World) -> None:
    node = await world.node(define())
    go_on = asyncio.Event()
    real = world.store.join

    async def join(*arguments: Any) -> None:
        await go_on.wait()
        await real(*arguments)

    world.store.join = join  # type: ignore[method-assign]
    world.database.drop_session(node.node_id)
    await world.clock.settle()
    await node.drain(1)
    go_on.set()
    await world.clock.settle()
    assert world.database.sessions == {}


async def test_drain_does_not_wait_for_a_database_that_is_silent(world: World) -> None:
    node = await world.node(define())
    silent = asyncio.Event()

    async def leave(node_id: str) -> None:
        await silent.wait()

    world.store.leave = leave  # type: ignore[method-assign]
    draining = world.clock.spawn(node.drain(2), name="drain")
    await world.clock.advance(2.1)
    assert draining.done()
    silent.set()


@in_memory
async def test_callers_learn_nothing_certain_from_a_node_that_lost_its_lease(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    never = asyncio.Event()

    async def slow(self: Instance) -> None:
        self.ctx.broadcast(TICKED, ("half",))
        await never.wait()

    actor = await world.actor(define(slow=slow))
    client = await world.connect(actor, "ticked")
    commits = world.faults.hold("commit")
    answers = [world.send(actor, "slow", conn=client.conn), world.send(actor, "increment")]
    await world.clock.settle()
    world.database.drop_session(world.nodes[0].node_id)
    commits.release()
    await world.clock.settle()
    assert [answer.code for answer in answers] == ["actor.outcome_unknown"] * 2
    assert [answer.deliveries for answer in answers] == [1, 1]
    assert client.wire.frames == []
    assert [record.message for record in caplog.records if record.exc_info] == []


@in_memory
async def test_a_claim_that_the_lease_does_not_survive_starts_nothing(world: World) -> None:
    node = await world.node(define())
    go_on = asyncio.Event()
    real = world.store.claim

    async def claim(*arguments: Any) -> Any:
        results = await real(*arguments)
        await go_on.wait()
        return results

    world.store.claim = claim  # type: ignore[method-assign]
    starting = world.clock.spawn(node.ensure(request()), name="ensure")
    await world.clock.settle()
    world.database.drop_session(node.node_id)
    go_on.set()
    await world.clock.settle()
    with pytest.raises(ActorError, match=r"actor\.restarting"):
        starting.result()
    assert node.stats().awake == 0


async def test_a_node_that_claims_its_own_actor_again_fences_the_older_generation(world: World) -> None:
    actor = await world.actor(define())
    node = world.nodes[0]
    (claimed,) = await world.store.claim(node.node_id, [request()])
    assert isinstance(claimed, Claimed)
    answer = await world.ask(actor, "increment")
    assert (answer.code, actor.state, world.stored(actor)) == (
        "actor.outcome_unknown",
        State.TERMINATED,
        0,
    )


async def test_the_lease_runs_out_when_the_database_does_not_answer(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=1000)))

    async def heartbeat(node_id: str, vitals: str | None) -> bool:
        raise error("storage.unavailable")

    world.store.heartbeat = heartbeat  # type: ignore[method-assign]
    await world.clock.advance(NodeConfig().lease_duration + 0.1)
    assert actor.state is State.TERMINATED


async def test_stats(world: World) -> None:
    actor = await world.actor(define())
    await world.connect(actor)
    await world.ask(actor, "increment")
    stats = world.nodes[0].stats()
    assert (stats.awake, stats.connections, stats.commits.rows) == (1, 1, 2)
