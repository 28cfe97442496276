"""Suites about connections: their life, their state, hibernation, and who is let in."""

from __future__ import annotations

from tests.clients.suites.conftest import Shown


def test_access_control(shown: Shown) -> None:
    shown()


def test_actor_conn(shown: Shown) -> None:
    shown()


def test_actor_conn_hibernation(shown: Shown) -> None:
    shown()


def test_actor_conn_state(shown: Shown) -> None:
    shown()


def test_actor_conn_status(shown: Shown) -> None:
    shown()


def test_conn_error_serialization(shown: Shown) -> None:
    shown()


def test_lifecycle_hooks(shown: Shown) -> None:
    shown()


def test_request_access(shown: Shown) -> None:
    shown()
