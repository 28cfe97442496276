"""Suites about whole lives: starting, running, sleeping, saving, being destroyed."""

from __future__ import annotations

from tests.clients.suites.conftest import Shown


def test_actor_destroy(shown: Shown) -> None:
    shown()


def test_actor_lifecycle(shown: Shown) -> None:
    shown()


def test_actor_run(shown: Shown) -> None:
    shown()


def test_actor_save_state(shown: Shown) -> None:
    shown()


def test_actor_schedule(shown: Shown) -> None:
    shown()


def test_actor_sleep(shown: Shown) -> None:
    shown()
