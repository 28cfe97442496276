"""Names in Python, names on the wire, names that are taken."""

from __future__ import annotations

from dataclasses import fields

import pytest

from actors import Actor
from actors.api.naming import HOOKS, RESERVED, camel_case, wire_names
from actors.runtime.definition import Hooks


@pytest.mark.parametrize(
    ("python", "wire"),
    [
        ("ChatRoom", "chatRoom"),
        ("Counter", "counter"),
        ("HTTPGate", "httpGate"),
        ("HTTP2Gate", "http2Gate"),
        ("A", "a"),
        ("send_message", "sendMessage"),
        ("history", "history"),
        ("sendMessage", "sendMessage"),
        ("add_user_2", "addUser2"),
    ],
)
def test_python_names_become_camel_case(python: str, wire: str) -> None:
    assert camel_case(python) == wire


def test_a_member_answers_to_both_names_the_camel_case_one_first() -> None:
    assert wire_names("send_message", None) == ("sendMessage", "send_message")
    assert wire_names("history", None) == ("history",)


def test_an_explicit_name_stands_alone() -> None:
    assert wire_names("add_user", "users.add") == ("users.add",)


def test_the_hooks_are_those_that_the_runtime_calls() -> None:
    assert set(HOOKS) == {field.name for field in fields(Hooks)} | {"create_state"}


def test_everything_that_actor_offers_is_reserved() -> None:
    assert {name for name in vars(Actor) if not name.startswith("_")} <= RESERVED
