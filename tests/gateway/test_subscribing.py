"""While an actor decides about a subscription, what its client sends next waits, and then comes in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.api.binding import bind_transport
from actors.errors import ActorError
from actors.gateway.asgi import ActorsApplication
from actors.gateway.backlog import MAX_PENDING, MAX_WAITING
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport
from actors.runtime.task import ActorTask
from actors.testing.clock import TurnedClock
from tests.gateway import guarded_actors
from tests.gateway.guarded_actors import Decisions, Guarded
from tests.gateway.sockets import Socket

pytestmark = pytest.mark.parametrize("handler", ["slim"])

Query = Callable[..., str]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def decisions() -> Decisions:
    guarded_actors.decisions = Decisions()
    return guarded_actors.decisions


@pytest.fixture
async def socket(
    platform: Platform, http: httpx.AsyncClient, query: Query, decisions: Decisions
) -> AsyncIterator[Socket]:
    opened = Socket(
        ActorsApplication(ASGIHandler()), query("guarded", "k", "/connect"), ["rivet", "rivet_encoding.json"]
    )
    await opened.open()
    assert (await opened.body())["tag"] == "Init"
    yield opened
    await opened.leave()


async def settled(clock: TurnedClock) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
        await clock.settle()


def the_actor(platform: Platform) -> ActorTask:
    assert platform.node is not None
    (task,) = platform.node._residents
    return task


async def told(socket: Socket, count: int) -> list[str]:
    """Events as `event: word`, answers as `number -> what has been said`."""
    words = []
    for _ in range(count):
        body = await socket.body()
        val = body["val"]
        if body["tag"] == "Event":
            words.append(f"{val['name']}: {val['args'][0]}")
        else:
            words.append(f"{val['id'][1]} -> {' '.join(val['output'])}")
    return words


async def said(http: httpx.AsyncClient, query: Query) -> list[str]:
    words: list[str] = (await http.post(query("guarded", "k", "/action/said"), json={})).json()["output"]
    return words


async def test_what_comes_next_waits_and_then_hears_the_event(
    socket: Socket, clock: TurnedClock, decisions: Decisions, http: httpx.AsyncClient, query: Query
) -> None:
    await socket.act(0, "say", "before")
    await socket.subscribe("first")
    await socket.act(1, "say", "a")
    await socket.act(2, "say", "b")
    await settled(clock)
    assert await told(socket, 1) == ["0 -> before"], "what came before is answered meanwhile"
    assert await said(http, query) == ["before"]
    decisions.decide("first", True)
    assert await told(socket, 4) == ["first: a", "1 -> before a", "first: b", "2 -> before a b"]


async def test_each_question_holds_up_what_is_behind_it(
    socket: Socket, clock: TurnedClock, decisions: Decisions
) -> None:
    await socket.subscribe("first")
    await socket.act(1, "say", "a")
    await socket.subscribe("second")
    await socket.act(2, "say", "b")
    decisions.decide("first", True)
    assert await told(socket, 2) == ["first: a", "1 -> a"]
    await settled(clock)
    assert decisions.asked == ["first", "second"]
    await socket.act(3, "say", "c")
    decisions.decide("second", True)
    heard = await told(socket, 6)
    assert [word for word in heard if "->" in word] == ["2 -> a b", "3 -> a b c"]
    assert set(heard[:2]) == {"first: b", "second: b"}


async def test_an_unsubscription_waits_as_well(
    socket: Socket, clock: TurnedClock, decisions: Decisions
) -> None:
    await socket.subscribe("first")
    await socket.subscribe("first", wanted=False)
    await socket.act(1, "say", "a")
    decisions.decide("first", True)
    assert await told(socket, 1) == ["1 -> a"]


async def test_behind_a_refusal_nothing_is_done(
    socket: Socket, decisions: Decisions, http: httpx.AsyncClient, query: Query, platform: Platform
) -> None:
    await socket.subscribe("first")
    await socket.act(1, "say", "never")
    decisions.decide("first", False)
    assert await socket.expect_close() == (1011, "auth.forbidden")
    assert await said(http, query) == []
    assert the_actor(platform).connections == 0


async def test_a_client_that_leaves_meanwhile_leaves_nothing_behind(
    socket: Socket,
    clock: TurnedClock,
    decisions: Decisions,
    http: httpx.AsyncClient,
    query: Query,
    platform: Platform,
) -> None:
    await socket.subscribe("first")
    await socket.act(1, "say", "never")
    await settled(clock)
    await socket.leave()
    decisions.decide("first", True)
    await settled(clock)
    assert (await said(http, query), the_actor(platform).connections) == ([], 0)


@pytest.mark.parametrize(("size", "fitting"), [(1, MAX_PENDING - 1), (60_000, MAX_WAITING // 60_000 + 1)])
async def test_what_waits_is_bounded(
    socket: Socket, clock: TurnedClock, decisions: Decisions, platform: Platform, size: int, fitting: int
) -> None:
    """The question itself is one of the frames."""
    await socket.subscribe("first")
    for number in range(fitting + 10):
        await socket.act(number, "measure", "x" * size)
    await settled(clock)
    (session,) = platform.sessions
    assert len(session.backlog.held) == 1 + fitting
    decisions.decide("first", True)
    for number in range(fitting + 10):
        assert (await socket.body())["val"] == {"id": ["$BigInt", str(number)], "output": size}
    assert not session.backlog.held and not session.backlog.full


# -- and sleep -------------------------------------------------------------------------------------------
async def sleep(platform: Platform, clock: TurnedClock) -> ActorTask:
    task = the_actor(platform)
    task.request_sleep()
    await settled(clock)
    assert task.ending
    return task


async def test_an_answer_in_the_grace_period_counts_and_the_rest_is_for_the_next_generation(
    socket: Socket, clock: TurnedClock, decisions: Decisions, platform: Platform
) -> None:
    await socket.subscribe("first")
    await socket.act(1, "say", "a")
    await settled(clock)
    await sleep(platform, clock)
    await socket.act(2, "say", "b")
    decisions.decide("first", True)
    assert await told(socket, 4) == ["first: a", "1 -> a", "first: b", "2 -> a b"]
    assert (decisions.asked, the_actor(platform).generation) == (["first"], 2)


async def test_a_question_that_is_cut_off_is_asked_again_by_the_next_generation(
    socket: Socket, clock: TurnedClock, decisions: Decisions, platform: Platform
) -> None:
    await socket.act(0, "say", "before")
    assert await told(socket, 1) == ["0 -> before"]
    await socket.subscribe("first")
    await socket.act(1, "say", "a")
    await socket.act(2, "say", "b")
    await settled(clock)
    await sleep(platform, clock)
    await clock.advance(15)
    await settled(clock)
    assert (decisions.asked, the_actor(platform).generation) == (["first", "first"], 2)
    await socket.act(3, "say", "c")
    decisions.decide("first", True)
    heard = await told(socket, 6)
    assert heard[::2] == ["first: a", "first: b", "first: c"]
    assert heard[1::2] == ["1 -> before a", "2 -> before a b", "3 -> before a b c"]


# -- Python ----------------------------------------------------------------------------------------------
async def test_a_listener_in_python_is_asked_for_too(
    platform: Platform, http: httpx.AsyncClient, decisions: Decisions
) -> None:
    bind_transport(PlatformTransport(platform))
    decisions.decide("first", True)
    decisions.decide("second", False)
    async with Guarded.actors.connect("k") as conn:
        allowed = conn.events(Guarded.first)
        await conn.say("a")
        assert await anext(allowed) == "a"
        refused = conn.events(Guarded.second)
        with pytest.raises(ActorError) as caught:
            await anext(refused)
        assert caught.value.name == "auth.forbidden"
    assert decisions.asked == ["first", "second"]


async def test_nobody_is_asked_for_a_name_of_no_event(socket: Socket, decisions: Decisions) -> None:
    await socket.subscribe("nothing")
    await socket.act(1, "say", "a")
    assert await told(socket, 1) == ["1 -> a"]
    assert decisions.asked == []
