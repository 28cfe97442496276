"""Suites about calling: addresses, actions, their values and their failures."""

from __future__ import annotations

from tests.clients.suites.conftest import Shown


def test_action_features(shown: Shown) -> None:
    shown()


def test_actor_error_handling(shown: Shown) -> None:
    shown()


def test_actor_handle(shown: Shown) -> None:
    shown()


def test_actor_metadata(shown: Shown) -> None:
    shown()


def test_actor_onstatechange(shown: Shown) -> None:
    shown()


def test_actor_state(shown: Shown) -> None:
    shown()


def test_actor_stateless(shown: Shown) -> None:
    shown()


def test_actor_vars(shown: Shown) -> None:
    shown()


def test_manager_driver(shown: Shown) -> None:
    shown()
