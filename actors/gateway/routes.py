"""Gateway URLs as routes: whom a request addresses and what it asks of that actor.

Parsing is pure and the same URL comes again with every action, so its result is kept in a small cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from django.conf import settings
from django.urls import reverse

from actors.errors import error
from actors.protocol.keys import check_key, serialize_key
from actors.protocol.urls import DirectTarget, QueryTarget, Target, parse_gateway_path

Ask: TypeAlias = Literal["action", "queue", "request", "inspector", "connect", "page", "unknown"]

RAW_BODY: Final = 20 * 1024 * 1024
"""What a raw request may carry; RivetKit: guard.http_max_request_body_size."""
_CACHED_LENGTH: Final = 2048
"""Longer URLs carry an input and come once."""


@dataclass(frozen=True, slots=True)
class Route:
    """One gateway URL. `key` is the serialized key of a query target; `name` the action, queue or page.

    `path` is what the actor sees, still percent-encoded; `query` is what is left for the actor.
    """

    target: Target
    key: str
    path: str
    query: str
    ask: Ask
    name: str = ""

    @property
    def token(self) -> str | None:
        """The token that the URL carries."""
        return self.target.token


def route_of(scope: Mapping[str, Any]) -> Route | None:
    """The route of a request or websocket; None when its path is no gateway path.

    Raises guard.query_*, envoy.fetch_failed (a broken percent escape) and actor.key_too_large.
    """
    path, query = raw_path(scope), scope["query_string"].decode("latin-1")
    if len(path) + len(query) > _CACHED_LENGTH:
        return _parse(path, query)
    return _parse_cached(path, query)


def direct_route(target: DirectTarget, path: str, query: str) -> Route:
    """The route of a request or websocket that names its actor beside the URL."""
    ask, name = _asked(path)
    return Route(target, "", path, query, ask, name)


def raw_path(scope: Mapping[str, Any]) -> str:
    """The path as sent, still percent-encoded, below the prefix that the URLs are mounted at."""
    raw: bytes | None = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.decode("latin-1")
    path = path.removeprefix(scope.get("root_path") or "")
    return "/" + path.removeprefix(mount_prefix())


def url_of(path: str, query: str) -> str:
    """Path and query as sent: `path` as from `raw_path`, under the prefix again."""
    return mount_prefix() + path.removeprefix("/") + (f"?{query}" if query else "")


def mount_prefix() -> str:
    """Where `actors.gateway.urls` is included: "/" or "/some/where/"."""
    return _mount_prefix(settings.ROOT_URLCONF)


@lru_cache(maxsize=8)
def _mount_prefix(urlconf: str) -> str:
    return reverse("actors:health", urlconf=urlconf).removesuffix("health")


def _parse(path: str, query: str) -> Route | None:
    parsed = parse_gateway_path(path, query)
    if parsed is None:
        return None
    target = parsed.target
    key = serialize_key(check_key(target.key)) if isinstance(target, QueryTarget) else ""
    ask, name = _asked(parsed.path)
    return Route(target, key, parsed.path, parsed.query, ask, name)


_parse_cached = lru_cache(maxsize=4096)(_parse)


def _asked(path: str) -> tuple[Ask, str]:
    """What `path` asks of an actor. RivetKit: rivetkit-core/src/registry/http.rs."""
    head, _, rest = path.removeprefix("/").partition("/")
    if path in ("", "/", "/health", "/metadata"):
        return "page", path or "/"
    if head in ("action", "queue") and rest and "/" not in rest:
        name = _decode_segment(rest)
        return ("unknown", "") if "/" in name else ("action" if head == "action" else "queue", name)
    if head == "request":
        return "request", ""
    if head == "inspector":
        return "inspector", ""
    return ("connect", "") if path == "/connect" else ("unknown", "")


def _decode_segment(segment: str) -> str:
    if not all(map(_is_escape, segment.split("%")[1:])):
        raise error("envoy.fetch_failed")
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as exc:
        raise error("envoy.fetch_failed") from exc


def _is_escape(part: str) -> bool:
    return len(part) >= 2 and all(digit in "0123456789abcdefABCDEF" for digit in part[:2])
