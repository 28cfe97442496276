"""Calls through handles: what is sent, what comes back, and what a handle refuses with a remedy."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from actors import ActorError
from actors.api import binding
from actors.api.accessor import key_parts
from actors.api.transport import Target
from tests.api.rooms import Message, TeaRoom
from tests.api.support import NotingTransport


async def test_a_call_starts_when_awaited(transport: NotingTransport) -> None:
    transport.answer = {"text": "hi", "stars": 0}
    call = TeaRoom.actors.get_or_create("lobby", input={"a": 1}, params="p").send_message("hi")
    assert transport.asked == []
    assert await call == Message("hi")
    target = Target("teaRoom", "get_or_create", ("lobby",), input={"a": 1}, params="p")
    assert transport.asked == [(target, "sendMessage", ["hi"])]


async def test_calls_work_in_gather(transport: NotingTransport) -> None:
    transport.answer = 1
    room = TeaRoom.actors.get("lobby")
    assert sum(await asyncio.gather(room.count(), room.audit())) == 2
    assert [asked[1] for asked in transport.asked] == ["count", "audit"]


def test_sync_code_asks_for_the_result(transport: NotingTransport) -> None:
    transport.answer = [{"text": "hi"}]
    assert TeaRoom.actors.get("lobby").history(after=3).result(timeout=5) == [Message("hi")]
    assert transport.asked == [(Target("teaRoom", "get", ("lobby",)), "history", [50, 3], 5)]


async def test_result_on_the_event_loop_says_to_await(transport: NotingTransport) -> None:
    with pytest.raises(RuntimeError, match="use `await` instead"):
        TeaRoom.actors.get("lobby").count().result()
    assert transport.asked == []


async def test_a_call_is_good_for_one_round(transport: NotingTransport) -> None:
    transport.answer = 1
    call = TeaRoom.actors.get("lobby").count()
    await call
    with pytest.raises(RuntimeError, match="sent already"):
        await call
    assert len(transport.asked) == 1


def test_a_forgotten_call_warns(transport: NotingTransport) -> None:
    with pytest.warns(RuntimeWarning, match=r"teaRoom\.count\(\) was never sent"):
        TeaRoom.actors.get("lobby").count()
        gc.collect()
    assert transport.asked == []


async def test_create_gives_a_handle_of_the_new_actor(transport: NotingTransport) -> None:
    transport.answer = 4
    room = await TeaRoom.actors.create("lobby", input=5)
    assert transport.asked == [(Target("teaRoom", "create", ("lobby",), input=5),)]
    assert await room.count() == 4
    assert transport.asked[1:] == [(Target("teaRoom", "for_id", actor_id="id-1"), "count", [])]


def test_create_works_in_sync_code(transport: NotingTransport) -> None:
    transport.answer = 1
    room = TeaRoom.actors.create("lobby").result(timeout=3)
    assert room.count().result() == 1
    assert [asked[0].method for asked in transport.asked] == ["create", "for_id"]


async def test_resolve_tells_the_id(transport: NotingTransport) -> None:
    assert await TeaRoom.actors.resolve(TeaRoom.actors.get("lobby")) == "id-1"
    with pytest.raises(TypeError, match="An actor id is text, not 5"):
        TeaRoom.actors.for_id(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no handle"):
        TeaRoom.actors.resolve("lobby")  # type: ignore[arg-type]


async def test_an_error_of_the_actor_reaches_the_caller(
    transport: NotingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*asked: Any) -> Any:
        raise ActorError("user", "too_loud", "Not so loud.")

    monkeypatch.setattr(transport, "call", refuse)
    with pytest.raises(ActorError, match="Not so loud"):
        await TeaRoom.actors.get("lobby").count()


@pytest.mark.parametrize(
    ("attribute", "remedy"),
    [
        ("state", "'state' lives inside the actor. Write an action on TeaRoom"),
        ("save", "'save' lives inside the actor"),
        ("kv", "'kv' lives inside the actor"),
        ("new_message", "Only the actor itself broadcasts 'new_message'"),
        ("events", "`async with TeaRoom.actors.connect(key) as conn`"),
        ("on_wake", "TeaRoom.on_wake is not an action. Mark it with @action"),
        ("historie", "Did you mean 'history'?"),
        ("dance", "TeaRoom has no action 'dance'."),
    ],
)
def test_a_handle_says_what_to_do_instead(transport: NotingTransport, attribute: str, remedy: str) -> None:
    room = TeaRoom.actors.get("lobby")
    with pytest.raises(AttributeError, match=r"\w") as refused:
        getattr(room, attribute)
    assert remedy in str(refused.value)
    assert not hasattr(room, attribute)


def test_a_wrong_call_fails_before_anything_is_sent(transport: NotingTransport) -> None:
    with pytest.raises(TypeError, match="lim"):
        TeaRoom.actors.get("lobby").history(lim=5)  # type: ignore[call-arg]
    assert transport.asked == []


def test_a_handle_names_its_actor() -> None:
    assert repr(TeaRoom.actors.get(["org", "lobby"])) == "<handle of teaRoom/org/lobby>"
    assert repr(TeaRoom.actors.for_id("abc")) == "<handle of abc>"


class Book:
    """As much of a Django model instance as a key needs."""

    class _meta:
        label_lower = "library.book"

    def __init__(self, pk: Any) -> None:
        self.pk = pk


def test_keys_are_strings_lists_or_model_instances() -> None:
    assert key_parts("lobby") == ("lobby",)
    assert key_parts(["org", "lobby"]) == ("org", "lobby")
    assert key_parts(()) == ()
    assert key_parts(Book(7)) == ("library.book", "7")


@pytest.mark.parametrize("key", [5, None, b"lobby", ["a", 5], {"a": 1}])
def test_anything_else_is_no_key(key: Any) -> None:
    with pytest.raises(TypeError, match="An actor key is"):
        key_parts(key)


def test_an_unsaved_instance_is_no_key() -> None:
    with pytest.raises(TypeError, match="save it before"):
        key_parts(Book(None))


def test_a_key_that_is_too_long_is_refused_at_once() -> None:
    with pytest.raises(ActorError, match="key_too_large"):
        TeaRoom.actors.get("x" * 129)


async def test_without_a_transport_the_error_says_what_is_missing(
    transport: NotingTransport,
) -> None:
    binding.bind_transport(None)
    with pytest.raises(ActorError, match="INSTALLED_APPS"):
        await TeaRoom.actors.get("lobby").count()
