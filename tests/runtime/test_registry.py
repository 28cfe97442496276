"""The registry of classes."""

from __future__ import annotations

import pytest

from actors.errors import ActorError
from actors.runtime.registry import Registry
from tests.runtime.support import define


def test_classes_by_wire_name() -> None:
    registry = Registry()
    chat, counter = define("chat"), define("counter")
    registry.register(counter)
    registry.register(chat)
    assert registry.names() == ["chat", "counter"]
    assert registry.get("chat") is chat
    assert set(map(id, registry)) == {id(chat), id(counter)}
    assert "chat" in registry and "room" not in registry


def test_an_unknown_name_is_an_error_that_says_it() -> None:
    with pytest.raises(ActorError, match=r"actor\.not_registered.*'room'"):
        Registry().get("room")
