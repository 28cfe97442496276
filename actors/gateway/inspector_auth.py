"""Who may inspect an actor: holders of its token or the platform's, and staff with Django's permission.

The actor's token is derived from the secret that all nodes share, so it needs no row and no awake actor to be
checked. Asked before an actor is looked for; tokens are compared in constant time and never logged.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import MutableMapping
from hashlib import sha256
from typing import Any, Final

from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.access import may_operate
from actors.gateway.auth import Headers, text_header
from actors.gateway.identity import Person, person_of
from actors.gateway.permissions import check_writable
from actors.protocol.handshake import bearer_token

_PURPOSE: Final = b"inspector:"


def inspector_token(config: NodeConfig, actor_id: str) -> str | None:
    """43 characters that open the inspector of one actor. None without a secret: then no token does."""
    if not config.internal_secret:
        return None
    digest = hmac.new(config.internal_secret.encode(), _PURPOSE + actor_id.encode(), sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def shows_anything(headers: Headers, offered: str | None = None) -> bool:
    """Whether there is anything that could let it in: without, nothing has to be looked up."""
    return offered is not None or b"authorization" in headers or b"cookie" in headers


async def authorize_inspector(
    config: NodeConfig,
    scope: MutableMapping[str, Any],
    headers: Headers,
    actor_id: str | None,
    permission: str,
    offered: str | None = None,
) -> Person:
    """Who inspects: the person of a staff login, else nobody in particular.

    Raises inspector.unauthorized, and inspector.read_only to all but the platform's own programs.
    `offered` is the token of a websocket; without it `Authorization` counts, and nothing else. For an actor
    that there is not (None) only the platform's token and a login can do.
    """
    token = offered if offered is not None else bearer_token(text_header(headers, b"authorization"))
    if token is not None and _is(token, config.token):
        return await person_of(scope, headers)
    if token is not None and actor_id is not None and _is(token, inspector_token(config, actor_id)):
        check_writable(config, permission)
        return await person_of(scope, headers)
    person = await may_operate(config, scope, headers, permission)
    if person is None:
        raise error("inspector.unauthorized")
    return person


def _is(token: str, key: str | None) -> bool:
    return bool(key) and hmac.compare_digest((key or "").encode(), token.encode())
