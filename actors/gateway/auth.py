"""Who may pass: holders of the token, or a loopback peer while the site is in DEBUG. All others are denied.

Called by every door before it looks at an actor. Tokens are compared in constant time and never logged.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from django.http.request import split_domain_port

from actors.conf import NodeConfig
from actors.errors import error
from actors.protocol.handshake import bearer_token

Headers: TypeAlias = Mapping[bytes, bytes]

_PROXY_MARKS: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip"})


def headers_of(scope: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The headers of an ASGI scope by lower-case name; of repeated ones the last."""
    return dict(scope["headers"])


def text_header(headers: Headers, name: bytes) -> str | None:
    """One header as text, None when absent."""
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def presented_tokens(headers: Headers) -> list[str]:
    """Tokens that the headers carry: `Authorization: Bearer ...` and `x-rivet-token`."""
    found = (bearer_token(text_header(headers, b"authorization")), text_header(headers, b"x-rivet-token"))
    return [token for token in found if token is not None]


def authorize(
    config: NodeConfig, scope: Mapping[str, Any], headers: Headers, *url_tokens: str | None
) -> None:
    """Raises api.forbidden unless a presented token is the platform's, or the open-on-loopback rule holds."""
    if not may_pass(config, scope, headers, *url_tokens):
        raise error("api.forbidden")


def may_pass(config: NodeConfig, scope: Mapping[str, Any], headers: Headers, *url_tokens: str | None) -> bool:
    """Whether a presented token is the platform's, or the open-on-loopback rule holds."""
    if config.token is not None:
        tokens: Iterable[str | None] = (*url_tokens, *presented_tokens(headers))
        secret = config.token.encode()
        matches = [hmac.compare_digest(secret, token.encode()) for token in tokens if token is not None]
        return any(matches)
    return config.open_on_loopback and _is_local(scope, headers)


def _is_local(scope: Mapping[str, Any], headers: Headers) -> bool:
    """A loopback peer that no proxy stands in front of, and no page of a foreign site.

    A page whose name a foreign DNS server turns to 127.0.0.1 sends no Origin, but still that name as Host.
    A foreign page's link or image sends no Origin either, and the browser says so by `Sec-Fetch-Site`.
    """
    client = scope.get("client")
    if client is None or not _PROXY_MARKS.isdisjoint(headers):
        return False
    origin = headers.get(b"origin")
    return (
        _is_loopback(client[0])
        and _is_loopback_authority(headers.get(b"host", b""))
        and (
            headers.get(b"sec-fetch-site") != b"cross-site" if origin is None else _is_loopback_origin(origin)
        )
    )


@lru_cache(maxsize=256)
def _is_loopback_authority(host: bytes) -> bool:
    """Whether a `Host` header, with or without a port, names this machine."""
    domain, _ = split_domain_port(host.decode("latin-1"))
    return _is_loopback(domain.strip("[]"))


@lru_cache(maxsize=256)
def _is_loopback_origin(origin: bytes) -> bool:
    try:
        return _is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")
    except ValueError:
        return False


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
