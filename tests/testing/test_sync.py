"""The fixture in tests that are not async: the node has a thread of its own, and verbs have a `.result()`."""

from __future__ import annotations

import pytest

from actors.errors import ActorError
from actors.testing import ActorNode
from tests.testing.rooms import Minutes, Parlour

pytestmark = pytest.mark.actors(store="both")


def test_calls_and_time(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    assert room.say("hi").result() == 1
    actors.advance(3600).result()
    assert (actors.awake, actors.status(room).result()) == ([], "asleep")
    assert actors.state_of(room).result() == Minutes(["hi"])


def test_restart_and_faults(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    room.say("hi").result()
    actors.restart(crash=True).result()
    actors.fail_next("claim")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        room.minutes().result()
    assert room.minutes().result() == ["hi"]


def test_a_call_that_waits_for_the_clock_says_so(actors: ActorNode) -> None:
    with pytest.raises(TimeoutError, match="turn the clock"):
        Parlour.actors.get_or_create("lobby").wait_forever().result(timeout=0.05)


def test_a_verb_that_was_not_sent_warns(actors: ActorNode) -> None:
    with pytest.warns(RuntimeWarning, match=r"actors\.advance\(\) was never sent"):
        actors.advance(1)
