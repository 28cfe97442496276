"""Permits."""

from __future__ import annotations

from actors.runtime.inbox import Inbox
from actors.runtime.measures import unseen


def test_there_are_as_many_permits_as_the_capacity() -> None:
    inbox = Inbox(3, unseen())
    assert [inbox.try_reserve() for _ in range(5)] == [True, True, True, False, False]
    inbox.release()
    assert [inbox.try_reserve(), inbox.try_reserve()] == [True, False]


def test_overload_says_where_how_much_and_what_for() -> None:
    err = Inbox(3, unseen()).overloaded("increment")
    assert (err.name, err.status) == ("actor.overloaded", 503)
    assert err.metadata == {"channel": "dispatch", "capacity": 3, "operation": "increment"}
    assert "capacity 3" in err.message
