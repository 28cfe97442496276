"""How states begin, and that every stored state can be read by a later class."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NotRequired, Optional, TypedDict

import msgspec
import pytest

from actors import Actor, ActorError, Conn
from actors.runtime.definition import StateDefinition


@dataclass
class Chat:
    topic: str = "tea"
    members: list[str] = field(default_factory=list)


@dataclass
class OlderChat:
    topic: str
    removed: int


class Point(msgspec.Struct):
    x: int = 0


class Profile(TypedDict):
    name: str
    tags: list[str]
    boss: str | None
    age: NotRequired[int]


@dataclass
class Needy:
    owner: str


def define(kind: Any, **members: Any) -> StateDefinition:
    body = {"__annotations__": {"state": kind}, "__module__": __name__, **members}
    actor: Any = types.new_class("Stateful", (Actor,), {}, lambda namespace: namespace.update(body))
    state: StateDefinition = actor.__definition__.state
    return state


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        (Chat, Chat()),
        (Point, Point()),
        (Profile, {"name": "", "tags": [], "boss": None}),
        (dict, {}),
        (dict[str, int], {}),
        (list[int], []),
        (set[int], set()),
        (int, 0),
        (str, ""),
        (bool, False),
        (float, 0.0),
        (int | None, None),
        (Optional[str], None),  # noqa: UP045 - both spellings are in use
        (int | str, 0),
        (Any, None),
    ],
)
def test_a_state_begins_empty_and_comes_back_from_bytes(kind: Any, beginning: Any) -> None:
    state = define(kind)
    value = state.create(object(), None)
    assert value == beginning
    assert type(value) is type(beginning)
    assert state.decode(state.encode(value)) == beginning


def test_each_actor_begins_with_its_own_value() -> None:
    state = define(Chat)
    state.create(object(), None).members.append("ann")
    assert state.create(object(), None).members == []


def test_create_state_gets_the_input_as_annotated() -> None:
    def create_state(self: object, input: Chat) -> Needy:
        return Needy(input.topic)

    state = define(Needy, create_state=create_state)
    assert state.create(object(), {"topic": "cake"}) == Needy("cake")
    with pytest.raises(ActorError, match="create_state: parameter `input`"):
        state.create(object(), None)


def test_create_state_may_do_without_the_input() -> None:
    state = define(Needy, create_state=lambda self: Needy("nobody"))
    assert state.create(object(), {"ignored": True}) == Needy("nobody")


def test_a_state_that_needs_arguments_says_what_to_write() -> None:
    with pytest.raises(TypeError, match="Needy"):
        define(Needy).create(object(), None)


def test_missing_fields_take_defaults_and_unknown_ones_are_dropped() -> None:
    stored = msgspec.msgpack.encode(OlderChat("cake", 1))
    assert define(Chat).decode(stored) == Chat("cake", [])
    assert define(Point).decode(msgspec.msgpack.encode({"y": 2})) == Point(0)


def test_a_typed_dict_gains_new_keys_empty() -> None:
    stored = msgspec.msgpack.encode({"name": "ann", "old": 1})
    assert define(Profile).decode(stored) == {"name": "ann", "tags": [], "boss": None}


class Ledger(TypedDict):
    rows: dict[int, str]


class Leaf(msgspec.Struct, tag="leaf", rename="camel"):
    full_name: str = ""


@dataclass
class Tree:
    leaves: list[Leaf] = field(default_factory=list)
    by_id: dict[int, Leaf] = field(default_factory=dict)


def test_a_field_that_the_type_does_not_have_is_refused_with_its_path() -> None:
    leaf = {"type": "leaf", "fullName": "oak"}
    whole = {"leaves": [leaf, leaf], "by_id": {"7": leaf}}
    assert define(Tree).read(whole) == Tree([Leaf("oak")] * 2, {7: Leaf("oak")})
    wrong = {**leaf, "full": "oak"}
    for tree, path in (
        ({"leafs": []}, "leafs"),
        ({"leaves": [leaf, wrong]}, r"leaves\[1\].full"),
        ({"by_id": {"7": wrong}}, "by_id.7.full"),
    ):
        with pytest.raises(msgspec.ValidationError, match=rf"no field `{path}`"):
            define(Tree).read(tree)
    with pytest.raises(msgspec.ValidationError, match="no field `nam`"):
        define(Profile).read({"nam": "ann"})
    assert define(Profile).read({"tags": ["x"], "name": "ann"})["tags"] == ["x"]


@pytest.mark.parametrize("kind", [dict[int, str], Ledger])
def test_plain_data_from_the_wire_becomes_a_value_of_the_type(kind: Any) -> None:
    rows, tree = {1: "tea"}, {"1": "tea"}
    value = (rows, tree) if kind is not Ledger else ({"rows": rows}, {"rows": tree})
    assert define(kind).read(value[1]) == value[0]


@pytest.mark.parametrize("stored", [b"", b"\xc1", msgspec.msgpack.encode({"topic": 5}), b"\x91" * 5000])
def test_what_cannot_be_read_is_a_structured_error(stored: bytes) -> None:
    with pytest.raises(ActorError) as failed:
        define(Chat).decode(stored)
    assert failed.value.name == "protocol.invalid_persisted_data"


def test_a_typed_dict_with_a_value_of_another_type_cannot_be_read() -> None:
    with pytest.raises(ActorError, match="invalid_persisted_data"):
        define(Profile).decode(msgspec.msgpack.encode({"name": 5}))


@pytest.mark.parametrize("value", [object(), {"a": object()}, 2**70, "\ud800"])
def test_what_cannot_be_stored_is_a_structured_error(value: Any) -> None:
    with pytest.raises(ActorError) as failed:
        define(Any).encode(value)
    assert failed.value.name == "actor.state_not_serializable"
    assert "stateful" in failed.value.message


def test_moments_and_bytes_keep_their_types_in_untyped_states() -> None:
    state = define(dict)
    value = {"at": datetime(2026, 1, 1, tzinfo=UTC), "raw": b"\x00\xff", 7: None}
    assert state.decode(state.encode(value)) == value


def test_a_class_without_annotation_has_no_state() -> None:
    class Stateless(Actor):
        pass

    assert Stateless.__definition__.state is None


# -- the state of connections ----------------------------------------------------------------------------
def test_the_state_of_connections_comes_back_as_annotated() -> None:
    @dataclass
    class Seat:
        row: int

    class Hall(Actor, name="hall"):
        conn: Conn[Seat]

    codec = Hall.__definition__.conn_state
    assert codec.decode(codec.encode(Seat(4))) == Seat(4)
    with pytest.raises(ActorError, match=r"protocol\.invalid_persisted_data"):
        codec.decode(msgspec.msgpack.encode("no seat"))


def test_the_state_of_connections_comes_back_as_the_constant_that_it_began_with() -> None:
    @dataclass
    class Seat:
        row: int = 1

    class Stalls(Actor, name="stalls"):
        conn_state = Seat()

    codec = Stalls.__definition__.conn_state
    assert codec.decode(codec.encode(Seat(4))) == Seat(4)


@pytest.mark.parametrize("annotated", [False, True])
def test_connections_without_a_type_have_plain_data(annotated: bool) -> None:
    class Bare(Actor, name="bare"):
        if annotated:
            conn: Conn  # type: ignore[type-arg]

    codec = Bare.__definition__.conn_state
    assert codec.decode(codec.encode({"a": [1, None]})) == {"a": [1, None]}
    with pytest.raises(ActorError, match=r"actor\.state_not_serializable"):
        codec.encode(object())
