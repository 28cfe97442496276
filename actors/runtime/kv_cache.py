"""KvCache: what one generation of an actor knows of its keys. For `ActorKv` only; no I/O.

Right because the generation is the only writer: a durable value changes by its own writes and by time alone.
A value that is being written is not known before it is durable, so nobody is told what can still be lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from actors.errors import MISSING, Missing
from actors.storage.kv import KvEntry, KvRange, KvWrite

MAX_BYTES: Final = 256 * 1024
OVERHEAD: Final = 200
"""What an entry takes beside its bytes."""

Known = KvEntry | None


class Reading:
    """Keys that are being read. `fresh` are those to which no write has begun meanwhile."""

    __slots__ = ("fresh", "keys")

    def __init__(self, keys: Sequence[bytes], fresh: set[bytes]) -> None:
        self.keys = keys
        self.fresh = fresh

    @property
    def undisturbed(self) -> bool:
        """Whether what was found of them is how they are now."""
        return self.fresh.issuperset(self.keys)


class KvCache:
    """Durable entries, None for keys that are known to be absent; those not used for longest go first."""

    __slots__ = ("_known", "_ranges", "_readings", "_size", "_writing")

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}
        self._size = 0
        self._readings: set[Reading] = set()
        # Writes under way: of single keys, and of ranges.
        self._writing: Counter[bytes] = Counter()
        self._ranges: list[KvRange] = []

    def lookup(self, key: bytes) -> Known | Missing:
        """The durable entry; MISSING if it has to be read."""
        known = self._known.pop(key, MISSING)
        if known is not MISSING:
            self._known[key] = known  # used last
        return known

    def busy(self, key: bytes) -> bool:
        """Whether a write to it is under way."""
        return key in self._writing or any(key in span for span in self._ranges)

    def resting(self) -> bool:
        """Whether no write is under way."""
        return not self._writing and not self._ranges

    # -- reading -------------------------------------------------------------------------------------
    def begin_read(self, keys: Sequence[bytes]) -> Reading:
        """Somebody asks the store for these keys."""
        reading = Reading(keys, {key for key in keys if not self.busy(key)})
        self._readings.add(reading)
        return reading

    def end_read(self, reading: Reading, found: Sequence[KvEntry] | None) -> None:
        """What the store answered, None if it failed."""
        self._readings.remove(reading)
        if found is not None:
            entries = {entry.key: entry for entry in found}
            self._learn((key, entries.get(key)) for key in reading.fresh)

    # -- writing -------------------------------------------------------------------------------------
    def begin_write(self, write: KvWrite) -> None:
        """From here on nobody knows what a read will find."""
        self._ranges += write.removed
        self._writing.update(entry.key for entry in write.put)
        for reading in self._readings:
            reading.fresh = {key for key in reading.fresh if not self.busy(key)}

    def end_write(self, write: KvWrite, *, durable: bool) -> None:
        """It has been answered: done, or not done."""
        for span in write.removed:
            self._ranges.remove(span)
        for entry in write.put:
            self._writing[entry.key] -= 1
            if not self._writing[entry.key]:
                del self._writing[entry.key]
        if durable:
            for span in write.removed:
                self._learn([(key, None) for key in self._known if key in span])
            self._learn((entry.key, entry) for entry in write.put)

    # -- remembering ---------------------------------------------------------------------------------
    def _learn(self, news: Iterable[tuple[bytes, Known]]) -> None:
        for key, known in news:
            self._forget(key)
            self._known[key] = known
            self._size += _size(key, known)
        while self._size > MAX_BYTES:
            self._forget(next(iter(self._known)))

    def _forget(self, key: bytes) -> None:
        known = self._known.pop(key, MISSING)
        if known is not MISSING:
            self._size -= _size(key, known)


def _size(key: bytes, known: Known) -> int:
    return OVERHEAD + len(key) + (0 if known is None else len(known.value))
