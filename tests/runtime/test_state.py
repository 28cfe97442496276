"""Encode and compare: what counts as a change, and what is refused."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest

from actors.errors import ActorError
from actors.runtime.definition import StateDefinition
from actors.runtime.measures import unseen
from actors.runtime.state import KEEP_WHOLE, WARN_AT, ActorState

PACKED = StateDefinition(lambda *_: [], msgspec.msgpack.encode, msgspec.msgpack.decode)


def stored(value: Any, limit: int = 16 * 1024 * 1024) -> ActorState:
    """A state of which `value` is durable."""
    state = ActorState("thing", PACKED, limit, unseen())
    state.load(msgspec.msgpack.encode(value), 7)
    return state


@pytest.mark.parametrize("size", [1, KEEP_WHOLE - 10, KEEP_WHOLE + 10, 100_000])
def test_a_change_anywhere_is_seen_whatever_the_size(size: int) -> None:
    state = stored([0] * size)
    assert not state.differs(state.encode())
    state.value[-1] = 1
    assert state.differs(state.encode())
    state.value[-1] = 0
    assert not state.differs(state.encode())


def test_only_what_was_confirmed_is_durable() -> None:
    state = ActorState("thing", PACKED, 1000, unseen())
    state.value = PACKED.create(object(), None)
    data = state.encode()
    assert (state.stored, state.differs(data)) == (False, True)
    assert state.offer(data) == 1
    assert state.differs(data)
    state.confirm()
    assert (state.stored, state.differs(data)) == (True, False)


def test_the_revision_goes_on_from_the_stored_one() -> None:
    state = stored([])
    assert [state.offer(b"1"), state.offer(b"2")] == [8, 9]


def test_large_states_do_not_hold_a_second_copy() -> None:
    state = stored(["x" * 100_000])
    assert isinstance(state._durable, tuple)
    assert sum(len(part) for part in state._durable if isinstance(part, bytes)) < 64


def test_a_large_state_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    state = stored(["x" * (WARN_AT + 1)])
    for _ in range(3):
        state.encode()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("limit", [100, WARN_AT * 2])
def test_a_state_over_the_limit_is_refused_every_time(limit: int) -> None:
    state = ActorState("thing", PACKED, limit, unseen())
    state.value = "x" * (limit + 1)
    for _ in range(2):
        with pytest.raises(ActorError, match=r"actor\.state_too_large"):
            state.encode()
    state.value = "x" * (limit - 10)
    assert len(state.encode()) <= limit


def test_what_cannot_be_encoded_is_named() -> None:
    state = ActorState("thing", PACKED, 1000, unseen())
    state.value = object()
    with pytest.raises(ActorError, match=r"actor\.state_not_serializable: The state of 'thing'.*object"):
        state.encode()


def test_an_actor_without_a_state_has_an_empty_one() -> None:
    state = ActorState("thing", None, 1000, unseen())
    assert (state.enabled, state.encode(), state.differs(b"")) == (False, b"", True)
    state.load(b"", 1)
    assert not state.differs(state.encode())
