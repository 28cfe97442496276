"""Connections that outlive a generation: who waits for whom, what is kept, and who is seen off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

from actors.errors import ActorError, UserError
from actors.protocol import cbor, persist
from actors.runtime.conn import Conn, SocketId
from actors.runtime.definition import ConnStateDefinition
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from actors.storage.directory import Loss
from actors.storage.store import Claimed, ClaimRequest, HeldElsewhere
from tests.runtime.lines import Line, dial, lull
from tests.runtime.support import TICKED, Instance, World, define, request

pytestmark = pytest.mark.actors(store="both")


async def announce(self: Instance, text: str) -> None:
    self.ctx.broadcast(TICKED, (text,))


def diary(log: list[Any], *names: str) -> dict[str, Callable[..., Any]]:
    """Hooks that write down that they ran, and for whom."""

    def hook(name: str) -> Callable[..., Any]:
        async def run(self: Instance, *given: Any) -> None:
            about = given[0].params if given and isinstance(given[0], Conn) else None
            log.append(name if about is None else (name, about))

        return run

    return {name: hook(name) for name in names}


async def awake(world: World, actor_id: str) -> ActorTask:
    """Woken by something else than a socket."""
    found = await world.nodes[0].ensure(ClaimRequest(actor_id=actor_id))
    assert isinstance(found, ActorTask)
    await world.clock.settle()
    return found


# -- asleep and awake ----------------------------------------------------------------------------------
async def test_an_idle_hibernatable_connection_lets_its_actor_sleep(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=30)))
    line = await dial(world, actor)
    await world.clock.advance(30)
    assert actor.state is State.TERMINATED
    assert (line.wire.closed, line.gone) == (None, False)
    assert world.nodes[0].stats().connections == 1


async def test_a_listener_inside_the_process_keeps_its_actor_awake(world: World) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=30)))
    await dial(world, actor)
    await world.connect(actor)
    await world.clock.advance(300)
    assert actor.state is State.STARTED


async def test_a_message_wakes_the_actor_and_is_answered(world: World) -> None:
    log: list[Any] = []
    hooks = diary(log, "on_wake", "on_before_connect", "on_connect", "on_disconnect", "on_sleep")
    actor = await world.actor(define(hooks=hooks))
    line = await dial(world, actor)
    first = line.say("increment")
    await lull(world, actor)
    second = line.say("increment")
    await world.clock.settle()
    assert (first.value, second.value, first.deliveries, second.deliveries) == (1, 2, 1, 1)
    assert line.task.generation == actor.generation + 1
    assert log == ["on_wake", "on_before_connect", "on_connect", "on_sleep", "on_wake"]


async def test_a_connection_comes_back_as_it_was(world: World) -> None:
    seen: list[Any] = []

    async def on_wake(self: Instance) -> None:
        seen.append({conn.id: (conn.params, conn.state) for conn in self.ctx.conns.values()})

    async def on_connect(self: Instance, conn: Conn[Any]) -> None:
        conn.state = {"visits": 1}

    async def write(self: Instance) -> None:
        self.ctx.conn.state["visits"] += 1

    hooks = {"on_wake": on_wake, "on_connect": on_connect}
    actor = await world.actor(define(hooks=hooks, write=write, announce=announce))
    line = await dial(world, actor, "ticked", params={"name": "ada"})
    assert line.conn is not None
    conn_id = line.conn.id
    line.say("write")
    await world.clock.settle()
    await lull(world, actor)
    again = await awake(world, actor.actor_id)
    # Whoever else wakes the actor: the client is there before on_wake, with what was never saved by hand.
    assert seen == [{}, {conn_id: ({"name": "ada"}, {"visits": 2})}]
    assert line.conn is again.context.conns[conn_id]
    assert line.conn.request is line.request
    world.send(again, "announce", "back")
    await world.clock.settle()
    assert line.wire.frames == [("ticked", "back")], "the subscription came back"


async def test_a_muted_connection_is_muted_after_the_sleep_until_it_is_unmuted(world: World) -> None:
    actor = await world.actor(define(announce=announce))
    line = await dial(world, actor, "ticked")
    assert line.conn is not None
    conn_id = line.conn.id
    assert actor.serving.mute(conn_id, True)
    await lull(world, actor)
    again = await awake(world, actor.actor_id)
    assert [conn.muted for conn in again.inspection.connections()] == [True]
    await world.ask(again, "announce", "unheard")
    answer = line.say("increment")
    await world.clock.settle()
    assert (line.wire.frames, answer.value) == ([], 1)
    assert again.serving.mute(conn_id, False)
    await lull(world, again)
    await world.ask(await awake(world, actor.actor_id), "announce", "heard")
    assert line.wire.frames == [("ticked", "heard")]


async def test_the_state_of_a_connection_comes_back_typed(world: World) -> None:
    @dataclass
    class Seat:
        row: int

    async def on_connect(self: Instance, conn: Conn[Any]) -> None:
        conn.state = Seat(4)

    definition = define(hooks={"on_connect": on_connect})
    decoder = msgspec.msgpack.Decoder(Seat)
    typed = ConnStateDefinition(msgspec.msgpack.encode, decoder.decode)
    actor = await world.actor(_with(definition, typed))
    line = await dial(world, actor)
    await lull(world, actor)
    await awake(world, actor.actor_id)
    assert line.conn is not None and line.conn.state == Seat(4)


async def test_events_of_hooks_reach_a_client_that_came_back(world: World) -> None:
    async def on_wake(self: Instance) -> None:
        self.ctx.broadcast(TICKED, (len(self.ctx.conns),))

    actor = await world.actor(define(hooks={"on_wake": on_wake, "on_sleep": on_wake}))
    line = await dial(world, actor, "ticked")
    await lull(world, actor)
    await awake(world, actor.actor_id)
    assert line.wire.frames == [("ticked", 1), ("ticked", 1)]


# -- trap 10: nothing is answered by a generation that leaves ------------------------------------------
async def test_trap_10_what_is_said_while_the_actor_falls_asleep_is_answered_by_the_next_generation(
    world: World,
) -> None:
    answers: list[Any] = []
    line: Line

    async def on_sleep(self: Instance) -> None:
        answers.append(line.say("who"))
        await world.clock.sleep(1)

    async def who(self: Instance) -> int:
        return actor_of(self)

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}, who=who))
    line = await dial(world, actor)
    actor.request_sleep()
    await world.clock.settle()
    assert not answers[0].here
    await world.clock.advance(1)
    assert (answers[0].value, answers[0].deliveries) == (actor.generation + 1, 1)


async def test_trap_10_an_answer_that_is_ready_within_the_grace_leaves_once(world: World) -> None:
    go = asyncio.Event()

    async def slow(self: Instance) -> int:
        await go.wait()
        self.ctx.state += 1
        return int(self.ctx.state)

    actor = await world.actor(define(slow=slow))
    line = await dial(world, actor)
    answer = line.say("slow")
    actor.request_sleep()
    await world.clock.settle()
    go.set()
    await world.clock.settle()
    assert (answer.value, answer.deliveries, actor.state) == (1, 1, State.TERMINATED)
    await awake(world, actor.actor_id)
    assert (await world.ask(line.task, "get")).value == 1, "it is not run again"


async def test_an_action_that_the_grace_cuts_off_runs_again_and_is_answered_once(world: World) -> None:
    runs: list[int] = []

    async def slow(self: Instance) -> int:
        runs.append(actor_of(self))
        if len(runs) == 1:
            await asyncio.Event().wait()
        return len(runs)

    actor = await world.actor(define(slow=slow, options=Options(sleep_grace_period=2)))
    line = await dial(world, actor)
    first = line.say("slow")
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.settle()
    later = line.say("increment")
    await world.clock.advance(2)
    assert runs == [1, 2]
    assert (first.value, first.deliveries, later.value, later.deliveries) == (2, 1, 1, 1)


async def test_what_waits_is_replayed_before_what_comes_later(world: World) -> None:
    order: list[str] = []

    def note(self: Instance, name: str) -> None:
        order.append(name)

    actor = await world.actor(define(note=note))
    line = await dial(world, actor)
    await lull(world, actor)
    for name in "abc":
        line.say("note", name)
    await world.clock.settle()
    line.say("note", "d")
    assert order == ["a", "b", "c", "d"]


async def test_a_caller_without_a_socket_is_told_when_the_grace_is_over(world: World) -> None:
    async def slow(self: Instance) -> None:
        await asyncio.Event().wait()

    actor = await world.actor(define(slow=slow, options=Options(sleep_grace_period=2)))
    line = await dial(world, actor)
    client = await world.connect(actor)
    told, kept = world.send(actor, "slow", conn=client.conn), line.say("slow")
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.advance(2)
    assert (told.code, kept.here, client.wire.closed) == (
        "actor.outcome_unknown",
        False,
        (1000, "actor.stopped"),
    )
    line.task.request_destroy()
    await world.clock.advance(5)


# -- trap 18: three cases at a start -------------------------------------------------------------------
async def test_trap_18_live_and_stored_is_restored(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_connect", "on_disconnect")))
    line = await dial(world, actor, params="ada")
    await lull(world, actor)
    await awake(world, actor.actor_id)
    assert (line.attached, line.wire.closed, log) == (2, None, [("on_connect", "ada")])


async def test_trap_18_live_but_not_stored_is_closed(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor)
    await lull(world, actor)
    await world.nodes[0].store.forget_conns(actor.actor_id, actor.generation + 1)
    again = await awake(world, actor.actor_id)
    assert (line.wire.closed, len(again.context.conns)) == ((1011, "actor.restarting"), 0)


async def test_trap_18_stored_but_dead_is_seen_off_once(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_disconnect")))
    lines = [await dial(world, actor, params=name) for name in ("ada", "bob")]
    await lull(world, actor)
    # As after a crash of the process: the sockets are gone, and nobody was there to hear it.
    world.nodes[0].parking.take(actor.actor_id)
    again = await awake(world, actor.actor_id)
    assert sorted(log) == [("on_disconnect", "ada"), ("on_disconnect", "bob")]
    assert (len(again.context.conns), lines[0].attached) == (0, 1)
    await lull(world, again)
    await awake(world, actor.actor_id)
    assert len(log) == 2, "the rows are gone"


async def test_a_client_that_leaves_while_the_actor_sleeps_wakes_it_to_be_seen_off(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_disconnect", "on_wake")))
    ada, bob = [await dial(world, actor, params=name) for name in ("ada", "bob")]
    await lull(world, actor)
    ada.leave()
    await world.clock.settle()
    assert log == ["on_wake", "on_wake", ("on_disconnect", "ada")]
    assert bob.task.context.conns.keys() == {bob.conn.id} if bob.conn else False
    await lull(world, bob.task)
    await awake(world, actor.actor_id)
    assert log.count(("on_disconnect", "ada")) == 1


async def test_a_client_that_leaves_while_the_actor_falls_asleep_is_seen_off_once(world: World) -> None:
    log: list[Any] = []

    async def on_sleep(self: Instance) -> None:
        await world.clock.sleep(1)

    hooks = {**diary(log, "on_disconnect"), "on_sleep": on_sleep}
    actor = await world.actor(define(hooks=hooks))
    line = await dial(world, actor, params="ada")
    actor.request_sleep()
    await world.clock.settle()
    line.leave()
    await world.clock.advance(1)
    assert (log, actor.state) == ([("on_disconnect", "ada")], State.TERMINATED)
    assert world.nodes[0].stats().awake == 0, "nobody was woken for it"
    assert len((await awake(world, actor.actor_id)).context.conns) == 0
    assert len(log) == 1


async def test_a_client_that_leaves_while_the_actor_wakes_is_seen_off_once(world: World) -> None:
    log: list[Any] = []
    go = asyncio.Event()

    async def on_wake(self: Instance) -> None:
        await go.wait()

    hooks = {**diary(log, "on_disconnect"), "on_wake": on_wake}
    go.set()
    actor = await world.actor(define(hooks=hooks))
    line = await dial(world, actor, params="ada")
    await lull(world, actor)
    go.clear()
    line.say("increment")
    await world.clock.settle()
    line.leave()
    await world.clock.settle()
    assert log == []
    go.set()
    await world.clock.settle()
    assert log == [("on_disconnect", "ada")]


# -- what cannot be ------------------------------------------------------------------------------------
async def test_a_start_that_fails_closes_the_sockets_with_its_reason(world: World) -> None:
    log: list[Any] = []
    broken = False

    async def on_wake(self: Instance) -> None:
        if broken:
            raise UserError("no", code="not_today")

    hooks = {**diary(log, "on_disconnect"), "on_wake": on_wake}
    actor = await world.actor(define(hooks=hooks))
    speaker, idler = [await dial(world, actor, params=name) for name in ("ada", "bob")]
    await lull(world, actor)
    broken = True
    answer = speaker.say("increment")
    await world.clock.settle()
    assert [speaker.wire.closed, idler.wire.closed] == [(1011, "user.not_today")] * 2
    assert (answer.here, log) == (False, [])
    broken = False
    await awake(world, actor.actor_id)
    assert sorted(log) == [("on_disconnect", "ada"), ("on_disconnect", "bob")]


async def test_a_state_that_cannot_be_stored_costs_that_connection_alone(world: World) -> None:
    log: list[Any] = []

    async def spoil(self: Instance) -> None:
        self.ctx.conn.state = object()

    actor = await world.actor(define(spoil=spoil, hooks=diary(log, "on_disconnect")))
    bad, good = [await dial(world, actor, params=name) for name in ("bad", "good")]
    bad.say("spoil")
    await world.clock.settle()
    await lull(world, actor)
    assert bad.wire.closed == (1011, "actor.hibernation_persist_failed")
    assert log == [("on_disconnect", "bad")]
    await awake(world, actor.actor_id)
    assert (good.attached, good.wire.closed) == (2, None)


async def test_a_row_that_cannot_be_read_costs_that_connection_alone(world: World) -> None:
    async def keep(self: Instance, value: Any) -> None:
        self.ctx.conn.state = value

    def decode(data: bytes) -> Any:
        value = msgspec.msgpack.decode(data)
        if value == "bad":
            raise ValueError("of an older version")
        return value

    actor = await world.actor(_with(define(keep=keep), ConnStateDefinition(decode=decode)))
    bad, good = [await dial(world, actor) for _ in range(2)]
    bad.say("keep", "bad")
    good.say("keep", "good")
    await world.clock.settle()
    await lull(world, actor)
    again = await awake(world, actor.actor_id)
    assert (bad.wire.closed, good.wire.closed) == ((1011, "actor.restarting"), None)
    assert [conn.state for conn in again.context.conns.values()] == ["good"]


async def test_connections_that_cannot_be_stored_are_closed(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor)
    world.faults.fail_next("release", "unavailable")
    await lull(world, actor)
    assert line.wire.closed == (1011, "actor.hibernation_persist_failed")
    assert len((await awake(world, actor.actor_id)).context.conns) == 0


async def test_rows_that_cannot_be_removed_disturb_nobody_who_is_here(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_disconnect")))
    line = await dial(world, actor)
    await lull(world, actor)
    world.faults.fail_next("forget_conns", "unavailable")
    again = await awake(world, actor.actor_id)
    assert len(again.context.conns) == 1
    await world.clock.advance(1)
    await lull(world, again)
    last = await awake(world, actor.actor_id)
    assert (len(last.context.conns), line.wire.closed, log) == (1, None, [])


async def test_nobody_is_seen_off_before_no_row_names_him_any_more(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_disconnect")))
    lines = [await dial(world, actor, params=name) for name in ("ada", "bob", "eve")]
    await lull(world, actor)
    world.faults.fail_next("forget_conns", "unavailable")
    lines[0].leave()
    await world.clock.settle()
    lines[1].leave()
    await world.clock.settle()
    assert (lines[1].task.generation, log) == (2, [])
    await world.clock.advance(1)
    assert sorted(log) == [("on_disconnect", "ada"), ("on_disconnect", "bob")]
    await lull(world, lines[2].task)
    last = await awake(world, actor.actor_id)
    assert (len(last.context.conns), len(log)) == (1, 2)


@pytest.mark.parametrize("end", ["crash", "grace over"])
async def test_a_generation_that_cannot_remove_rows_leaves_the_farewells_to_the_next(
    world: World, end: str
) -> None:
    log: list[Any] = []
    actor = await world.actor(
        define(hooks=diary(log, "on_disconnect"), options=Options(sleep_grace_period=3))
    )
    lines = [await dial(world, actor, params=name) for name in ("ada", "bob")]
    await lull(world, actor)
    world.faults.fail_next("forget_conns", "unavailable", times=100)
    again = await awake(world, actor.actor_id)
    lines[0].leave()
    await world.clock.settle()
    if end == "crash":
        again.fence()
    else:
        again.request_sleep()
        await world.clock.advance(4)
    assert (again.state, log) == (State.TERMINATED, [])
    world.faults.clear()
    last = await awake(world, actor.actor_id)
    gone = ["ada", "bob"] if end == "crash" else ["ada"]
    assert sorted(log) == [("on_disconnect", name) for name in gone]
    await lull(world, last)
    await awake(world, actor.actor_id)
    assert len(log) == len(gone)


@pytest.mark.parametrize("field", ["gateway_id", "request_id"])
def test_an_id_of_three_bytes_is_refused(field: str) -> None:
    ids = {"gateway_id": b"gate", "request_id": b"requ", field: b"abc"}
    with pytest.raises(ActorError, match=rf"actor\.invalid_request: .*{field} .*4 bytes, got 3"):
        SocketId(**ids)


async def test_actors_with_equal_request_ids_do_not_mix(world: World) -> None:
    definition = define()
    ada, bob = [await world.actor(definition, key=key) for key in ("ada", "bob")]
    lines = [await dial(world, actor) for actor in (ada, bob)]
    lines[1].id = lines[0].id
    for actor in (ada, bob):
        await lull(world, actor)
    answers = [line.say("increment") for line in lines]
    await world.clock.settle()
    assert [answer.value for answer in answers] == [1, 1]
    assert [line.task.key for line in lines] == [("ada",), ("bob",)]


# -- ends ----------------------------------------------------------------------------------------------
async def test_destroying_closes_hibernatable_sockets_too(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_disconnect", "on_destroy")))
    line = await dial(world, actor, params="ada")
    actor.request_destroy()
    await world.clock.settle()
    assert line.wire.closed == (1000, "")
    assert sorted(log, key=str) == [("on_disconnect", "ada"), "on_destroy"]


async def test_destroying_a_sleeping_actor_closes_its_parked_sockets(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor)
    await lull(world, actor)
    assert await world.nodes[0].destroy(actor.actor_id) is True
    assert (line.wire.closed, len(world.nodes[0].parking)) == ((1000, ""), 0)


async def test_a_destroy_that_overtakes_the_sleep_closes_them_and_sees_them_off(world: World) -> None:
    log: list[Any] = []
    actor = await world.actor(define(hooks=diary(log, "on_disconnect", "on_destroy")))
    line = await dial(world, actor, params="ada")
    commits = world.faults.hold("commit")
    line.say("increment")
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.settle()
    assert actor.state is State.SLEEP_FINALIZE
    actor.request_destroy()
    commits.release()
    await world.clock.settle()
    assert (line.wire.closed, actor.destroyed) == ((1000, ""), True)
    assert log == ["on_destroy", ("on_disconnect", "ada")]


async def test_a_run_that_crashes_leaves_the_sockets_open(world: World) -> None:
    crash = asyncio.Event()

    async def run(self: Instance) -> None:
        await crash.wait()
        raise RuntimeError("broken")

    actor = await world.actor(define(hooks={"run": run}))
    line = await dial(world, actor)
    crash.set()
    await world.clock.settle()
    assert (actor.state, line.wire.closed) == (State.TERMINATED, None)
    crash.clear()
    answer = line.say("increment")
    await world.clock.settle()
    assert answer.value == 1
    await lull(world, line.task)


async def test_a_lost_lease_closes_parked_sockets(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor)
    await lull(world, actor)
    node = world.nodes[0]
    node._membership._lost(Loss.HEARTBEAT_REFUSED)
    assert (line.wire.closed, len(node.parking)) == ((1011, "actor.restarting"), 0)
    await world.clock.settle()


async def test_a_fenced_generation_cuts_its_sockets(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor)
    actor.fence()
    assert line.wire.closed == (1011, "actor.restarting")


async def test_a_drain_parks_nothing_and_sees_everybody_off(world: World) -> None:
    log: list[Any] = []
    definition = define(hooks=diary(log, "on_disconnect"))
    actor = await world.actor(definition)
    other = await world.actor(definition, key="b")
    here, parked = await dial(world, actor, params="here"), await dial(world, other, params="parked")
    await lull(world, other)
    draining = world.clock.spawn(world.nodes[0].drain(10), name="drain")
    await world.clock.settle()
    await draining
    assert here.wire.closed == (1000, "actor.stopped")
    assert parked.wire.closed == (1001, "ws.going_away")
    assert log == [("on_disconnect", "here")]
    second = await world.node()
    found = await second.ensure(request(key="b"))
    await world.clock.settle()
    assert isinstance(found, ActorTask), "the node has gone: its sleeping actors are free"
    assert log == [("on_disconnect", "here"), ("on_disconnect", "parked")]


async def test_a_sleeping_actor_with_sockets_stays_with_its_node(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor)
    await lull(world, actor)
    other = await world.node()
    found = await other.ensure(request())
    assert isinstance(found, HeldElsewhere) and found.node.node_id == "node1"
    assert isinstance(await other.destroy(actor.actor_id), HeldElsewhere)
    again = await awake(world, actor.actor_id)
    line.leave()
    await world.clock.settle()
    await lull(world, again)
    assert isinstance(await other.ensure(request()), ActorTask), "without sockets it is free"


async def test_what_is_stored_is_rivetkits_record_of_a_connection(world: World) -> None:
    actor = await world.actor(define())
    line = await dial(world, actor, "ticked", params={"name": "ada"})
    assert line.conn is not None
    conn_id = line.conn.id
    await lull(world, actor)
    (claimed,) = await world.nodes[0].store.claim("node1", [ClaimRequest(actor_id=actor.actor_id)])
    assert isinstance(claimed, Claimed)
    (data,) = claimed.conns
    record, version = persist.CONN_RECORD.decode(bytes(data))
    assert version == 4
    assert record == persist.Conn(
        id=conn_id,
        parameters=cbor.encode({"name": "ada"}),
        state=msgspec.msgpack.encode(None),
        subscriptions=[persist.Subscription("ticked")],
        gateway_id=line.id.gateway_id,
        request_id=line.id.request_id,
        server_message_index=0,
        client_message_index=7,
        request_path="/connect",
        request_headers={"x-test": "yes"},
    )


async def test_hooks_and_replayed_actions_wait_for_nobody(world: World) -> None:
    """A frame is nobody's call: one that wakes its actor from inside it must not look like a circle."""
    line: Line

    async def on_sleep(self: Instance) -> None:
        line.say("increment")

    actor = await world.actor(define(hooks={"on_sleep": on_sleep}))
    line = await dial(world, actor)
    await lull_for_a_moment(world, actor)
    assert (line.task.generation, line.wire.closed) == (actor.generation + 1, None)


async def lull_for_a_moment(world: World, actor: ActorTask) -> None:
    actor.request_sleep()
    await world.clock.settle()


def actor_of(instance: Instance) -> int:
    return instance.ctx._identity.generation


def _with(definition: Any, conn_state: ConnStateDefinition) -> Any:
    return replace(definition, conn_state=conn_state)
