"""Which Django user stands behind a request, for `conn.user`: the session cookie's, else the anonymous one.

Looked up only when the cookie is there and the page that sent it is ours: the doors answer every origin, a
cookie must not. The token says who may call the platform, never who the user is.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from channels.auth import get_user
from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port

from actors.gateway.auth import Headers, host_of, text_header

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


@lru_cache(maxsize=1)
def anonymous() -> AnonymousUser:
    """Django's user for nobody, one for all."""
    from django.contrib.auth.models import AnonymousUser  # only once the apps are ready

    return AnonymousUser()


async def user_of(scope: Mapping[str, Any], headers: Headers) -> Any:
    """The user of a request or websocket. Reads the database only for a session cookie of our own pages."""
    cookies = headers.get(b"cookie")
    if cookies is None or not _is_own_page(headers):
        return anonymous()
    session_key = parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    if session_key is None:
        return anonymous()
    engine = import_module(settings.SESSION_ENGINE)
    with_session: Any = {**scope, "session": engine.SessionStore(session_key)}
    return await get_user(with_session)


def _is_own_page(headers: Headers) -> bool:
    """Whether the request comes from a page of this site, of a trusted origin, or from no page at all."""
    origin = headers.get(b"origin")
    if origin is None or origin.decode("latin-1") in settings.CSRF_TRUSTED_ORIGINS:
        return True
    own, _ = split_domain_port((text_header(headers, b"host") or "").lower())
    return bool(own) and host_of(origin) == own.strip("[]")
