"""Who may inspect an actor: holders of its token, of a pass or of the platform's token, and staff by login.

The actor's token and passes are derived from the secret that all nodes share, so they need no row and no
awake actor to be checked. Asked before an actor is looked for. Tokens are compared in constant time and never
logged.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import MutableMapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.access import may_operate
from actors.gateway.auth import Headers, text_header
from actors.gateway.identity import Person, person_of
from actors.gateway.permissions import CHANGE, VIEW, check_writable
from actors.gateway.platform import Platform
from actors.protocol.handshake import bearer_token

PASS_LASTS: Final = 15 * 60
"""Seconds that a pass is good for: so long a permission that has been taken away may still be used."""

_PURPOSE: Final = "inspector:"
_RIGHTS: Final = {"look": VIEW, "change": CHANGE}


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who is let in: the person of a staff login, else nobody in particular. `wakes`: they wake the actor."""

    person: Person
    wakes: bool = True


def inspector_token(config: NodeConfig, actor_id: str) -> str | None:
    """43 characters that open the inspector of one actor. None without a secret: then no token does."""
    return _derived(config, _PURPOSE + actor_id)


def inspector_pass(platform: Platform, actor_id: str, *, may_change: bool) -> str | None:
    """A token for one actor and a while, with the right to change something or to look alone.

    For a page that is not to hold more than its visitor may, and to wake nobody. None without a secret.
    """
    right = "change" if may_change else "look"
    until = platform.clock.now_ms() // 1000 + PASS_LASTS
    mark = _derived(platform.config, f"pass:{actor_id}:{right}:{until}")
    return None if mark is None else f"{right}.{until}.{mark}"


def _derived(config: NodeConfig, purpose: str) -> str | None:
    if not config.internal_secret:
        return None
    digest = hmac.new(config.internal_secret.encode(), purpose.encode(), sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def shows_anything(headers: Headers, offered: str | None = None) -> bool:
    """Whether there is anything that could let it in: without, nothing has to be looked up."""
    return offered is not None or b"authorization" in headers or b"cookie" in headers


async def authorize_inspector(
    platform: Platform,
    scope: MutableMapping[str, Any],
    headers: Headers,
    actor_id: str | None,
    permission: str,
    offered: str | None = None,
) -> Entrant:
    """Who inspects.

    Raises inspector.unauthorized, inspector.forbidden to a pass for looking alone, and inspector.read_only to
    all but the platform's own programs.
    `offered` is the token of a websocket; without it `Authorization` counts, and nothing else. For an actor
    that there is not (None) only the platform's token and a login can do.
    """
    config = platform.config
    token = offered if offered is not None else bearer_token(text_header(headers, b"authorization"))
    if token is not None and _is(token, config.token):
        return Entrant(await person_of(scope, headers))
    if token is not None and actor_id is not None:
        is_pass = _is_pass(platform, actor_id, token, permission)
        if is_pass or _is(token, inspector_token(config, actor_id)):
            check_writable(config, permission)
            return Entrant(await person_of(scope, headers), wakes=not is_pass)
    person = await may_operate(config, scope, headers, permission)
    if person is None:
        raise error("inspector.unauthorized")
    return Entrant(person)


def _is_pass(platform: Platform, actor_id: str, token: str, permission: str) -> bool:
    """Whether it is a pass for the actor that still lasts. Raises inspector.forbidden."""
    right, _, rest = token.partition(".")
    until, _, mark = rest.partition(".")
    if right not in _RIGHTS or not _is(mark, _derived(platform.config, f"pass:{actor_id}:{right}:{until}")):
        return False
    if int(until) * 1000 < platform.clock.now_ms():
        return False
    if permission not in (VIEW, _RIGHTS[right]):
        raise error("inspector.forbidden", permission=permission)
    return True


def _is(token: str, key: str | None) -> bool:
    return bool(key) and hmac.compare_digest((key or "").encode(), token.encode())
