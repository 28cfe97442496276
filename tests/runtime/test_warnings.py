"""Warnings in a flood: three of a kind for one actor in half a minute, and the rest counted."""

from __future__ import annotations

import logging

import pytest

from actors.clock import ManualClock
from actors.errors import ActorError
from actors.logs import LogEvent
from actors.runtime.options import Options
from actors.runtime.warnings import ALLOWED, WINDOW, LimitedWarnings
from tests.runtime.support import Answer, World, define

logger = logging.getLogger("tests.flood")
FLOOD = LogEvent(logging.WARNING, "too much")
OTHER = LogEvent(logging.WARNING, "something else")


async def test_what_was_held_back_is_counted_in_the_next_line(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    warnings = LimitedWarnings(clock)
    for _ in range(100):
        warnings.warn(logger, FLOOD, "a", {"size": 1})
    assert len(caplog.records) == ALLOWED
    await clock.advance(WINDOW)
    warnings.warn(logger, FLOOD, "a", {"size": 1})
    last = caplog.records[-1].__dict__
    assert (len(caplog.records), last["per_actor_suppressed"], last["size"]) == (ALLOWED + 1, 97, 1)


async def test_many_actors_do_not_flood_the_log_together(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    warnings = LimitedWarnings(clock)
    for number in range(5000):
        warnings.warn(logger, FLOOD, f"actor-{number}", {})
    assert len(caplog.records) == ALLOWED
    warnings.warn(logger, OTHER, "actor-1", {})
    assert len(caplog.records) == ALLOWED + 1
    await clock.advance(WINDOW)
    warnings.warn(logger, FLOOD, "actor-1", {})
    assert caplog.records[-1].__dict__["global_suppressed"] == 5000 - ALLOWED


async def test_an_overloaded_actor_says_so_three_times(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    actor = await world.actor(define(options=Options(max_pending_actions=1)))
    world.send(actor, "increment")
    for _ in range(50):
        with pytest.raises(ActorError, match=r"actor\.overloaded"):
            actor.dispatch("increment", (), Answer(), None)
    records = [record for record in caplog.records if record.message == "an actor is overloaded"]
    fields = records[0].__dict__
    assert len(records) == ALLOWED
    assert (fields["actor_id"], fields["channel"], fields["capacity"]) == (actor.actor_id, "dispatch", 1)
    await world.clock.settle()
