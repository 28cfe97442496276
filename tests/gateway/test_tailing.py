"""What a node tells of its actors to whoever follows them: nobody is woken, and it is forgotten soon."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest

from actors.gateway.forward import Call, Forwarder
from actors.gateway.platform import Platform
from actors.gateway.tailing import FORGOTTEN, KEPT, PATH, Asked, Heard
from actors.testing.clock import TurnedClock

Ask = Callable[..., Awaitable[Heard]]
Query = Callable[..., str]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def ask(platform: Platform, http: httpx.AsyncClient) -> Ask:
    """`ask("probe", after)`: what a process of the platform hears."""
    forwarder = Forwarder(platform.config, platform.clock)
    forwarder.client = http

    async def heard(of: str, after: int | None = None) -> Heard:
        call = Call(
            "POST", PATH, {b"content-type": b"application/json"}, msgspec.json.encode(Asked(of, after))
        )
        answer = await forwarder.send("http://localhost", call, hops=1)
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body, type=Heard)

    return heard


@pytest.fixture
def echo(http: httpx.AsyncClient, query: Query) -> Callable[..., Awaitable[str]]:
    """`echo(name, key)`: call that actor once. The id."""

    async def called(name: str, key: str) -> str:
        answer = await http.post(query(name, key, "/action/echo"), json={"args": [1]})
        assert answer.status_code == 200, answer.text
        return answer.headers["x-rivet-actor"]

    return called


Echo = Callable[[str, str], Awaitable[str]]


def told(heard: Heard) -> list[tuple[str, str, str]]:
    return [(one.actor, one.kind, one.what) for one in heard.happenings]


async def test_all_of_a_class_are_told_of_from_their_first_call_on(
    ask: Ask, echo: Echo, platform: Platform
) -> None:
    await echo("probe", "early")
    first = await ask("probe")
    assert (first.number, first.happenings) == (0, [])
    await echo("probe", "early")
    await echo("probe", "late")
    await echo("inspected", "other")
    heard = await ask("probe", first.number)
    assert {one.actor for one in heard.happenings} == {"probe/early", "probe/late"}
    assert told(heard).index(("probe/late", "life", "awake, generation 1")) < told(heard).index(
        ("probe/late", "call", "echo")
    )
    assert ("probe/early", "call", "echo") in told(heard)
    assert [one.number for one in heard.happenings] == list(range(1, heard.number + 1))
    assert (await ask("probe", heard.number)).happenings == []


async def test_one_actor_is_told_of_through_its_sleeps_and_not_woken(
    ask: Ask, echo: Echo, platform: Platform
) -> None:
    actor_id = await echo("probe", "one")
    await echo("probe", "two")
    await ask(actor_id)
    node = await platform.ready()
    task = node.local(actor_id)
    assert task is not None
    task.request_sleep()
    await task.stopped()
    asleep = await ask(actor_id, 0)
    assert told(asleep)[-1] == ("probe/one", "life", "left")
    assert node.local(actor_id) is None
    await echo("probe", "one")
    await echo("probe", "two")
    after = told(await ask(actor_id, asleep.number))
    assert after[0] == ("probe/one", "life", "awake, generation 2")
    assert {actor for actor, _, _ in after} == {"probe/one"}


async def test_it_is_forgotten_when_nobody_asks_any_more(ask: Ask, echo: Echo, clock: TurnedClock) -> None:
    await ask("probe")
    await clock.advance(FORGOTTEN - 1)
    await echo("probe", "one")
    heard = await ask("probe", 0)
    assert heard.number > 0
    await clock.advance(FORGOTTEN + 1)
    await echo("probe", "two")
    anew = await ask("probe", heard.number)
    assert (anew.number, anew.happenings) == (0, []), "what has happened meanwhile was kept by nobody"


async def test_no_more_is_kept_than_can_be_told(ask: Ask, echo: Echo, platform: Platform) -> None:
    actor_id = await echo("probe", "one")
    await ask(actor_id)
    task = (await platform.ready()).local(actor_id)
    assert task is not None
    for number in range(KEPT + 5):
        task.inspection._watch.tell("event", f"{number}")
    heard = await ask(actor_id, 0)
    assert (heard.number, len(heard.happenings)) == (KEPT + 5, KEPT)
    assert heard.happenings[0].what == "5"


async def test_the_door_is_open_to_the_platform_alone(http: httpx.AsyncClient) -> None:
    refused = await http.post(PATH, json={"of": "probe"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
