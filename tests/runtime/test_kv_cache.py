"""What a generation remembers of its keys, and how much."""

from __future__ import annotations

import pytest

from actors.errors import MISSING
from actors.runtime.kv_cache import MAX_BYTES, KvCache
from actors.storage.kv import KvEntry, KvRange, KvWrite

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


OLD, NEW = KvEntry(b"a", b"old"), KvEntry(b"a", b"new")
PUT, REMOVE = KvWrite("id", 1, put=[NEW]), KvWrite("id", 1, removed=[KvRange(b"", b"b")])


@pytest.mark.parametrize(("write", "then"), [(PUT, NEW), (REMOVE, MISSING)])
def test_a_read_that_a_write_overtakes_teaches_nothing(write: KvWrite, then: object) -> None:
    cache = KvCache()
    before, untouched = cache.begin_read([b"a"]), cache.begin_read([b"z"])
    cache.begin_write(write)
    within = cache.begin_read([b"a", b"z"])
    cache.end_write(write, durable=True)
    for reading in (before, within):
        cache.end_read(reading, [OLD])
    cache.end_read(untouched, [])
    assert cache.lookup(b"a") == then
    assert cache.lookup(b"z") is None
    assert [reading.undisturbed for reading in (before, within, untouched)] == [False, False, True]


def test_readers_of_one_key_do_not_disturb_each_other() -> None:
    cache = KvCache()
    first, second = cache.begin_read([b"a"]), cache.begin_read([b"a"])
    cache.end_read(first, [OLD])
    cache.end_read(second, [OLD])
    assert (first.undisturbed, second.undisturbed, cache.lookup(b"a")) == (True, True, OLD)


def test_a_read_that_failed_teaches_nothing() -> None:
    cache = KvCache()
    cache.end_read(cache.begin_read([b"a"]), None)
    assert cache.lookup(b"a") is MISSING
