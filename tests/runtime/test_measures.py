"""What a class of actors counts: every series by the thing that moves it, and none of it by actor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actors.errors import ActorError, UserError, error
from actors.runtime.conn import ConnectRequest
from actors.runtime.kinds import CONNECTIONS, POLICIES
from actors.runtime.measures import SERIES, SIZES, SUM, Measurements, Sort, layout
from actors.runtime.options import Options
from actors.runtime.registry import Registry
from tests.runtime.support import Answer, Instance, Wire, World, define, in_memory, request


@pytest.mark.parametrize("sort", ["gauge", "counter", "histogram"])
def test_no_two_series_share_a_cell(sort: Sort) -> None:
    width = SUM + 1 if sort == "histogram" else 1
    assert sorted(layout(sort).values()) == list(range(0, SIZES[sort], width))


def test_all_numbers_of_a_class_are_there_before_anything_happens() -> None:
    registry = Registry()
    registry.register(define("first"))
    registry.register(define("second"))
    assert set(Measurements(registry).prepared()) == {"first", "second"}


def test_every_kind_of_work_has_a_gauge_and_a_histogram() -> None:
    kinds = {policy.label for kind, policy in POLICIES.items() if kind not in CONNECTIONS}
    for name in ("user_tasks_active", "user_task_duration_seconds"):
        [series] = [series for series in SERIES if series.name == name]
        assert set(series.labels["kind"]) == kinds


@in_memory
@pytest.mark.slow
async def test_a_thousand_actors_count_in_the_cells_of_their_class(world: World) -> None:
    definition = define()
    for number in range(1000):
        await world.actor(definition, key=str(number))
    assert world.counted("active_count") == world.counted("started_total") == 1000
    assert set(world.measurements.prepared()) == {"counter"}


async def test_what_is_answered_with_an_error_is_counted_and_nothing_else(world: World) -> None:
    async def fail(self: Instance) -> None:
        raise ValueError

    async def stuck(self: Instance) -> None:
        await world.clock.sleep(100)

    actor = await world.actor(define(fail=fail, stuck=stuck))
    for name in ("get", "fail", "stuck"):
        world.send(actor, name)
    await world.clock.advance(99)
    assert world.counted("action_errors_total") == 2, "the second took too long"


async def test_actions_are_seen_while_they_run_and_timed_when_they_end(world: World) -> None:
    async def work(self: Instance) -> None:
        await world.clock.sleep(3)

    actor = await world.actor(define(work=work, turn=work, exclusive=("turn",)))
    for name in ("work", "turn", "turn"):
        world.send(actor, name)
    assert world.counted("inbox_depth", "dispatch") == 3, "none has had its first step"
    await world.clock.settle()
    assert world.gauges() == {
        ("active_count",): 1,
        ("user_tasks_active", "action"): 3,
        ("inbox_depth", "dispatch"): 1,
    }
    await world.clock.advance(6)
    assert world.gauges() == {("active_count",): 1}
    assert world.counted("user_task_duration_seconds", "action") == 3
    cells = world.measurements.of("counter").histograms
    assert cells[layout("histogram")["user_task_duration_seconds", "action"] + SUM] == pytest.approx(9)


async def test_a_sync_action_is_timed_as_well(world: World) -> None:
    def now(self: Instance) -> int:
        return 1

    actor = await world.actor(define(now=now))
    await world.ask(actor, "now")
    assert world.counted("user_task_duration_seconds", "action") == 1
    assert world.gauges() == {("active_count",): 1}


async def test_a_full_inbox_is_counted_by_what_was_asked_for(world: World) -> None:
    actor = await world.actor(define(options=Options(max_pending_actions=1)))
    world.send(actor, "increment")
    for _ in range(3):
        with pytest.raises(ActorError, match=r"actor\.overloaded"):
            actor.dispatch("increment", (), Answer(), None)
    assert world.counted("inbox_overload_total", "dispatch", "action") == 3
    assert world.counted("inbox_overload_total", "dispatch", "on_request") == 0


async def test_a_call_of_which_no_action_is_made_is_counted_and_one_that_begins_is_not(world: World) -> None:
    def refuse_them(*args: Any) -> tuple[Any, ...]:
        raise error("actor.invalid_request", reason="no such arguments")

    def refuse(self: Instance, params: Any) -> None:
        raise UserError("not you", code="rejected")

    definition = define(options=Options(max_pending_actions=1), hooks={"on_before_connect": refuse})
    bad = replace(definition.actions["get"], bind=refuse_them)
    actor = await world.actor(replace(definition, actions={**definition.actions, "bad": bad}))
    for name in ("nope", "bad"):
        with pytest.raises(ActorError):
            actor.dispatch(name, (), Answer(), None)
    turned_away = Answer()
    actor.call(ConnectRequest(), "get", (), turned_away)
    await world.clock.settle()
    assert turned_away.code == "user.rejected"
    assert world.counted("calls_refused_total") == 3
    world.send(actor, "increment")
    with pytest.raises(ActorError, match=r"actor\.overloaded"):
        actor.dispatch("increment", (), Answer(), None)
    assert world.counted("calls_refused_total") == 4
    assert world.counted("action_errors_total") == 0


async def test_connections_are_counted_once_and_go_down_with_each_that_leaves(world: World) -> None:
    actor = await world.actor(define())
    conns = [await actor.connect(ConnectRequest(), Wire()) for _ in range(3)]
    actor.close_connection(conns[0])
    actor.close_connection(conns[0])
    await world.clock.settle()
    assert (world.counted("connections_total"), world.counted("connections_active")) == (3, 2)


async def test_a_start_is_timed_by_phase_and_outcome(world: World) -> None:
    async def make(self: Instance, *given: object) -> None:
        await world.clock.sleep(2)

    node = await world.node(define(hooks={"create_vars": make}))
    starting = world.clock.spawn(node.ensure(request()), name="start")
    await world.clock.advance(2)
    await starting
    for phase in ("load_persisted", "core_init", "runtime_preamble", "total"):
        assert world.counted("startup_phase_duration_seconds", phase, "true", "ok") == 1
    assert (
        world.counted("create_vars_duration_seconds") == world.counted("create_state_duration_seconds") == 1
    )
    first = layout("histogram")["startup_phase_duration_seconds", "runtime_preamble", "true", "ok"]
    assert world.measurements.of("counter").histograms[first + SUM] == pytest.approx(2)


async def test_a_second_start_is_no_new_actor(world: World) -> None:
    actor = await world.actor(define())
    actor.request_sleep()
    await world.clock.settle()
    await world.actor(world.registry.get("counter"))
    assert world.counted("startup_phase_duration_seconds", "total", "false", "ok") == 1
    assert world.counted("started_total") == 2


@pytest.mark.parametrize("reason", ["sleep", "destroy"])
@pytest.mark.parametrize("seconds", [3, 300])
async def test_the_wait_of_an_end_is_timed_and_its_timeout_counted(
    world: World, reason: str, seconds: int
) -> None:
    async def linger(self: Instance) -> None:
        await world.clock.sleep(seconds)

    actor = await world.actor(define(linger=linger))
    world.send(actor, "linger")
    await world.clock.settle()
    getattr(actor, f"request_{reason}")()
    await world.clock.advance(60)
    assert world.counted("shutdown_wait_seconds", reason) == 1
    assert world.counted("shutdown_timeout_total", reason) == (seconds == 300)


async def test_a_stored_state_is_counted_and_an_unchanged_one_is_not(world: World) -> None:
    actor = await world.actor(define())
    await world.ask(actor, "increment", 0)
    assert world.counted("state_mutation_total", "has_initialized") == 1
    assert world.counted("state_mutation_total", "changed") == 0
    await world.ask(actor, "increment")
    assert world.counted("state_mutation_total", "changed") == 1


async def test_work_for_an_actor_that_has_ended_is_counted(world: World) -> None:
    contexts = []

    def note(self: Instance) -> None:
        contexts.append(self.ctx)

    actor = await world.actor(define(note=note))
    await world.ask(actor, "note")
    actor.fence()
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        contexts[0].wait_until(world.clock.sleep(1))
    assert world.counted("direct_subsystem_shutdown_warning_total", "work", "wait_until") == 1
