"""Class statements become definitions."""

from __future__ import annotations

from typing import Any

import pytest

from actors import Actor, ActorError, Options, action
from actors.api.registry import declared, registry
from tests.api.rooms import Audited, Message, QuietRoom, TeaRoom

definition = TeaRoom.__definition__


class Context:
    """What an ActorContext shows, for an actor that is called directly."""

    def __init__(self) -> None:
        self.actor_id = "id-1"
        self.state = "before"
        self.sent: list[Any] = []

    def broadcast(self, event: Any, args: Any) -> None:
        self.sent.append((event, list(args)))


def test_the_class_name_becomes_the_wire_name() -> None:
    assert definition.name == "teaRoom"
    assert QuietRoom.__definition__.name == "quiet"
    assert registry.get("teaRoom") is definition


def test_actions_answer_to_both_names_and_to_an_explicit_one_alone() -> None:
    assert definition.actions["sendMessage"] is definition.actions["send_message"]
    assert definition.actions["sendMessage"].name == "sendMessage"
    assert "users.add" in definition.actions
    assert not {"add_user", "addUser"} & set(definition.actions)


def test_actions_know_whether_they_are_async_and_readonly() -> None:
    assert definition.actions["history"].is_async
    assert definition.actions["history"].readonly
    assert not definition.actions["count"].is_async
    assert not definition.actions["count"].readonly


def test_only_decorated_methods_are_actions() -> None:
    assert set(TeaRoom.__blueprint__.actions) == {
        "greet", "audit", "send_message", "history", "count", "count_twice", "add_user", "echo",
    }  # fmt: skip


def test_events_are_listed_under_every_name() -> None:
    assert definition.events["newMessage"] is definition.events["new_message"]
    assert definition.events["newMessage"].name == "newMessage"
    assert definition.events["newMessage"].aliases == {"new_message"}
    assert definition.events["room.moved"].aliases == frozenset()


def test_hooks_and_options_are_found() -> None:
    assert definition.options.sleep_timeout == 60
    assert definition.hooks.on_wake is not None
    assert definition.hooks.on_sleep is None
    assert Audited.__definition__.options == Options()


def test_an_abstract_class_is_noted_but_not_hosted() -> None:
    assert "audited" not in registry
    assert declared[Audited.__module__, "Audited"].abstract
    assert not declared[TeaRoom.__module__, "TeaRoom"].abstract


async def test_a_hook_gets_what_the_caller_sent_as_annotated() -> None:
    on_create = definition.hooks.on_create
    assert on_create is not None
    assert await on_create(object(), {"text": "hi"}) == Message("hi")
    assert await on_create(object(), None) is None
    with pytest.raises(ActorError, match="on_create: parameter `input`"):
        on_create(object(), {"words": "hi"})


async def test_an_inherited_action_is_overridden_and_super_runs_directly() -> None:
    quiet = QuietRoom.__definition__
    room: Any = quiet.new_instance(Context())
    assert isinstance(room, QuietRoom)
    assert await quiet.actions["sendMessage"].handler(room, "LOUD") == Message("loud")
    assert quiet.actions["audit"].handler is definition.actions["audit"].handler


async def test_an_action_runs_directly_when_the_actor_calls_it_on_itself() -> None:
    room: Any = definition.new_instance(Context())
    assert await definition.actions["countTwice"].handler(room) == 5
    assert await room.send_message("hi") == Message("hi")
    call = room.send_message("again")
    with pytest.raises(RuntimeError, match="await it"):
        call.result()
    assert await call == Message("again")


def test_self_shows_the_context() -> None:
    context = Context()
    room: Any = definition.new_instance(context)
    assert room.id == "id-1"
    assert room.state == "before"
    room.state = "after"
    assert context.state == "after"
    with pytest.raises(AttributeError):
        room.key = ("other",)


def test_an_event_is_broadcast_from_the_instance() -> None:
    context = Context()
    room: Any = definition.new_instance(context)
    room.new_message.broadcast(Message("hi"))
    room.moved.broadcast(3, 4)
    room.cleared.broadcast()
    sent = [(event.name, args) for event, args in context.sent]
    assert sent == [("newMessage", [Message("hi")]), ("room.moved", [3, 4]), ("cleared", [])]


async def test_events_on_self_say_that_they_need_a_connection() -> None:
    room: Any = definition.new_instance(Context())
    with pytest.raises(TypeError, match="needs a connection"):
        room.events(TeaRoom.new_message)


def test_what_yields_cannot_be_an_action() -> None:
    with pytest.raises(TypeError, match="broadcast events"):

        @action
        async def numbers(self: Any) -> Any:
            yield 1

    with pytest.raises(TypeError, match="plain method"):
        action(staticmethod(len))


def test_a_class_defined_again_replaces_itself() -> None:
    def make() -> type[Actor]:
        class Again(Actor):
            pass

        return Again

    first, second = make(), make()
    assert first is not second
    assert registry.get("again") is second.__definition__
    assert [b.actor for b in declared.values() if b.name == "again"] == [second]
