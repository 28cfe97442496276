"""What the log tells of an actor's life at DEBUG. That fields are right is held by tests/log_schema.py."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from actors import logs
from actors.errors import ActorError
from actors.logs import LogEvent
from actors.runtime.conn import ConnectRequest
from actors.runtime.options import Options
from actors.runtime.warnings import ALLOWED
from tests.runtime.support import Answer, Instance, Wire, World, define

Said = Callable[[LogEvent], list[dict[str, Any]]]


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Said:
    """The fields of every record of an event so far."""
    caplog.set_level(logging.DEBUG, "actors")
    return lambda event: [record.__dict__ for record in caplog.records if record.msg == event.text]


async def test_a_life_from_start_to_sleep(world: World, said: Said) -> None:
    actor = await world.actor(define(options=Options(sleep_timeout=5)))
    await world.clock.advance(5)
    assert [(told["old"], told["new"]) for told in said(logs.TRANSITION)] == [
        ("loading", "started"),
        ("started", "sleep_grace"),
        ("sleep_grace", "sleep_finalize"),
        ("sleep_finalize", "terminated"),
    ]
    assert [told["sleep_timeout_ms"] for told in said(logs.IDLE)] == [5000]
    assert [told["step"] for told in said(logs.STEP)] == ["grace", "save", "give up"]
    assert {told["actor_id"] for told in said(logs.TRANSITION)} == {actor.actor_id}
    [grace] = said(logs.GRACE)
    assert (grace["reason"], grace["work"]) == ("sleep", {})


async def test_wishes_to_end_are_told_as_they_come(world: World, said: Said) -> None:
    async def linger(self: Instance) -> None:
        await world.clock.sleep(3)

    actor = await world.actor(define(linger=linger))
    world.send(actor, "linger")
    actor.request_sleep()
    await world.clock.settle()
    actor.request_sleep()
    actor.request_destroy()
    commands = [(told["command"], told["state"]) for told in said(logs.COMMAND)]
    assert commands == [("sleep", "started"), ("sleep", "sleep_grace"), ("destroy", "sleep_grace")]
    [again] = said(logs.STOPPED_AGAIN)
    assert (again["reason"], again["current_reason"]) == ("sleep", "sleep_grace")


async def test_what_became_of_a_call(world: World, said: Said) -> None:
    actor = await world.actor(define(options=Options(max_pending_actions=1)))
    world.send(actor, "increment")
    with pytest.raises(ActorError):
        world.send(actor, "increment")
    await world.clock.settle()
    actor.request_sleep()
    await world.clock.settle()
    for _ in range(5):
        with pytest.raises(ActorError):
            actor.dispatch("increment", (), Answer(), None)
    with pytest.raises(ActorError):
        actor.dispatch("an invention of the client", (), Answer(), None)
    told = [(told["command"], told["outcome"]) for told in said(logs.DISPATCHED)]
    refused = [("increment", "rejected_lifecycle")] * 5
    assert told[:2] == [("increment", "enqueued"), ("increment", "enqueue_failed")]
    assert told[2:] == [*refused, ("unknown", "rejected_lifecycle")]
    assert len(said(logs.STOPPING)) == ALLOWED
    assert len(said(logs.OVERLOADED)) == 1


async def test_background_work_is_told_when_it_begins_and_ends(world: World, said: Said) -> None:
    def begin(self: Instance) -> None:
        self.ctx.keep_awake(world.clock.sleep(2))
        self.ctx.keep_awake(world.clock.sleep(3))

    actor = await world.actor(define(begin=begin))
    await world.ask(actor, "begin")
    assert [(told["kind"], told["count"]) for told in said(logs.ENGAGED)] == [
        ("keep_awake", 1),
        ("keep_awake", 2),
    ]
    await world.clock.advance(3)
    assert [told["count"] for told in said(logs.DISENGAGED)] == [1, 0]


async def test_a_connection_is_told_when_it_comes_and_goes(world: World, said: Said) -> None:
    actor = await world.actor(define())
    conn = await actor.connect(ConnectRequest(), Wire())
    actor.close_connection(conn)
    [added], [removed] = said(logs.ADDED), said(logs.REMOVED)
    assert (added["conn_id"], added["active_count"]) == (conn.id, 1)
    assert (removed["conn_id"], removed["is_hibernatable"]) == (conn.id, False)


async def test_a_changed_state_is_told_by_its_size_alone(world: World, said: Said) -> None:
    actor = await world.actor(define())
    await world.ask(actor, "increment", 70_000)
    assert [told["serialized_bytes"] for told in said(logs.SERIALIZED)] == [1, 5]
    assert [(told["delta_count"], told["delta_bytes"]) for told in said(logs.COMMITTED)] == [(1, 1), (1, 5)]


async def test_without_debug_an_action_says_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "actors")
    actor = await world.actor(define())
    await world.ask(actor, "increment")
    assert [record.msg for record in caplog.records] == [logs.JOINED.text]
