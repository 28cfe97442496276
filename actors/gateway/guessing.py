"""Guessing: an address that shows wrong tokens is heard less and less often; other addresses do not notice.

Every door that takes a token asks here. Each process counts for itself. Knows neither
tokens nor what they open.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.gateway.auth import Headers, presented_tokens
from actors.gateway.platform import Platform
from actors.logs import GUESSING

GUESSES: Final = 20
"""Wrong tokens of one address that are looked at without a pause."""
PAUSE: Final = 5
"""Seconds after which one more is."""
MOST_ADDRESSES: Final = 10_000
"""Whose wrong tokens are remembered; beyond them the one that was quiet the longest is forgotten."""

_REFUSALS: Final = frozenset({"api.forbidden", "inspector.unauthorized"})
_SPAN: Final = GUESSES * PAUSE
_LONGEST: Final = 64

logger = logging.getLogger("actors.gateway")


class Guesses:
    """The wrong tokens of all addresses. Of each it keeps when its allowance will be whole again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._whole_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._whole_at)

    def check(self, address: str) -> None:
        """Raises api.too_many_attempts while the address has used up its allowance."""
        whole_at = self._whole_at.get(address)
        if whole_at is not None and whole_at > self._clock.monotonic() + _SPAN - PAUSE:
            raise error("api.too_many_attempts", retry_after=PAUSE)

    def count(self, address: str) -> None:
        """One more wrong token."""
        now = self._clock.monotonic()
        whole_at = max(self._whole_at.pop(address, now), now) + PAUSE
        if len(self._whole_at) >= MOST_ADDRESSES:
            del self._whole_at[next(iter(self._whole_at))]
        self._whole_at[address] = whole_at
        if whole_at > now + _SPAN - PAUSE:
            GUESSING.say(logger, {"address": address})


_of_platform: WeakKeyDictionary[Platform, Guesses] = WeakKeyDictionary()


def guesses_of(platform: Platform) -> Guesses:
    """Those that this process has seen."""
    found = _of_platform.get(platform)
    if found is not None:
        return found
    return _of_platform.setdefault(platform, Guesses(platform.clock))


def heard(platform: Platform, scope: Mapping[str, Any], headers: Headers, *tokens: str | None) -> Asking:
    """`with heard(...):` let somebody in or refuse them: with a token shown, a refusal counts as a guess.

    `tokens` are those beside the headers. Raises api.too_many_attempts.
    """
    shown = any(token is not None for token in tokens) or bool(presented_tokens(headers))
    return Asking(guesses_of(platform), address_of(scope, headers) if shown else None)


class Asking:
    """One caller at a door; without an address it has shown no token, and nothing is counted."""

    __slots__ = ("_address", "_guesses")

    def __init__(self, guesses: Guesses, address: str | None) -> None:
        self._guesses = guesses
        self._address = address

    def __enter__(self) -> Self:
        if self._address is not None:
            self._guesses.check(self._address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._address is not None and isinstance(failure, ActorError) and failure.name in _REFUSALS:
            self._guesses.count(self._address)


def address_of(scope: Mapping[str, Any], headers: Headers) -> str:
    """The client's, as the server gives it; of one on this machine that is a proxy, as the proxy gives it.

    Of IPv6 it is the network: whoever has one address there has all of it.
    """
    client = scope.get("client")
    host: str = client[0] if client else ""
    address = _parsed(host)
    forwarded = headers.get(b"x-forwarded-for")
    if forwarded is not None and (address is None or address.is_loopback):
        # The last is what the proxy has seen; those before it are what the client has written.
        host = forwarded.rpartition(b",")[2].strip().decode("latin-1")[:_LONGEST]
        address = _parsed(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return host


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
