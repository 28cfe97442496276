"""Who may reach an actor without the token: people of the site's own pages, if the project says so.

`ACTORS["SESSION_ACCESS"]` is the rule; without one a login opens nothing. Asked after the token by every door
of an actor, never by the management API.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, TypeAlias, cast

from django.utils.module_loading import import_string

from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.auth import Headers, may_pass
from actors.gateway.identity import person_of

Rule: TypeAlias = Callable[[Any], bool | Awaitable[bool]]


async def authorize_caller(
    config: NodeConfig, scope: MutableMapping[str, Any], headers: Headers, *url_tokens: str | None
) -> None:
    """Raises api.forbidden unless the token, the loopback rule, or the login of one of our pages lets in."""
    if may_pass(config, scope, headers, *url_tokens):
        return
    if config.session_access is not None and b"cookie" in headers:
        person = await person_of(scope, headers)
        allowed = rule_of(config.session_access)(person.user)
        if (await allowed if inspect.isawaitable(allowed) else allowed) is True:
            return
    raise error("api.forbidden")


@lru_cache(maxsize=8)
def rule_of(name: str) -> Rule:
    """The rule behind a setting. Raises ImportError, or TypeError for what cannot be called."""
    if name in _RULES:
        return _RULES[name]
    rule: Any = import_string(name)
    if not callable(rule):
        raise TypeError(f"{name} is no function")
    return cast(Rule, rule)


def _is_authenticated(user: Any) -> bool:
    return bool(user.is_authenticated)


def _is_staff(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_staff)


_RULES: Mapping[str, Rule] = {"authenticated": _is_authenticated, "staff": _is_staff}
