"""KvEffect: what is left of several writes to the keys of one generation. Pure; no I/O.

Used by the KV writer for a batch, and by the runtime for an atomic block.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.errors import MISSING, Missing
from actors.storage.kv import KvEntry, KvRange, KvWrite


class KvEffect:
    """`removed` comes before `put`, and no key is put and removed by its own range."""

    __slots__ = ("put", "removed")

    def __init__(self) -> None:
        self.removed: dict[KvRange, None] = {}
        self.put: dict[bytes, KvEntry] = {}

    def add(self, write: KvWrite) -> None:
        """One more write, behind those before it."""
        for span in write.removed:
            self.removed[span] = None
            if span.end == span.start + b"\0":
                self.put.pop(span.start, None)
            else:
                self.put = {key: entry for key, entry in self.put.items() if key not in span}
        for entry in write.put:
            self.put[entry.key] = entry
            self.removed.pop(KvRange.of_key(entry.key), None)

    def lookup(self, key: bytes) -> KvEntry | Missing | None:
        """What becomes of the key: an entry, None for its removal, MISSING if it stays as it is."""
        if key in self.put:
            return self.put[key]
        return None if any(key in span for span in self.removed) else MISSING


def merged(writes: Sequence[KvWrite]) -> list[KvWrite]:
    """One write for each generation, with the same effect as `writes` one after the other."""
    effects: dict[tuple[str, int], KvEffect] = {}
    for write in writes:
        effects.setdefault((write.actor_id, write.generation), KvEffect()).add(write)
    return [
        KvWrite(actor_id, generation, list(effect.removed), list(effect.put.values()))
        for (actor_id, generation), effect in effects.items()
    ]
