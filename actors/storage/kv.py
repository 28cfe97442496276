"""The KV part of the Store contract: each actor's own keys, in the order of their bytes.

Called by the KV writer and by the runtime's `ActorKv`, as `store.kv`. Times are Unix milliseconds of the
caller's clock: a key that has expired by `now` is never returned. Keys end with their actor's `destroy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MAX_KEY: Final = 2048
"""Bytes of a key: with it the index of every database has room for an entry."""

END: Final = b"\xff" * (MAX_KEY + 1)
"""Greater than every key: the end of a range that has none."""


@dataclass(frozen=True, slots=True)
class KvEntry:
    """One key. Without `expires_at` it stays."""

    key: bytes
    value: bytes
    expires_at: int | None = None

    def expired(self, now: int) -> bool:
        """Whether it is gone by `now`."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class KvRange:
    """The keys from `start` to before `end`."""

    start: bytes
    end: bytes

    def __contains__(self, key: bytes) -> bool:
        return self.start <= key < self.end

    @classmethod
    def of_key(cls, key: bytes) -> KvRange:
        """That key alone."""
        return cls(key, key + b"\0")

    @classmethod
    def of_prefix(cls, prefix: bytes) -> KvRange:
        """The keys that begin so."""
        stem = prefix.rstrip(b"\xff")
        return cls(prefix, stem[:-1] + bytes([stem[-1] + 1]) if stem else END)


@dataclass(frozen=True, slots=True)
class KvWrite:
    """What one generation of an actor removes and then puts, a key at most once, in one transaction."""

    actor_id: str
    generation: int
    removed: Sequence[KvRange] = ()
    put: Sequence[KvEntry] = ()


class KvStore(Protocol):
    """Fails as a `Store` does."""

    async def get(self, actor_id: str, keys: Sequence[bytes], now: int) -> Sequence[KvEntry]:
        """What is there of `keys`, in no particular order."""
        ...

    async def list(
        self, actor_id: str, span: KvRange, now: int, *, reverse: bool = False, limit: int
    ) -> Sequence[KvEntry]:
        """The first `limit` entries of a range in the order of their keys, or the last ones, last first."""
        ...

    async def write(self, writes: Sequence[KvWrite]) -> Sequence[bool]:
        """One transaction for all, at most one write for each generation.

        Whether each was applied: False, and nothing of it, if its generation does not own the actor any more.
        """
        ...

    async def sweep(self, before: int, limit: int) -> int:
        """Remove up to `limit` keys, of any actors, that expired before then. Returns how many."""
        ...
