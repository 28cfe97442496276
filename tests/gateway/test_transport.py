"""Handles inside a node's process: from its loop, from other threads, over a lasting connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.api.binding import bind_transport
from actors.errors import ActorError
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport
from tests.gateway.actors import Probe


@pytest.fixture
async def bound(platform: Platform) -> AsyncIterator[PlatformTransport]:
    transport = PlatformTransport(platform)
    bind_transport(transport)
    yield transport


async def test_a_call_from_the_nodes_loop(bound: PlatformTransport) -> None:
    probe = Probe.actors.get_or_create("a")
    assert await probe.inc(2) == 2
    assert await probe.inc(3) == 5


async def test_a_call_from_another_thread_blocks_that_thread_only(bound: PlatformTransport) -> None:
    def in_a_thread() -> int:
        return Probe.actors.get_or_create("t").inc(4).result(timeout=5)  # type: ignore[attr-defined,no-any-return]

    assert await asyncio.to_thread(in_a_thread) == 4


async def test_a_call_from_another_loop(bound: PlatformTransport) -> None:
    async def elsewhere() -> Any:
        return await Probe.actors.get_or_create("loop").inc(4)

    assert await asyncio.to_thread(asyncio.run, elsewhere()) == 4


async def test_a_call_that_takes_too_long_raises_timeout(bound: PlatformTransport) -> None:
    def in_a_thread() -> None:
        call: Any = Probe.actors.get_or_create("slow").slow()
        call.result(timeout=0.1)

    with pytest.raises(TimeoutError):
        await asyncio.to_thread(in_a_thread)


async def test_errors_arrive_as_they_were_raised(bound: PlatformTransport) -> None:
    with pytest.raises(ActorError) as caught:
        await Probe.actors.get_or_create("e").user_err_meta()
    assert (caught.value.name, caught.value.metadata) == ("user.detailed_error", {"n": 1, "reason": "test"})
    with pytest.raises(ActorError, match="An internal error occurred"):
        await Probe.actors.get_or_create("e").err()


async def test_caller_and_actor_share_no_object(bound: PlatformTransport) -> None:
    given = {"list": [1]}
    (kept,) = await Probe.actors.get_or_create("copy").echo(given)
    assert kept == given and kept is not given and kept["list"] is not given["list"]


async def test_get_never_makes_an_actor_and_create_never_finds_one(bound: PlatformTransport) -> None:
    with pytest.raises(ActorError, match="does not exist"):
        await Probe.actors.get("none").get()
    probe = await Probe.actors.create("new", input={"n": 1})
    assert await probe.given() == {"n": 1}
    with pytest.raises(ActorError) as caught:
        await Probe.actors.create("new")
    assert caught.value.name == "actor.duplicate_key"
    actor_id = await Probe.actors.resolve(Probe.actors.get("new"))
    assert await Probe.actors.for_id(actor_id).given() == {"n": 1}


async def test_params_reach_the_connection(bound: PlatformTransport) -> None:
    info = await Probe.actors.get_or_create("p", params={"a": 1}).conn_info()
    assert info["params"] == {"a": 1}


async def test_a_lasting_connection_carries_actions_and_events(bound: PlatformTransport) -> None:
    async with Probe.actors.connect("c") as conn:
        events = conn.events(Probe.tick)
        assert await conn.inc(7) == 7
        assert await anext(events) == 7
        await Probe.actors.get("c").inc(1)
        assert await anext(events) == 8


async def test_a_connection_that_the_actor_ends_ends_its_events(bound: PlatformTransport) -> None:
    async with Probe.actors.connect("d") as conn:
        events = conn.events(Probe.tick)
        await conn.disconnect_me()
        with pytest.raises(ActorError) as caught:
            await anext(events)
        assert caught.value.name == "bye.now"


async def test_a_listener_that_falls_behind_is_closed(bound: PlatformTransport) -> None:
    async with Probe.actors.connect("s") as conn:
        events = conn.events(Probe.tick)
        await conn.inc(1)
        await Probe.actors.get("s").flood(40, 50_000)
        with pytest.raises(ActorError) as caught:
            while True:
                await anext(events)
        assert caught.value.name == "message.slow_consumer"
