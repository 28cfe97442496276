"""What arrives from the wire becomes what the author declared, or is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from actors import ActorError
from actors.api.signature import Signature
from actors.protocol.values import UNDEFINED
from tests.api.rooms import Message, TeaRoom


def bind(action: str) -> Callable[[Sequence[Any]], Sequence[Any]]:
    return TeaRoom.__definition__.actions[action].bind


def typed(kind: Any) -> Signature:
    def take(self: object, value):  # type: ignore[no-untyped-def]
        return value

    take.__annotations__["value"] = kind
    return Signature("take", take, {})


def test_arguments_are_passed_and_missing_ones_left_to_the_defaults() -> None:
    assert list(bind("count")([5])) == [5]
    assert list(bind("count")([])) == []


def test_values_become_the_annotated_types() -> None:
    assert list(bind("users.add")([{"text": "hi"}, "admin", "cook"])) == [Message("hi"), "admin", "cook"]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert list(typed(datetime).bind([moment.isoformat()])) == [moment]
    assert list(typed(datetime).bind([moment])) == [moment]
    number = UUID(int=7)
    assert list(typed(UUID).bind([str(number)])) == [number]
    assert list(typed(set[int]).bind([[1, 2]])) == [{1, 2}]


def test_unannotated_parameters_take_anything_untouched() -> None:
    value = {"deep": [1.0]}
    assert bind("echo")([value])[0] is value


@pytest.mark.parametrize(
    ("kind", "sent", "taken"),
    [
        (int, 5e9, 5_000_000_000),
        (list[int], [1.0, 2.0], [1, 2]),
        (float, 5, 5.0),
        (dict[int, str], {"7": "seven"}, {7: "seven"}),
        (Message, {"text": "hi", "stars": 3.0}, Message("hi", 3)),
    ],
)
def test_what_javascript_cannot_tell_apart_is_read_as_declared(kind: Any, sent: Any, taken: Any) -> None:
    assert list(typed(kind).bind([sent])) == [taken]


def test_undefined_means_the_default() -> None:
    assert list(bind("history")([UNDEFINED, 3])) == [50, 3]
    assert list(bind("echo")([UNDEFINED])) == [None]


@pytest.mark.parametrize(
    ("action", "args", "reason"),
    [
        (
            "sendMessage",
            [],
            "parameter `text` is missing: sendMessage(text: str, stars: int = 0)",
        ),
        ("count", [1, 2], "count: 2 arguments given, at most 1 taken: count(step: int = 1)"),
        ("count", ["1"], "count: parameter `step` (argument 1): Expected `int`, got `str`"),
        ("count", [1.5], "count: parameter `step` (argument 1): Expected `int`, got `float`"),
        (
            "users.add",
            [{"words": "hi"}],
            "users.add: parameter `message` (argument 1): Object missing required field `text`",
        ),
        (
            "users.add",
            [{"text": "hi"}, 5],
            "users.add: parameter `roles` (argument 2): Expected `str`, got `int`",
        ),
        ("sendMessage", [UNDEFINED], "parameter `text` (argument 1): Expected `str`, got `null`"),
    ],
)
def test_a_refusal_names_the_parameter_and_what_it_takes(action: str, args: list[Any], reason: str) -> None:
    with pytest.raises(ActorError, match="invalid_request") as refused:
        bind(action)(args)
    assert refused.value.name == "actor.invalid_request"
    assert reason in refused.value.message


def test_a_callers_keywords_take_their_place_in_the_wire_list() -> None:
    signature = TeaRoom.__blueprint__.actions["history"].signature
    assert signature.pack((), {}) == []
    assert signature.pack((20,), {}) == [20]
    assert signature.pack((), {"limit": 20}) == [20]
    assert signature.pack((), {"after": 3}) == [50, 3]


def test_a_wrong_call_is_a_type_error_that_shows_the_signature() -> None:
    signature = TeaRoom.__blueprint__.actions["history"].signature
    with pytest.raises(TypeError, match=r"history\(limit: int = 50, after: int = 0\): .*'lim'"):
        signature.pack((), {"lim": 5})


def test_results_are_read_as_the_declared_type() -> None:
    actions = TeaRoom.__blueprint__.actions
    assert actions["history"].signature.read_result([{"text": "hi", "stars": 1.0}]) == [Message("hi", 1)]
    assert actions["echo"].signature.read_result({"any": "thing"}) == {"any": "thing"}
    assert actions["add_user"].signature.read_result(None) is None
    with pytest.raises(ActorError, match=r"result of history\(\)"):
        actions["history"].signature.read_result("nonsense")


def test_types_defined_after_the_class_are_found() -> None:
    assert list(Signature("late", late, {}).bind([{"x": 1}])) == [Later(1)]


def late(self: object, value: Later) -> None: ...


def test_types_of_an_enclosing_function_are_found() -> None:
    from dataclasses import dataclass

    from actors import Actor, action

    @dataclass
    class Local:
        x: int

    class Inner(Actor):
        state: list[Local]

        @action
        async def take(self, value: Local) -> None: ...

    definition = Inner.__definition__
    assert list(definition.actions["take"].bind([{"x": 1}])) == [Local(1)]
    assert definition.state is not None
    assert definition.state.decode(definition.state.encode([Local(2)])) == [Local(2)]


from dataclasses import dataclass  # noqa: E402


@dataclass
class Later:
    x: int
