"""Which Django user and session stand behind a request: the cookie's, else the anonymous user and no session.

Looked up once for a request or a websocket, and only when the cookie is there and the page that sent it is
ours: the doors answer every origin, a cookie must not. The token says who may call the platform, never who
the user is.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

from channels.auth import get_user
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, parse_cookie
from django.utils.http import is_same_domain

from actors.gateway.auth import Headers, text_header

_HTTP: Final = {"ws": "http", "wss": "https"}
_PERSON: Final = "actors.person"
"""Where the ASGI scope keeps who it is."""
_UNTOUCHED: Final = frozenset({b"none", b"same-origin"})
"""`Sec-Fetch-Site` of a request that no other site has caused."""


@dataclass(frozen=True, slots=True)
class Person:
    """What `conn.user` and `conn.session` are. Both are loaded: reading them touches no database."""

    user: Any
    session: Any = None


@lru_cache(maxsize=1)
def anonymous() -> Person:
    """Nobody, one for all."""
    from django.contrib.auth.models import AnonymousUser  # only once the apps are ready

    return Person(AnonymousUser())


async def person_of(scope: MutableMapping[str, Any], headers: Headers, vouched: bool = False) -> Person:
    """Who makes a request or opens a websocket. Reads the database only for a cookie of our own pages.

    `vouched`: the node that met the client has looked at the page, and passed on only a cookie that counts.
    """
    cookies = headers.get(b"cookie")
    if cookies is None or not (vouched or is_own_page(scope, headers)):
        return anonymous()
    if _PERSON not in scope:
        scope[_PERSON] = await _look_up(scope, cookies)
    found: Person = scope[_PERSON]
    return found


async def _look_up(scope: Mapping[str, Any], cookies: bytes) -> Person:
    session_key = parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    if session_key is None:
        return anonymous()
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    with_session: Any = {**scope, "session": session}
    return Person(await get_user(with_session), session)


def is_own_page(scope: Mapping[str, Any], headers: Headers) -> bool:
    """Whether the request comes from a page of this site or of a trusted origin, or was typed by its visitor.

    Who does not say where it comes from is not. The rule of Django's CsrfViewMiddleware: scheme, host and
    port count, and CSRF_TRUSTED_ORIGINS.
    """
    origin = _origin(headers)
    return origin is None or origin == _own_origin(scope) or _is_trusted(origin)


def _origin(headers: Headers) -> str | None:
    """The origin of the page that caused a request, "null" where it hides; None if no other site had a part.

    Links, images and forms by GET send no `Origin`: of them the browser says by `Sec-Fetch-Site` whether it
    was another site, and by `Referer` which one. Where a page can leave out all three, silence is no answer.
    """
    origin = text_header(headers, b"origin")
    if origin is not None:
        return origin
    if headers.get(b"sec-fetch-site") in _UNTOUCHED:
        return None
    referer = text_header(headers, b"referer")
    if referer is None:
        return "null"
    try:
        page = urlsplit(referer)
    except ValueError:
        return "null"
    return f"{page.scheme}://{page.netloc}"


def introduce(request: HttpRequest, person: Person) -> None:
    """Let Django's own request say who asks as `conn` does, whatever a middleware has read in the cookie."""

    async def auser() -> Any:
        return person.user

    told = vars(request)
    told.update(user=person.user, auser=auser)
    if person.session is None:
        told.pop("session", None)
    else:
        told["session"] = person.session


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
