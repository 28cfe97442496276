"""Who may reach an actor without the token: people of the site's own pages, if the project says so.

`ACTORS["SESSION_ACCESS"]` is the rule of an actor's doors; without one a login opens none of them. For the
inspector and the management API Django's permissions are the rule. Asked after the tokens.
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
from actors.gateway.identity import Person, person_of
from actors.gateway.permissions import check_writable

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


async def may_operate(
    config: NodeConfig, scope: MutableMapping[str, Any], headers: Headers, permission: str
) -> Person | None:
    """The staff member with that permission of Django whose login one of our pages sends along, if any.

    Raises inspector.read_only to whoever only the switch keeps out.
    """
    if b"cookie" not in headers:
        return None
    person = await person_of(scope, headers)
    if not (_is_staff(person.user) and await person.user.ahas_perm(permission)):
        return None
    check_writable(config, permission)
    return person


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
