"""The keys of actors: order, ranges, expiry, and the fence that every write passes."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from actors.storage.kv import END, MAX_KEY, KvEntry, KvRange, KvWrite
from actors.storage.store import Claimed, ClaimRequest, NewActor, Store

ALL = KvRange(b"", END)
NOW = 10_000
ADA, BOB = "id-ada", "id-bob"


async def claim(store: Store, actor_id: str) -> Claimed:
    (result,) = await store.claim("alpha", [ClaimRequest(new=NewActor(actor_id, "room", actor_id))])
    assert isinstance(result, Claimed)
    return result


@pytest.fixture
async def two(alpha: Store) -> Store:
    """Alpha holds ada and bob, each under generation 1."""
    await claim(alpha, ADA)
    await claim(alpha, BOB)
    return alpha


def entries(*keys: bytes) -> list[KvEntry]:
    return [KvEntry(key, b"value of " + key) for key in keys]


async def put(store: Store, actor_id: str, *keys: bytes) -> None:
    assert await store.kv.write([KvWrite(actor_id, 1, put=entries(*keys))]) == [True]


async def keys(store: Store, span: KvRange = ALL, actor_id: str = ADA, **how: object) -> list[bytes]:
    found = await store.kv.list(actor_id, span, NOW, **{"limit": 1000, **how})  # type: ignore[arg-type]
    return [entry.key for entry in found]


async def test_what_was_put_is_got_and_absent_keys_are_left_out(two: Store) -> None:
    await put(two, ADA, b"a", b"b")
    found = await two.kv.get(ADA, [b"b", b"nothing", b"a", b"b"], NOW)
    assert sorted(found, key=lambda entry: entry.key) == entries(b"a", b"b")
    assert await two.kv.get(ADA, [], NOW) == []


async def test_a_key_is_put_again(two: Store) -> None:
    await put(two, ADA, b"a")
    assert await two.kv.write([KvWrite(ADA, 1, put=[KvEntry(b"a", b"2", NOW + 1)])]) == [True]
    assert await two.kv.get(ADA, [b"a"], NOW) == [KvEntry(b"a", b"2", NOW + 1)]
    await put(two, ADA, b"a")
    assert await two.kv.get(ADA, [b"a"], NOW + 5) == entries(b"a"), "and stays, if the last put says so"


async def test_keys_sort_by_their_bytes(two: Store) -> None:
    wild = [b"", b"\x00", b"\x00\x00", b"a", b"a\x00", b"a\xff", b"b", "é".encode(), b"\xff", b"\xff\xff"]
    await put(two, ADA, *random.sample(wild, len(wild)))
    assert await keys(two) == sorted(wild)
    assert await keys(two, reverse=True) == sorted(wild, reverse=True)


async def test_a_range_is_half_open(two: Store) -> None:
    await put(two, ADA, b"a", b"b", b"c", b"d")
    assert await keys(two, KvRange(b"b", b"d")) == [b"b", b"c"]
    assert await keys(two, KvRange(b"b\x00", b"d\x00")) == [b"c", b"d"]
    assert await keys(two, KvRange(b"b", b"b")) == await keys(two, KvRange(b"d", b"a")) == []


async def test_a_limit_takes_the_first_or_the_last(two: Store) -> None:
    await put(two, ADA, b"a", b"b", b"c", b"d")
    assert await keys(two, limit=2) == [b"a", b"b"]
    assert await keys(two, limit=2, reverse=True) == [b"d", b"c"]
    assert await keys(two, KvRange(b"a", b"c"), limit=1, reverse=True) == [b"b"]


async def test_a_prefix_that_ends_in_ff_has_an_upper_bound(two: Store) -> None:
    await put(two, ADA, b"a\xfe", b"a\xff", b"a\xff\x00", b"a\xff\xff", b"b", b"\xff", b"\xff\xff\x01")
    assert await keys(two, KvRange.of_prefix(b"a\xff")) == [b"a\xff", b"a\xff\x00", b"a\xff\xff"]
    assert await keys(two, KvRange.of_prefix(b"\xff")) == [b"\xff", b"\xff\xff\x01"]
    assert len(await keys(two, KvRange.of_prefix(b""))) == 7


async def test_the_longest_keys_and_a_large_value_are_stored(two: Store) -> None:
    first, last = random.Random(1).randbytes(MAX_KEY), b"\xff" * MAX_KEY
    large = KvEntry(first, random.Random(2).randbytes(128 * 1024))
    assert await two.kv.write([KvWrite(ADA, 1, put=[large, KvEntry(last, b"")])]) == [True]
    assert await two.kv.list(ADA, ALL, NOW, limit=5) == [large, KvEntry(last, b"")]


async def test_two_actors_never_see_each_others_keys(two: Store) -> None:
    await put(two, ADA, b"a", b"shared")
    await put(two, BOB, b"b", b"shared")
    assert await keys(two, actor_id=ADA) == [b"a", b"shared"]
    assert [entry.key for entry in await two.kv.get(BOB, [b"a", b"b"], NOW)] == [b"b"]
    await two.kv.write([KvWrite(ADA, 1, removed=[ALL])])
    assert (await keys(two, actor_id=ADA), await keys(two, actor_id=BOB)) == ([], [b"b", b"shared"])


async def test_one_write_removes_and_then_puts(two: Store) -> None:
    await put(two, ADA, b"a", b"b", b"c", b"d")
    new = KvEntry(b"b", b"new")
    write = KvWrite(ADA, 1, [KvRange(b"a", b"c"), KvRange.of_key(b"d"), KvRange(b"b", b"d")], [new])
    assert await two.kv.write([write]) == [True]
    assert await two.kv.list(ADA, ALL, NOW, limit=9) == [new]


async def test_writes_of_many_actors_are_answered_one_by_one(two: Store) -> None:
    writes = [
        KvWrite(BOB, 1, put=entries(b"b")),
        KvWrite("id-nobody", 1, put=entries(b"x")),
        KvWrite(ADA, 7, put=entries(b"x")),
        KvWrite(ADA, 1, put=entries(b"a")),
    ]
    assert await two.kv.write(writes) == [True, False, False, True]
    assert (await keys(two, actor_id=ADA), await keys(two, actor_id=BOB)) == ([b"a"], [b"b"])
    assert await two.kv.write([]) == []


async def test_a_fenced_writer_changes_nothing(two: Store) -> None:
    await put(two, ADA, b"a")
    await claim(two, ADA)
    late = KvWrite(ADA, 1, removed=[ALL], put=entries(b"late"))
    assert await two.kv.write([late]) == [False]
    assert await keys(two) == [b"a"]
    assert await two.kv.write([replace(late, generation=2)]) == [True]
    assert await keys(two) == [b"late"]


async def test_a_write_of_the_past_never_lands_behind_a_claim(two: Store) -> None:
    """Whichever comes first: what the new generation has read once does not change under it."""
    for generation in range(1, 20):
        write = KvWrite(ADA, generation, put=[KvEntry(b"a", b"%d" % generation)])
        (applied,), claimed = await asyncio.gather(two.kv.write([write]), claim(two, ADA))
        assert claimed.record.generation == generation + 1
        seen = [entry.value for entry in await two.kv.get(ADA, [b"a"], NOW)]
        assert (seen == [b"%d" % generation]) == applied


async def test_removing_a_range_is_atomic(two: Store) -> None:
    """Each key put meanwhile is gone or kept, with its pair: never one of the two."""
    for _ in range(20):
        await put(two, ADA, b"k1", b"k2")
        await asyncio.gather(
            two.kv.write([KvWrite(ADA, 1, removed=[KvRange(b"k", b"l")])]),
            two.kv.write([KvWrite(ADA, 1, put=entries(b"k1", b"k2", b"k3"))]),
        )
        assert await keys(two) in ([], [b"k1", b"k2", b"k3"], [b"k3"])
        await two.kv.write([KvWrite(ADA, 1, removed=[ALL])])


async def test_what_has_expired_is_not_there(two: Store) -> None:
    brief, lasting = KvEntry(b"brief", b"", NOW), KvEntry(b"lasting", b"", NOW + 1)
    await two.kv.write([KvWrite(ADA, 1, put=[brief, lasting])])
    assert await two.kv.get(ADA, [b"brief", b"lasting"], NOW) == [lasting]
    assert await two.kv.get(ADA, [b"brief"], NOW - 1) == [brief]
    assert await keys(two) == await keys(two, reverse=True) == [b"lasting"]
    assert await keys(two, limit=1) == [b"lasting"], "and takes no place within a limit"


async def test_a_sweep_removes_what_expired_before_oldest_first(two: Store) -> None:
    old = [KvEntry(b"%d" % at, b"", at) for at in (30, 10, 20, 40)]
    await two.kv.write([KvWrite(ADA, 1, put=old[:2]), KvWrite(BOB, 1, put=[*old[2:], *entries(b"stays")])])
    assert await two.kv.sweep(before=40, limit=2) == 2
    assert [entry.key for entry in await two.kv.list(ADA, ALL, 0, limit=9)] == [b"30"]
    assert await two.kv.sweep(before=40, limit=2) == 1
    assert await two.kv.sweep(before=40, limit=2) == 0
    assert [entry.key for entry in await two.kv.list(BOB, ALL, 0, limit=9)] == [b"40", b"stays"]


async def test_destroying_an_actor_removes_its_keys(two: Store) -> None:
    await put(two, ADA, b"a")
    await put(two, BOB, b"b")
    assert await two.destroy(ADA, 1, 9000)
    assert (await keys(two, actor_id=ADA), await keys(two, actor_id=BOB)) == ([], [b"b"])
    assert await two.kv.write([KvWrite(ADA, 1, put=entries(b"late"))]) == [False]
    assert await keys(two) == []


async def test_keys_stay_over_a_claim(two: Store) -> None:
    await put(two, ADA, b"a")
    await claim(two, ADA)
    assert await two.kv.get(ADA, [b"a"], NOW) == entries(b"a")
