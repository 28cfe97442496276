"""Django's system checks: mistakes in actor classes (E0xx, W0xx) and in the project's settings (E1xx, W1xx).

Run by every manage.py command that checks. `python -m actors.checks` prints the table of docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count

from actors.api.define import Blueprint
from actors.api.problems import PROBLEMS, find_problems
from actors.api.registry import declared
from actors.conf import NodeConfig
from actors.gateway.access import rule_of
from actors.gateway.platform import current

INSECURE_PREFIX: Final = "django-insecure-"
SHORTEST_SECRET: Final = 32
MOST_ORPHANS: Final = 20

SETTINGS_CHECKS: Final[dict[str, tuple[str, str]]] = {
    "E101": (
        "Actors have no token and DEBUG is off: every door stays closed.",
        "Set ACTORS['TOKEN'] to a long random text and give it to your clients.",
    ),
    "E102": (
        "Actors are stored in PostgreSQL, but the default database is {engine}.",
        "Point DATABASES['default'] at a PostgreSQL server.",
    ),
    "E103": (
        "ASGI_APPLICATION is not set: without ASGI no client can connect to an actor.",
        "Write an asgi.py with ActorsApplication and set ASGI_APPLICATION to it.",
    ),
    "E104": (
        "SECRET_KEY is weak and DEBUG is off: nodes derive from it the secret that they trust each other by.",
        "Use a long random SECRET_KEY, or set ACTORS['INTERNAL_SECRET'].",
    ),
    "E105": (
        "A lease of {lease} s runs out between heartbeats of {heartbeat} s: nodes would lose their actors.",
        "Let ACTORS['LEASE_DURATION'] be at least twice ACTORS['HEARTBEAT_INTERVAL'].",
    ),
    "E106": (
        "ACTORS['SESSION_ACCESS'] is {found}, which lets nobody in: {reason}.",
        "Use None, 'authenticated', 'staff', or the dotted path of a function that takes the user.",
    ),
    "W101": (
        "ACTORS['TOKEN'] has {length} characters and can be guessed.",
        "Use a random text of at least 32 characters.",
    ),
    "W102": (
        "The option {option} is {given}, but ACTORS['{setting}'] is {limit}: the smaller one counts.",
        "Raise the setting, or lower the option.",
    ),
    "W103": (
        "{count} schedules of actors {actor!r} call the action {action!r}, which is gone: they wait.",
        "Bring the action back, and they run within the hour; or cancel them.",
    ),
}

Found = Iterator[tuple[str, dict[str, Any]]]


@register("actors")
def check_actors(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Mistakes in the actor classes of the apps in question."""
    modules = None if app_configs is None else tuple(config.name for config in app_configs)

    def asked(actor: type) -> bool:
        return modules is None or actor.__module__.startswith(modules)

    mistakes = [
        _message(problem.id, problem.message, problem.hint, problem.actor)
        for problem in find_problems(declared.values())
        if asked(problem.actor)
    ]
    hopes = [
        found
        for blueprint in declared.values()
        if asked(blueprint.actor)
        for found in judge_class(blueprint, current().config)
    ]
    return mistakes + hopes


def judge_class(blueprint: Blueprint, config: NodeConfig) -> list[CheckMessage]:
    """Where a class asks for more than this configuration gives."""
    text, hint = SETTINGS_CHECKS["W102"]
    options, messages = blueprint.definition.options, []
    for setting in ("max_incoming_message", "max_outgoing_message"):
        given, limit = getattr(options, f"{setting}_size"), getattr(config, setting)
        if isinstance(given, int) and given > limit:
            words = text.format(option=f"{setting}_size", given=given, setting=setting.upper(), limit=limit)
            messages.append(_message("W102", words, hint, blueprint.actor))
    return messages


@register("actors")
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What a project must have for its actors to be reachable, safe and durable."""
    return judge(current().config)


def judge(config: NodeConfig) -> list[CheckMessage]:
    """What is wrong with this configuration in this project."""
    messages = []
    for rule in (_token, _database, _asgi, _secret_key, _lease, _session_access):
        for check, fields in rule(config):
            text, hint = SETTINGS_CHECKS[check]
            messages.append(_message(check, text.format_map(fields), hint, None))
    return messages


def _token(config: NodeConfig) -> Found:
    if config.token is None:
        if not config.open_on_loopback:
            yield "E101", {}
    elif len(config.token) < SHORTEST_SECRET and not settings.DEBUG:
        yield "W101", {"length": len(config.token)}


def _database(config: NodeConfig) -> Found:
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        yield "E102", {"engine": settings.DATABASES.get(DEFAULT_DB_ALIAS, {}).get("ENGINE") or "not set"}


def _asgi(config: NodeConfig) -> Found:
    if not getattr(settings, "ASGI_APPLICATION", None):
        yield "E103", {}


def _secret_key(config: NodeConfig) -> Found:
    own_secret = "INTERNAL_SECRET" in getattr(settings, "ACTORS", {})
    key = settings.SECRET_KEY
    weak = key.startswith(INSECURE_PREFIX) or len(key) < SHORTEST_SECRET
    if weak and not own_secret and not config.open_on_loopback:
        yield "E104", {}


def _lease(config: NodeConfig) -> Found:
    if config.lease_duration < 2 * config.heartbeat_interval:
        yield "E105", {"lease": config.lease_duration, "heartbeat": config.heartbeat_interval}


def _session_access(config: NodeConfig) -> Found:
    rule = config.session_access
    if rule is None:
        return
    try:
        rule_of(rule)
    except (ImportError, TypeError) as exc:
        yield "E106", {"found": repr(rule), "reason": exc}
    else:
        if not apps.is_installed("django.contrib.sessions"):
            yield "E106", {"found": repr(rule), "reason": "django.contrib.sessions is not installed"}


@register(Tags.database)
def check_schedules(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Schedules that were found without their action, by `check --database default` and by `migrate`."""
    connection = connections[DEFAULT_DB_ALIAS]
    if DEFAULT_DB_ALIAS not in (databases or ()) or connection.vendor != "postgresql":
        return []
    schedules = apps.get_model("actors", "Schedule")
    if schedules._meta.db_table not in connection.introspection.table_names():
        return []
    orphans = schedules._default_manager.filter(orphaned_at__isnull=False)
    found = orphans.values_list("actor__name", "action").annotate(count=Count("id")).order_by("-count")
    text, hint = SETTINGS_CHECKS["W103"]
    return [
        _message("W103", text.format(count=count, actor=name, action=action), hint, None)
        for name, action, count in found[:MOST_ORPHANS]
    ]


def _message(check: str, text: str, hint: str, actor: type | None) -> CheckMessage:
    kind: Callable[..., CheckMessage] = Error if check.startswith("E") else Warning
    label = None if actor is None else f"{actor.__module__}.{actor.__qualname__}"
    return kind(text, hint=hint, obj=label, id=f"actors.{check}")


def table() -> str:
    """Every check as a row of Markdown."""
    rows = ["| id | message | what to do |", "|---|---|---|"]
    for check, (text, hint) in {**PROBLEMS, **SETTINGS_CHECKS}.items():
        rows.append(f"| `actors.{check}` | {text} | {hint} |".replace("!r}", "}"))
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(table(), end="")
