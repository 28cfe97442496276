"""Suites about what an actor keeps beside its state."""

from __future__ import annotations

from tests.clients.suites.conftest import Shown


def test_actor_kv(shown: Shown) -> None:
    shown()


def test_actor_queue(shown: Shown) -> None:
    shown()
