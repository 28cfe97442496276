"""CORS headers: browsers on other sites may call with credentials, because only a token opens the doors.

RivetKit: engine/packages/guard-core (gateway routes) and api-builder (management API). Holds no policy: that
is auth's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

METHODS: Final = "GET, POST, PUT, DELETE, OPTIONS, PATCH"
MAX_AGE: Final = "86400"
API_VARY: Final = "origin, access-control-request-method, access-control-request-headers"


def gateway_headers(origin: str | None) -> dict[str, str]:
    """For every answer of a gateway route, errors too."""
    return {
        "access-control-allow-origin": origin or "*",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "*",
        "vary": "Origin",
    }


def gateway_preflight(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """For the answer 204 to OPTIONS on a gateway route."""
    return {
        **gateway_headers(_text(headers, b"origin")),
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": _text(headers, b"access-control-request-headers") or "*",
        "access-control-max-age": MAX_AGE,
    }


def api_headers(origin: str | None) -> dict[str, str]:
    """For every answer of the management API."""
    headers = {"vary": API_VARY, "access-control-allow-credentials": "true"}
    if origin is not None:
        headers["access-control-allow-origin"] = origin
    return headers


def api_preflight(headers: Mapping[bytes, bytes], allowed: str) -> dict[str, str]:
    """For the answer 200 to OPTIONS on the management API; `allowed` lists the methods of the route."""
    answer = {**api_headers(_text(headers, b"origin")), "allow": allowed}
    for asked, granted in (
        (b"access-control-request-method", "access-control-allow-methods"),
        (b"access-control-request-headers", "access-control-allow-headers"),
    ):
        if asked in headers:
            answer[granted] = headers[asked].decode("latin-1")
    return answer


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
