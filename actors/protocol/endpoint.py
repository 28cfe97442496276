"""Endpoint strings, `https://namespace:token@host/base`, and URLs below them: for clients and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from actors.errors import ActorError, error
from actors.protocol.urls import escape


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint taken apart. `url` has no credentials."""

    url: str
    namespace: str | None = None
    token: str | None = None


def parse_endpoint(text: str) -> Endpoint:
    """Take an endpoint apart.

    Raises `config.invalid` for no URL, a query, a fragment or a token without namespace.
    RivetKit: ts/utils/endpoint-parser.ts.
    """
    parts = _split(text)
    if parts.query:
        raise _invalid("endpoint cannot contain a query string")
    if parts.fragment:
        raise _invalid("endpoint cannot contain a fragment")
    namespace = unquote(parts.username or "") or None
    token = unquote(parts.password or "") or None
    if token and not namespace:
        raise _invalid("endpoint cannot have a token without a namespace")
    host = parts.netloc.rpartition("@")[2]
    return Endpoint(urlunsplit((parts.scheme, host, parts.path or "/", "", "")), namespace, token)


def join_url(endpoint: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """`endpoint` + `path`, whose own query comes first. Double slashes collapse, a second "?" cuts."""
    base = urlsplit(endpoint)
    below, _, own = path.partition("?")
    joined = re.sub("/+", "/", f"{base.path}/{below}")
    pairs = [f"{escape(name)}={escape(value)}" for name, value in (query or {}).items()]
    own_query = own.partition("?")[0]
    all_parts = ([own_query] if own_query else []) + pairs
    return f"{base.scheme}://{base.netloc}{joined}" + ("?" + "&".join(all_parts) if all_parts else "")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        complete = bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError as exc:
        raise _invalid(f"invalid URL: {text}") from exc
    if not complete:
        raise _invalid(f"invalid URL: {text}")
    return parts


def _invalid(reason: str) -> ActorError:
    return error("config.invalid", reason=reason)
