"""Calls between processes of one platform: a header that proves them, and the answer to one that went astray.

A header `x-actors-internal: <hops>.<unix ms>.<HMAC-SHA256>` covers method, URL and body, so a captured one
opens nothing else. `hops` counts the nodes that passed the call on: a call that has made its one hop is never
sent further.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from actors.errors import error

HEADER: Final = "x-actors-internal"
MAX_AGE_MS: Final = 60_000
WRONG_NODE: Final = 421


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the seal covers. `url` is path and query as sent."""

    method: str
    url: str
    body: bytes


def seal(secret: str, call: Sealed, hops: int, now_ms: int) -> str:
    """The header's value. Raises config.invalid without a secret: nodes must prove who they are."""
    if not secret:
        raise error("config.invalid", reason='set ACTORS["INTERNAL_SECRET"] to the same value on every node')
    return f"{hops}.{now_ms}.{_digest(secret, call, hops, now_ms)}"


def hops_of(secret: str, call: Sealed, value: str, now_ms: int) -> int | None:
    """The hops that a sealed call has made; None if the seal is not ours, too old, or from the future."""
    hops_text, _, rest = value.partition(".")
    time_text, _, digest = rest.partition(".")
    if not (secret and hops_text.isdecimal() and time_text.isdecimal() and len(value) < 128):
        return None
    hops, sealed_ms = int(hops_text), int(time_text)
    if abs(now_ms - sealed_ms) > MAX_AGE_MS:
        return None
    return (
        hops
        if hmac.compare_digest(digest.encode(), _digest(secret, call, hops, sealed_ms).encode())
        else None
    )


def _digest(secret: str, call: Sealed, hops: int, time_ms: int) -> str:
    head = f"{hops}\n{time_ms}\n{call.method}\n{call.url}\n".encode()
    return hmac.new(secret.encode(), head + sha256(call.body).digest(), sha256).hexdigest()
