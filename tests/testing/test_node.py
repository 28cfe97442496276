"""The verbs of a node under test, over both stores."""

from __future__ import annotations

import asyncio

import pytest

from actors.errors import ActorError
from actors.testing import ActorNode
from tests.testing.rooms import Bell, Minutes, Parlour, Scribe

pytestmark = pytest.mark.actors(store="both")


async def test_handles_reach_the_node(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    assert await room.say("hi") == 1
    assert await room.minutes() == ["hi"]


async def test_errors_arrive_as_callers_see_them(actors: ActorNode) -> None:
    with pytest.raises(ActorError) as refused:
        await Parlour.actors.get_or_create("lobby").refuse()
    assert (refused.value.name, refused.value.message) == ("user.refused", "No.")


async def test_an_idle_actor_falls_asleep_when_its_time_has_come(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    await room.say("hi")
    await actors.advance(59.9)
    assert actors.awake == ["parlour/lobby"]
    await actors.advance(0.1)
    assert (actors.awake, await actors.status(room)) == ([], "asleep")


async def test_weeks_pass_in_no_time(actors: ActorNode) -> None:
    await Parlour.actors.get_or_create("lobby").say("hi")
    await actors.advance(30 * 24 * 3600)
    assert await Parlour.actors.get("lobby").minutes() == ["hi"]


@pytest.mark.parametrize("how", ["after", "at", "resume"])
async def test_what_is_due_at_once_waits_for_the_clock_to_be_turned(actors: ActorNode, how: str) -> None:
    bell = Bell.actors.get_or_create("main")
    await bell.plan(how)
    if how == "resume":
        await actors.advance(90)
        await bell.resume()
    await actors.settle()
    assert await actors.state_of(bell) == 0
    await actors.advance(0)
    assert await actors.state_of(bell) == 1


async def test_what_an_actor_does_in_a_thread_is_waited_for(
    actors: ActorNode, transactional_db: None
) -> None:
    await Scribe.actors.get_or_create("a").touch()
    await Scribe.actors.get_or_create("b").touch()
    await actors.advance(60)
    assert actors.awake == []
    assert await Scribe.actors.get_or_create("c").known("scribe-a")
    assert await Scribe.actors.get_or_create("c").known("scribe-b")


async def test_a_call_that_takes_too_long_is_answered_in_turned_time(actors: ActorNode) -> None:
    call = asyncio.ensure_future(_wait(Parlour.actors.get_or_create("lobby")))
    await actors.advance(19.9)
    assert not call.done()
    await actors.advance(0.1)
    assert await call == "actor.action_timed_out"


async def _wait(room: Parlour) -> str:
    with pytest.raises(ActorError) as late:
        await room.wait_forever()
    return late.value.name


async def test_looking_neither_makes_nor_wakes(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    assert await actors.status(room) == "absent"
    assert (await actors.record(room), await actors.state_of(room), await actors.records()) == (
        None,
        None,
        [],
    )
    await room.say("hi")
    assert await actors.status(room) == "awake"
    await actors.sleep(room)
    assert await actors.status(room) == "asleep"
    assert await actors.state_of(room) == Minutes(["hi"])
    record = await actors.record(room)
    assert record is not None and (record.name, record.generation, record.node_id) == ("parlour", 1, None)
    assert await actors.records() == [record]
    assert actors.awake == []


async def test_a_destroyed_actor_is_gone_by_key_and_known_by_id(actors: ActorNode) -> None:
    room = await Parlour.actors.create("lobby")
    await room.end()
    await actors.settle()
    assert await actors.status(Parlour.actors.get("lobby")) == await actors.status(room) == "absent"
    record = await actors.record(room)
    assert record is not None and record.destroyed_at is not None
    assert (await actors.records(), await actors.records(destroyed=True)) == ([], [record])


async def test_state_outlives_an_orderly_restart(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    await room.say("hi")
    await actors.restart()
    assert await actors.status(room) == "asleep"
    assert await room.say("again") == 2


async def test_a_crash_leaves_what_was_durable(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    await room.say("stored")
    with actors.hold("commit"):
        lost = asyncio.ensure_future(_outcome(room, "lost"))
        await actors.settle()
        await actors.restart(crash=True)
    assert await lost == "actor.outcome_unknown"
    assert await actors.state_of(room) == Minutes(["stored"])
    assert await room.minutes() == ["stored"]


async def test_a_crash_runs_no_hook_that_could_change_anything(
    actors: ActorNode, transactional_db: None
) -> None:
    await Scribe.actors.get_or_create("a").touch()
    await actors.restart(crash=True)
    assert not await Scribe.actors.get_or_create("b").known("scribe-a")


async def _outcome(room: Parlour, text: str) -> str:
    try:
        await room.say(text)
    except ActorError as failure:
        return failure.name
    return "stored"


async def test_a_reply_waits_for_its_commit(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    await room.minutes()
    with actors.hold("commit"):
        call = asyncio.ensure_future(_outcome(room, "hi"))
        await actors.settle()
        assert not call.done()
        assert await actors.state_of(room) == Minutes([])
    assert await call == "stored"


@pytest.mark.parametrize(
    ("failing", "applied", "outcome", "stored"),
    [
        ("unavailable", False, "storage.unavailable", []),
        ("rejected", False, "actor.state_not_serializable", []),
        ("interrupted", False, "actor.outcome_unknown", []),
        ("interrupted", True, "stored", ["hi"]),
    ],
)
async def test_a_commit_fails_as_ordered(
    actors: ActorNode, failing: str, applied: bool, outcome: str, stored: list[str]
) -> None:
    room = Parlour.actors.get_or_create("lobby")
    await room.minutes()
    actors.fail_next("commit", failing, applied=applied)  # type: ignore[arg-type]
    assert await _outcome(room, "hi") == outcome
    assert await room.minutes() == stored


async def test_only_as_many_calls_fail_as_were_ordered(actors: ActorNode) -> None:
    actors.fail_next("claim", times=2)
    room = Parlour.actors.get_or_create("lobby")
    outcomes = [await _outcome(room, text) for text in ("one", "two", "three")]
    assert outcomes == ["storage.unavailable", "storage.unavailable", "stored"]


async def test_what_no_store_does_cannot_be_ordered(actors: ActorNode) -> None:
    with pytest.raises(ValueError, match="no call 'save'"):
        actors.fail_next("save")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not as 'slow'"):
        actors.fail_next("commit", "slow")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="changes nothing"):
        actors.fail_next("find", "interrupted")
    with pytest.raises(ValueError, match="only an interrupted call"):
        actors.fail_next("commit", "rejected", applied=True)
