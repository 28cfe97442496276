"""Connections in Python: events are shared out to everyone who listens, in order, without a task."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

import pytest

from actors import ActorError
from actors.api.transport import Target
from actors.errors import error
from tests.api.rooms import Message, TeaRoom
from tests.api.support import NotingTransport


async def test_a_connection_is_opened_and_closed_by_its_block(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby", params={"token": "x"}) as conn:
        transport.stream.answer = 3
        assert await conn.count(3) == 3
    assert transport.asked == [
        (Target("teaRoom", "get_or_create", ("lobby",), params={"token": "x"}),),
    ]
    assert transport.stream.asked == [("call", "count", [3]), ("close",)]


async def test_a_connection_to_a_handles_actor(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect(TeaRoom.actors.for_id("abc")):
        pass
    assert transport.asked == [(Target("teaRoom", "for_id", actor_id="abc"),)]


async def test_events_arrive_as_their_payloads(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        messages = conn.events(TeaRoom.new_message)
        moves = conn.events(TeaRoom.moved)
        transport.stream.arriving.put_nowait(("room.moved", [3, 4.0]))
        transport.stream.arriving.put_nowait(("newMessage", [{"text": "hi"}]))
        assert await anext(messages) == Message("hi")
        assert await anext(moves) == (3, 4)


async def test_listening_is_told_before_the_next_call_so_that_no_event_is_missed(
    transport: NotingTransport,
) -> None:
    transport.stream.answer = 1
    async with TeaRoom.actors.connect("lobby") as conn:
        first, second = conn.events(TeaRoom.new_message), conn.events(TeaRoom.new_message)
        await conn.count()
        assert transport.stream.asked == [("subscribe", "newMessage"), ("call", "count", [])]
        del first, second


async def test_several_listeners_each_get_every_event(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        listeners = [conn.events(TeaRoom.number) for _ in range(3)]
        waiting = asyncio.gather(*(take(listener, 2) for listener in listeners))
        transport.stream.arriving.put_nowait(("number", [1]))
        transport.stream.arriving.put_nowait(("number", ["two"]))
        assert await waiting == [[1, "two"]] * 3


async def test_a_cancelled_listener_leaves_the_others_their_events(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        leaving = asyncio.ensure_future(take(conn.events(TeaRoom.number), 1))
        staying = asyncio.ensure_future(take(conn.events(TeaRoom.number), 1))
        await asyncio.sleep(0)
        leaving.cancel()
        transport.stream.arriving.put_nowait(("number", [1]))
        assert await staying == [1]


async def test_a_listener_that_nobody_holds_collects_nothing(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        conn.events(TeaRoom.number)
        gc.collect()
        inbox = cast(Any, conn)._inbox
        assert list(inbox._iterators) == []


async def test_the_end_of_the_connection_ends_the_iteration_with_its_error(
    transport: NotingTransport,
) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        transport.stream.arriving.put_nowait(error("ws.going_away"))
        with pytest.raises(ActorError, match="going_away"):
            await anext(conn.events(TeaRoom.number))


async def test_an_event_that_does_not_fit_its_type_is_a_structured_error(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        transport.stream.arriving.put_nowait(("newMessage", [{"words": "hi"}]))
        with pytest.raises(ActorError, match="event newMessage"):
            await anext(conn.events(TeaRoom.new_message))


async def test_result_on_a_connection_says_to_await(transport: NotingTransport) -> None:
    async with TeaRoom.actors.connect("lobby") as conn:
        call = conn.count()
        with pytest.raises(RuntimeError, match="await"):
            call.result()


async def take(listener: Any, count: int) -> list[Any]:
    return [await anext(listener) for _ in range(count)]
