"""Which Django user stands behind a request, for `conn.user`: the session cookie's, else the anonymous one.

Looked up only when the cookie is there and the page that sent it is ours: the doors answer every origin, a
cookie must not. The token says who may call the platform, never who the user is.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from channels.auth import get_user
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import parse_cookie
from django.utils.http import is_same_domain

from actors.gateway.auth import Headers, text_header

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

_HTTP: Final = {"ws": "http", "wss": "https"}


@lru_cache(maxsize=1)
def anonymous() -> AnonymousUser:
    """Django's user for nobody, one for all."""
    from django.contrib.auth.models import AnonymousUser  # only once the apps are ready

    return AnonymousUser()


async def user_of(scope: Mapping[str, Any], headers: Headers, vouched: bool = False) -> Any:
    """The user of a request or websocket. Reads the database only for a session cookie of our own pages.

    `vouched`: the node that met the client has looked at the page, and passed on only a cookie that counts.
    """
    cookies = headers.get(b"cookie")
    if cookies is None or not (vouched or is_own_page(scope, headers)):
        return anonymous()
    session_key = parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    if session_key is None:
        return anonymous()
    engine = import_module(settings.SESSION_ENGINE)
    with_session: Any = {**scope, "session": engine.SessionStore(session_key)}
    return await get_user(with_session)


def is_own_page(scope: Mapping[str, Any], headers: Headers) -> bool:
    """Whether the request comes from a page of this site, of a trusted origin, or from no page at all.

    The rule of Django's CsrfViewMiddleware: scheme, host and port count, and CSRF_TRUSTED_ORIGINS.
    """
    origin = text_header(headers, b"origin")
    return origin is None or origin == _own_origin(scope) or _is_trusted(origin)


def _own_origin(scope: Mapping[str, Any]) -> str | None:
    """Where the site was asked, by Django's settings for hosts and proxies; None if it has no such host."""
    scheme = scope.get("scheme", "http")
    as_http = {"type": "http", "method": "GET", "query_string": b"", "scheme": _HTTP.get(scheme, scheme)}
    request = ASGIRequest({**scope, **as_http}, BytesIO())
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return None


def _is_trusted(origin: str) -> bool:
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        asked = urlsplit(origin)
    except ValueError:
        return False
    patterns = [urlsplit(trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS if "*" in trusted]
    return any(
        pattern.scheme == asked.scheme and is_same_domain(asked.netloc, pattern.netloc.lstrip("*"))
        for pattern in patterns
    )
