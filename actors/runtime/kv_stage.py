"""KvStage: the keys that an atomic block has changed and not stored yet. For `ActorKv` only.

Who reads inside the block sees them; the end of the block writes them all, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from actors.errors import Missing
from actors.runtime.identity import Identity
from actors.storage.kv import KvEntry, KvRange, KvWrite
from actors.storage.kv_effect import KvEffect


class Keys(Protocol):
    """`ActorKv`, as its stage needs it."""

    async def at_rest(self) -> None: ...
    def begin_write(self, write: KvWrite) -> None: ...
    def answered(self, write: KvWrite, *, durable: bool) -> None: ...


class Ask(Protocol):
    """The list of a store, of one actor, in one direction, at one time."""

    async def __call__(self, span: KvRange, now: int, *, limit: int) -> Sequence[KvEntry]: ...


class KvStage:
    """See `block.Staged`."""

    __slots__ = ("_identity", "_keys", "_write", "effect")

    def __init__(self, keys: Keys, identity: Identity) -> None:
        self._keys = keys
        self._identity = identity
        self._write: KvWrite | None = None
        self.effect = KvEffect()

    # -- reading -------------------------------------------------------------------------------------
    def known(self, keys: Iterable[bytes]) -> dict[bytes, KvEntry | None]:
        """What becomes of those of `keys` that the block has changed."""
        changes = ((key, self.effect.lookup(key)) for key in keys)
        return {key: entry for key, entry in changes if not isinstance(entry, Missing)}

    async def list(self, ask: Ask, span: KvRange, now: int, *, reverse: bool, limit: int) -> list[KvEntry]:
        """What a list finds once the block is stored. Asks on behind what is going to be gone."""
        mine = [e for e in self.effect.put.values() if e.key in span and not e.expired(now)]
        found: list[KvEntry] = []
        rest = span
        while True:
            page = await ask(rest, now, limit=limit)
            found += [entry for entry in page if isinstance(self.effect.lookup(entry.key), Missing)]
            if len(page) < limit or len(found) >= limit:
                break
            last = page[-1].key
            rest = KvRange(rest.start, last) if reverse else KvRange(last + b"\0", rest.end)
        return sorted((*found, *mine), key=_key, reverse=reverse)[:limit]

    # -- writing -------------------------------------------------------------------------------------
    @property
    def size(self) -> int:
        removed = sum(len(span.start) + len(span.end) for span in self.effect.removed)
        return removed + sum(len(entry.key) + len(entry.value) for entry in self.effect.put.values())

    async def at_rest(self) -> None:
        await self._keys.at_rest()

    def write(self) -> KvWrite:
        identity, effect = self._identity, self.effect
        removed, put = list(effect.removed), list(effect.put.values())
        write = KvWrite(identity.actor_id, identity.generation, removed, put)
        self._keys.begin_write(write)
        self._write = write
        return write

    def settle(self, *, durable: bool) -> None:
        if self._write is not None:
            self._keys.answered(self._write, durable=durable)


def _key(entry: KvEntry) -> bytes:
    return entry.key
