"""The system checks: every id is raised by what it is about, has a hint, and stands in the docs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.db import connection
from django.test import override_settings

from actors.api.registry import declared
from actors.checks import SETTINGS_CHECKS, check_actors, check_schedules, judge, judge_class, table
from actors.conf import NodeConfig

ROOT = Path(__file__).resolve().parents[2]
SOUND = NodeConfig(token="t" * 40)
GOOD_KEY = "k" * 20 + "0123456789abcdefghij"


def ids(messages: list[CheckMessage]) -> list[str | None]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


@pytest.fixture(autouse=True)
def good_settings() -> Any:
    with override_settings(DEBUG=False, SECRET_KEY=GOOD_KEY, ACTORS={}):
        yield


def test_this_project_passes_its_checks() -> None:
    site = [config for config in apps.get_app_configs() if not config.name.startswith("tests.")]
    assert check_actors(site) == []
    assert judge(SOUND) == []


def test_django_runs_both_checks() -> None:
    from actors.checks import check_settings

    assert {check_actors, check_settings} <= set(registry.get_checks())
    assert ids(judge(SOUND)) == []


def test_no_token_and_no_debug() -> None:
    assert ids(judge(NodeConfig())) == ["actors.E101"]
    assert ids(judge(NodeConfig(open_on_loopback=True))) == []


def test_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    monkeypatch.setattr(connections["default"], "vendor", DatabaseWrapper.vendor)
    assert ids(judge(SOUND)) == ["actors.E102"]


@override_settings(ASGI_APPLICATION=None)
def test_no_asgi_application() -> None:
    assert ids(judge(SOUND)) == ["actors.E103"]


@pytest.mark.parametrize("key", ["short", "django-insecure-" + "x" * 50])
def test_a_weak_secret_key(key: str) -> None:
    with override_settings(SECRET_KEY=key):
        assert ids(judge(SOUND)) == ["actors.E104"]
        assert ids(judge(replace(SOUND, open_on_loopback=True))) == []
    with override_settings(SECRET_KEY=key, ACTORS={"INTERNAL_SECRET": "x" * 40}):
        assert ids(judge(SOUND)) == []


def test_a_lease_that_runs_out_between_heartbeats() -> None:
    found = judge(replace(SOUND, lease_duration=9.0, heartbeat_interval=5.0))
    assert ids(found) == ["actors.E105"]
    assert "9.0 s" in found[0].msg


@pytest.mark.parametrize("rule", ["nobody.knows", "everyone", "actors.conf.__name__"])
def test_a_rule_for_logins_that_is_none(rule: str) -> None:
    found = judge(replace(SOUND, session_access=rule))
    assert ids(found) == ["actors.E106"]
    assert repr(rule) in found[0].msg


@pytest.mark.parametrize("rule", ["authenticated", "staff", "rivet_project.pages.doors"])
def test_a_rule_for_logins(rule: str) -> None:
    assert ids(judge(replace(SOUND, session_access=rule))) == []


def test_a_short_token() -> None:
    found = judge(replace(SOUND, token="hello"))
    assert ids(found) == ["actors.W101"]
    assert "hello" not in found[0].msg
    with override_settings(DEBUG=True):
        assert ids(judge(replace(SOUND, token="hello"))) == []


def test_a_class_that_hopes_for_more_than_the_platform_takes() -> None:
    from actors import Actor, Options

    class Ambitious(Actor):
        options = Options(max_incoming_message_size=65_537, max_outgoing_message_size=1)

    blueprint = declared[Ambitious.__module__, Ambitious.__qualname__]
    try:
        (found,) = judge_class(blueprint, SOUND)
        assert (found.id, "max_incoming_message_size is 65537" in found.msg) == ("actors.W102", True)
        assert found in check_actors(None)
        assert judge_class(blueprint, replace(SOUND, max_incoming_message=65_537)) == []
    finally:
        declared.pop((Ambitious.__module__, Ambitious.__qualname__))


def test_mistakes_in_actor_classes_are_reported_with_their_class() -> None:
    from actors import Actor, action

    class Mistaken(Actor):
        @action
        async def on_wake(self) -> None: ...

    try:
        (found,) = [m for m in check_actors(None) if m.id == "actors.E012"]
        assert found.obj == f"{__name__}.{Mistaken.__qualname__}"
        assert check_actors([apps.get_app_config("counter")]) == []
    finally:
        declared.pop((Mistaken.__module__, Mistaken.__qualname__))


@pytest.mark.django_db
def test_schedules_whose_action_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        actor = "(id, name, key, crash_policy, created_at)"
        cursor.execute(f"INSERT INTO actors_actor {actor} VALUES ('m', 'chatRoom', 'b', 'sleep', 5)")
        columns = "(actor_id, id, kind, action, args, rules, created_at, orphaned_at)"
        for number, orphaned_at in ((1, 9), (2, 9), (3, None)):
            values = [number, orphaned_at]
            words = f"INSERT INTO actors_schedule {columns} VALUES ('m', %s, 'at', 'tidy', '', '{{}}', 5, %s)"
            cursor.execute(words, values)
    [message] = check_schedules(None, ["default"])
    assert ids([message]) == ["actors.W103"]
    assert message.msg.startswith("2 schedules of actors 'chatRoom' call the action 'tidy'")
    assert check_schedules(None, None) == check_schedules(None, ["other"]) == []
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert check_schedules(None, ["default"]) == []  # before the first migration


def test_every_settings_check_is_tested_here() -> None:
    source = Path(__file__).read_text()
    assert [check for check in SETTINGS_CHECKS if f'"actors.{check}"' not in source] == []


def test_the_docs_list_every_check() -> None:
    """Regenerate the table with `python -m actors.checks`."""
    assert table() in (ROOT / "docs" / "checks.md").read_text()
