"""`self.kv` as authors use it: text and bytes, limits, ranges, expiry. Over both stores."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.api.kv import MAX_BATCH, MAX_KEYS, MAX_LIST, MAX_TTL, MAX_VALUE, Kv
from actors.errors import ActorError
from actors.storage.kv import MAX_KEY
from actors.testing import ActorNode
from tests.api.keeper import Keeper, keeper

pytestmark = pytest.mark.actors(store="both")


@pytest.fixture
async def kv(actors: ActorNode) -> Kv:
    return await keeper()


async def refused(call: Any) -> ActorError:
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value


# -- one key -------------------------------------------------------------------------------------------
async def test_text_and_bytes_are_put_and_read_as_asked(kv: Kv) -> None:
    await kv.put("name", "Zoë")
    await kv.put(b"\xff\x00", b"\x00\xfe")
    assert await kv.get("name") == "Zoë"
    assert await kv.get(b"name", type=bytes) == "Zoë".encode()
    assert await kv.get(b"\xff\x00", bytes) == b"\x00\xfe"
    assert (await refused(kv.get(b"\xff\x00"))).name == "kv.not_text"


async def test_a_missing_key_is_none(kv: Kv) -> None:
    assert await kv.get("nothing") is None
    await kv.delete("nothing")
    await kv.put("empty", "")
    assert await kv.get("empty") == ""


async def test_what_was_deleted_is_gone(kv: Kv) -> None:
    await kv.put("a", "1")
    await kv.delete("a")
    assert await kv.get("a") is None
    assert await kv.list() == []


# -- many keys -----------------------------------------------------------------------------------------
async def test_a_batch_keeps_the_order_of_its_keys(kv: Kv) -> None:
    await kv.put_batch([("a", "1"), (b"b", b"2"), ("c", "3"), ("a", "4")])
    assert await kv.get_batch(["c", "nothing", "a", b"b", "c"]) == ["3", None, "4", "2", "3"]
    assert await kv.get_batch(["a"], type=bytes) == [b"4"]
    await kv.delete_batch(["a", "nothing", "b"])
    assert await kv.list() == [("c", "3")]


async def test_an_empty_batch_does_nothing(kv: Kv) -> None:
    await kv.put_batch([])
    await kv.delete_batch([])
    assert await kv.get_batch([]) == []


async def test_a_batch_has_at_most_128_keys(kv: Kv) -> None:
    pairs = [(f"{n:03}", "x") for n in range(MAX_KEYS + 1)]
    keys = [key for key, _ in pairs]
    for call in (kv.put_batch(pairs), kv.get_batch(keys), kv.delete_batch(keys)):
        err = await refused(call)
        assert (err.name, err.metadata) == ("kv.too_many_keys", {"count": 129, "limit": 128})
    assert await kv.list() == []
    await kv.put_batch(pairs[:MAX_KEYS])
    assert await kv.get_batch(keys[:MAX_KEYS]) == ["x"] * MAX_KEYS
    await kv.delete_batch(keys[:MAX_KEYS])
    assert await kv.list() == []


# -- limits --------------------------------------------------------------------------------------------
async def test_sizes_have_limits_and_what_is_over_them_changes_nothing(kv: Kv) -> None:
    longest = "é" * (MAX_KEY // 2)
    await kv.put(longest, b"\xff" * MAX_VALUE)
    assert await kv.get(longest, type=bytes) == b"\xff" * MAX_VALUE
    for call in (
        kv.put(longest + "x", "v"),
        kv.get(longest + "x"),
        kv.delete_batch(["a", longest + "x"]),
        kv.list(longest + "x"),
        kv.delete_range("a", longest + "x"),
        kv.compare_and_set(longest + "x", None, "v"),
    ):
        err = await refused(call)
        assert (err.name, err.status, err.metadata) == (
            "kv.key_too_large",
            400,
            {"size": 2049, "limit": 2048},
        )
    err = await refused(kv.put_batch([("a", "ok"), ("b", b"\xff" * (MAX_VALUE + 1))]))
    assert (err.name, err.metadata) == ("kv.value_too_large", {"size": 131_073, "limit": 131_072})
    err = await refused(kv.put_batch([(f"{n}", "x" * MAX_VALUE) for n in range(8)]))
    assert (err.name, err.metadata) == ("kv.batch_too_large", {"size": 8 * MAX_VALUE + 8, "limit": MAX_BATCH})
    assert [key for key, _ in await kv.list(type=bytes)] == [longest]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda kv: kv.put("a", 5),
        lambda kv: kv.put(None, "v"),
        lambda kv: kv.put("\ud800", "v"),
        lambda kv: kv.put("a", bytearray(b"v")),
        lambda kv: kv.get("a", type=int),
        lambda kv: kv.get_batch(["a"], type="text"),
        lambda kv: kv.list(key_type=None),
        lambda kv: kv.list(limit=0),
        lambda kv: kv.list(limit=MAX_LIST + 1),
        lambda kv: kv.list(limit=True),
        lambda kv: kv.list(limits=3),
        lambda kv: kv.list(reverse="no"),
        lambda kv: kv.list_range("a", "b", revers=True),
        lambda kv: kv.list_range("a", "b", limit=1.5),
        lambda kv: kv.put("a", "v", ttl=0),
        lambda kv: kv.put("a", "v", ttl=-1),
        lambda kv: kv.put("a", "v", ttl=float("nan")),
        lambda kv: kv.put("a", "v", ttl=float("inf")),
        lambda kv: kv.put("a", "v", ttl=MAX_TTL + 1),
        lambda kv: kv.put_batch([("a", "v")], ttl="soon"),
        lambda kv: kv.put_batch([], ttl=True),
        lambda kv: kv.compare_and_set("a", None, "v", ttl=0),
        lambda kv: kv.compare_and_set("a", 1, "v"),
        lambda kv: kv.get_batch("abc"),
        lambda kv: kv.delete_batch(b"abc"),
        lambda kv: kv.put_batch([("a",)]),
        lambda kv: kv.put_batch(["ab"]),
        lambda kv: kv.put_batch(None),
        lambda kv: kv.get_batch(None),
        lambda kv: kv.delete_batch(5),
    ],
)
async def test_what_makes_no_sense_is_refused(kv: Kv, wrong: Any) -> None:
    assert (await refused(wrong(kv))).name == "kv.invalid_request"
    assert await kv.list() == []


async def test_a_word_that_a_list_does_not_take_is_named_with_those_that_it_takes(kv: Any) -> None:
    for name, call in {"list": kv.list(limits=3), "list_range": kv.list_range("a", None, limits=3)}.items():
        expected = f"kv.{name}() takes key_type, limit, reverse, type by name, not 'limits'"
        assert (await refused(call)).metadata == {"reason": expected}


async def test_a_batch_may_be_a_dict(kv: Kv) -> None:
    await kv.put_batch({"a": "1", "b": "2"})
    assert await kv.list() == [("a", "1"), ("b", "2")]


# -- ranges --------------------------------------------------------------------------------------------
async def test_a_list_has_whole_keys_in_the_order_of_their_bytes(kv: Kv) -> None:
    await kv.put_batch([(key, key) for key in ("b", "a", "ä", "a/2", "a/10", "Z", "a0")])
    assert [key for key, _ in await kv.list()] == ["Z", "a", "a/10", "a/2", "a0", "b", "ä"]
    assert await kv.list("a/") == [("a/10", "a/10"), ("a/2", "a/2")]
    assert await kv.list("a/", reverse=True, limit=1) == [("a/2", "a/2")]
    assert await kv.list("a/", key_type=bytes, type=bytes, limit=1) == [(b"a/10", b"a/10")]


async def test_wild_keys_are_listed_as_bytes(kv: Kv) -> None:
    wild = [b"", b"\x00", b"\x00\xff", b"\xff", b"\xff\xff", b"\xff\xff\x00"]
    await kv.put_batch([(key, b"v") for key in reversed(wild)])
    assert [key for key, _ in await kv.list(b"", key_type=bytes)] == wild
    assert [key for key, _ in await kv.list(b"\xff\xff", key_type=bytes)] == wild[4:]
    assert (await refused(kv.list())).name == "kv.not_text"


async def test_a_range_is_half_open_and_may_have_no_end(kv: Kv) -> None:
    await kv.put_batch([(key, "") for key in "abcde"])
    assert [key for key, _ in await kv.list_range("b", "d")] == ["b", "c"]
    assert [key for key, _ in await kv.list_range("b", None, reverse=True, limit=2)] == ["e", "d"]
    assert await kv.list_range("d", "b") == []
    await kv.delete_range("b", "d")
    await kv.delete_range("d", "b")
    assert [key for key, _ in await kv.list()] == ["a", "d", "e"]
    await kv.delete_range("", None)
    assert await kv.list() == []


async def test_a_range_that_is_deleted_while_keys_are_put_follows_the_order_of_the_calls(kv: Kv) -> None:
    await kv.put_batch([("k/1", "old"), ("l", "stays")])
    await asyncio.gather(kv.put("k/2", "new"), kv.delete_range("k/", "k0"), kv.put("k/3", "new"))
    assert await kv.list() == [("k/3", "new"), ("l", "stays")]


# -- compare and set -----------------------------------------------------------------------------------
async def test_compare_and_set_changes_what_is_as_expected(kv: Kv) -> None:
    assert await kv.compare_and_set("a", None, "1")
    assert not await kv.compare_and_set("a", None, "2")
    assert not await kv.compare_and_set("a", "2", "3")
    assert await kv.compare_and_set("a", b"1", b"2")
    assert await kv.get("a") == "2"
    assert await kv.compare_and_set("a", "2", None), "None as the new value deletes"
    assert not await kv.compare_and_set("a", "2", None)
    assert await kv.list() == []


async def test_of_many_at_once_one_wins(kv: Kv) -> None:
    won = await asyncio.gather(*(kv.compare_and_set("leader", None, f"{n}") for n in range(20)))
    assert won.count(True) == 1
    assert await kv.get("leader") == str(won.index(True))


async def test_no_increment_is_lost(kv: Kv) -> None:
    async def increment() -> None:
        while True:
            before = await kv.get("count")
            if await kv.compare_and_set("count", before, str(int(before or 0) + 1)):
                return

    await asyncio.gather(*(increment() for _ in range(10)))
    assert await kv.get("count") == "10"


# -- expiry --------------------------------------------------------------------------------------------
async def test_a_key_is_gone_when_its_time_is_over(actors: ActorNode, kv: Kv) -> None:
    await kv.put("code", "1234", ttl=60)
    await kv.put_batch([("a", "1"), ("b", "2")], ttl=30.5)
    await actors.advance(30.4)
    assert await kv.get_batch(["a", "code"]) == ["1", "1234"]
    await actors.advance(0.1)
    assert await kv.get_batch(["a", "code"]) == [None, "1234"]
    assert await kv.list() == [("code", "1234")]
    await actors.advance(30)
    assert (await kv.get("code"), await kv.list()) == (None, [])
    assert await kv.compare_and_set("code", None, "5678"), "what has expired is absent"


async def test_putting_again_sets_the_time_anew_or_takes_it_off(actors: ActorNode, kv: Kv) -> None:
    for key in ("a", "b"):
        await kv.put(key, "1", ttl=10)
    await actors.advance(5)
    await kv.put("a", "2", ttl=10)
    await kv.put("b", "2")
    await actors.advance(9)
    assert await kv.get_batch(["a", "b"]) == ["2", "2"]
    await actors.advance(1)
    assert await kv.get_batch(["a", "b"]) == [None, "2"]


async def test_a_compare_and_set_takes_a_time_and_takes_it_off(actors: ActorNode, kv: Kv) -> None:
    assert await kv.compare_and_set("lock", None, "ann", ttl=10)
    assert await kv.compare_and_set("kept", None, "1", ttl=10)
    assert await kv.compare_and_set("kept", "1", "2")
    await actors.advance(9)
    assert not await kv.compare_and_set("lock", None, "bob", ttl=10)
    await actors.advance(1)
    assert await kv.compare_and_set("lock", None, "bob", ttl=10), "whoever holds it has gone"
    assert not await kv.compare_and_set("lock", "ann", "ann", ttl=10)
    assert await kv.list() == [("kept", "2"), ("lock", "bob")]


async def test_time_goes_on_while_the_actor_is_not_there(actors: ActorNode, kv: Kv) -> None:
    await kv.put_batch([("brief", "1")], ttl=10)
    await kv.put("lasting", "1")
    await actors.restart(crash=True)
    await actors.advance(10)
    assert await (await keeper()).list() == [("lasting", "1")]


# -- whose keys ----------------------------------------------------------------------------------------
async def test_two_actors_never_see_each_others_keys(kv: Kv) -> None:
    other = await keeper("b")
    await kv.put("mine", "a")
    await other.put("mine", "b")
    await other.delete_range("", None)
    assert (await kv.list(), await other.list()) == ([("mine", "a")], [])


async def test_a_destroyed_actor_leaves_no_key_to_its_successor(actors: ActorNode, kv: Kv) -> None:
    await kv.put("a", "1")
    await Keeper.actors.get_or_create("a").end()
    await actors.settle()
    assert (await refused(kv.get("a"))).name == "actor.stopping"
    assert await (await keeper()).list() == []


async def test_an_awaited_put_survives_a_crash_without_any_state(actors: ActorNode, kv: Kv) -> None:
    await kv.put("a", "1")
    await actors.restart(crash=True)
    assert await (await keeper()).get("a") == "1"
