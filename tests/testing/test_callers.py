"""Who calls: users and sessions without HTTP, connections, and the events that reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from actors.errors import ActorError
from actors.testing import ActorNode
from tests.testing.rooms import Parlour

pytestmark = pytest.mark.actors(store="both")


def ada() -> Any:
    return get_user_model()(username="ada")


async def test_a_call_is_made_by_nobody_in_particular(actors: ActorNode) -> None:
    assert await Parlour.actors.get_or_create("lobby").whoami() == "nobody"


async def test_a_handle_calls_as_a_user(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    assert await actors.as_user(room, ada()).whoami() == "ada"
    assert await actors.as_user(room, AnonymousUser()).whoami() == ""
    assert await room.whoami() == "nobody"


async def test_a_handle_calls_with_a_session(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    assert await actors.as_user(room, ada(), session={"visits": 3}).visits() == 3


async def test_two_users_are_connected_at_once(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    bob = get_user_model()(username="bob")
    async with (
        Parlour.actors.connect(actors.as_user(room, ada())) as first,
        Parlour.actors.connect(actors.as_user(room, bob)) as second,
    ):
        assert (await first.whoami(), await second.whoami()) == ("ada", "bob")


async def test_only_a_handle_can_be_given_to_a_user(actors: ActorNode) -> None:
    with pytest.raises(TypeError, match="no handle"):
        actors.as_user(SimpleNamespace(), ada())


async def test_events_are_heard_in_order_each_once(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    async with Parlour.actors.connect(room) as conn:
        heard = await actors.listen(conn.events(Parlour.said))
        assert await heard.all() == []
        for text in ("one", "two", "three"):
            await room.say(text)
        assert await heard.next() == "one"
        assert await heard.all() == ["two", "three"]
        assert await heard.all() == []


async def test_an_event_that_does_not_come_is_not_waited_for(actors: ActorNode) -> None:
    async with Parlour.actors.connect("lobby") as conn:
        heard = await actors.listen(conn.events(Parlour.said))
        with pytest.raises(AssertionError, match="no event 'said' has arrived"):
            await heard.next()
        await conn.say("late")
        assert await heard.next() == "late"


async def test_each_listener_of_a_connection_hears_all(actors: ActorNode) -> None:
    async with Parlour.actors.connect("lobby") as conn:
        first = await actors.listen(conn.events(Parlour.said))
        second = await actors.listen(conn.events(Parlour.said))
        await conn.say("hi")
        assert (await first.all(), await second.all()) == (["hi"], ["hi"])


async def test_a_crash_ends_connections(actors: ActorNode) -> None:
    async with Parlour.actors.connect("lobby") as conn:
        heard = await actors.listen(conn.events(Parlour.said))
        await actors.restart(crash=True)
        with pytest.raises(ActorError):
            await heard.all()
        with pytest.raises(ActorError):
            await conn.minutes()


async def test_a_connection_keeps_its_actor_awake(actors: ActorNode) -> None:
    async with Parlour.actors.connect("lobby"):
        await actors.advance(3600)
        assert actors.awake == ["parlour/lobby"]
    await actors.advance(3600)
    assert actors.awake == []


async def test_only_events_of_a_connection_can_be_listened_to(actors: ActorNode) -> None:
    async def elsewhere() -> AsyncIterator[int]:
        yield 1

    with pytest.raises(TypeError, match="takes conn"):
        await actors.listen(elsewhere())


async def test_sync_code_in_a_thread_reaches_the_node(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")
    assert await asyncio.to_thread(lambda: room.say("hi").result(timeout=5)) == 1


async def test_sync_code_that_waits_for_time_is_helped_by_turning_the_clock(actors: ActorNode) -> None:
    room = Parlour.actors.get_or_create("lobby")

    def wait() -> str:
        with pytest.raises(ActorError) as late:
            room.wait_forever().result(timeout=5)
        return late.value.name

    waiting = asyncio.ensure_future(asyncio.to_thread(wait))
    while await actors.status(room) != "awake":
        await actors.settle()
    await actors.advance(20)
    assert await waiting == "actor.action_timed_out"
