"""Calls between processes of one platform: a header that proves them, and the answer to one that went astray.

A header `x-actors-internal: <hops>.<unix ms>.<SHA-256 of the body>.<HMAC-SHA256>` covers method, URL, body
and the headers that are passed on, so a captured one opens nothing else. The body stands in it by its hash: a
door knows who calls before it reads one. `hops` counts the nodes that passed the call on: after its one hop a
call is never sent further.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from actors.errors import error

HEADER: Final = b"x-actors-internal"
PASSED_ON: Final = (
    b"content-type",
    b"x-rivet-encoding",
    b"x-rivet-conn-params",
    b"cookie",
    b"origin",
    b"host",
)
"""What the owner gets to see of a client's headers."""
CLIENT_HEADERS: Final = b"x-actors-client-headers"
"""All headers of a raw request, packed. Of a node's making always, as CHAIN is."""
CHAIN: Final = b"x-actors-chain"
"""Who waits for the call. Of a node's making always: a client's own is not passed on."""
RAY: Final = b"x-actors-ray"
"""The id of the request, see `rays`. Of a node's making always."""
MAX_AGE_MS: Final = 60_000
WRONG_NODE: Final = 421

_LONGEST: Final = 192


@dataclass(frozen=True, slots=True)
class Head:
    """What a seal covers beside the body: `url` as sent; PASSED_ON and the three above of `headers`."""

    method: str
    url: str
    headers: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that is ours: `hops` nodes have passed the call on; `body` is the SHA-256 of its body in hex."""

    hops: int
    body: str

    def covers(self, body: bytes) -> bool:
        return hmac.compare_digest(self.body, _hash(body))


def seal(secret: str, head: Head, body: bytes, hops: int, now_ms: int) -> bytes:
    """The header's value. Raises config.invalid without a secret: nodes must prove who they are."""
    if not secret:
        raise error("config.invalid", reason='set ACTORS["INTERNAL_SECRET"] to the same value on every node')
    claim = f"{hops}.{now_ms}.{_hash(body)}"
    return f"{claim}.{_digest(secret, head, claim)}".encode()


def read_seal(secret: str, head: Head, value: bytes, now_ms: int) -> Seal | None:
    """The seal in a header's value; None if it is not ours, too old, or from the future."""
    if not (secret and value.isascii() and len(value) < _LONGEST):
        return None
    claim, _, digest = value.decode().rpartition(".")
    if not hmac.compare_digest(digest, _digest(secret, head, claim)):
        return None
    hops, sealed_ms, body = claim.split(".")  # we have written it
    return Seal(int(hops), body) if abs(now_ms - int(sealed_ms)) <= MAX_AGE_MS else None


def _hash(body: bytes) -> str:
    return sha256(body).hexdigest()


def _digest(secret: str, head: Head, claim: str) -> str:
    """Lines cannot run into each other: neither URLs nor headers hold a line's end."""
    lines = [claim.encode(), head.method.encode(), head.url.encode()]
    for name in (*PASSED_ON, CLIENT_HEADERS, CHAIN, RAY):
        value = head.headers.get(name)
        lines.append(b"-" if value is None else b"=" + value)
    return hmac.new(secret.encode(), b"\n".join(lines), sha256).hexdigest()
