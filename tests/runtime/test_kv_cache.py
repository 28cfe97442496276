"""What a generation remembers of its keys, and how much."""

from __future__ import annotations

from actors.errors import MISSING
from actors.runtime.kv_cache import MAX_BYTES, KvCache
from actors.storage.kv import KvEntry, KvWrite

LARGE = bytes(MAX_BYTES // 4)


def remember(cache: KvCache, *entries: KvEntry) -> None:
    write = KvWrite("id", 1, put=entries)
    cache.begin_write(write)
    cache.end_write(write, durable=True)


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = KvCache()
    remember(cache, *(KvEntry(name, LARGE) for name in (b"a", b"b", b"c")))
    assert cache.lookup(b"a") == KvEntry(b"a", LARGE)
    remember(cache, KvEntry(b"d", LARGE))
    assert cache.lookup(b"b") is MISSING
    assert [cache.lookup(name) is MISSING for name in (b"a", b"c", b"d")] == [False] * 3


def test_putting_a_key_again_takes_no_more_room() -> None:
    cache = KvCache()
    remember(cache, KvEntry(b"other", b"1"))
    for _ in range(9):
        remember(cache, KvEntry(b"a", LARGE))
    assert cache.lookup(b"other") == KvEntry(b"other", b"1")


def test_what_has_no_room_at_all_is_not_remembered() -> None:
    cache = KvCache()
    remember(cache, KvEntry(b"a", bytes(MAX_BYTES)))
    assert (cache.lookup(b"a"), cache.resting()) == (MISSING, True)


def test_a_write_that_was_not_done_changes_nothing() -> None:
    cache = KvCache()
    remember(cache, KvEntry(b"a", b"1"))
    write = KvWrite("id", 1, put=[KvEntry(b"a", b"2")])
    cache.begin_write(write)
    assert (cache.busy(b"a"), cache.resting()) == (True, False)
    cache.end_write(write, durable=False)
    assert (cache.lookup(b"a"), cache.busy(b"a"), cache.resting()) == (KvEntry(b"a", b"1"), False, True)
