"""Order and ranges of `self.kv`: whatever is done, it answers as a dict that is sorted when looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.api.kv import Kv
from actors.testing import ActorNode
from tests.api.keeper import keeper

KEYS = st.binary(max_size=3).map(lambda key: key.replace(b"\x01", b"\xff")) | st.sampled_from(
    [b"", b"\x00", b"a", b"a\x00", b"a\xff", b"a\xff\xff", b"b", b"\xff", b"\xff\xff"]
)
ENDS = st.none() | KEYS
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.binary(max_size=2)),
        st.tuples(st.just("delete"), KEYS),
        st.tuples(st.just("put_batch"), st.lists(st.tuples(KEYS, st.binary(max_size=1)), max_size=4)),
        st.tuples(st.just("delete_batch"), st.lists(KEYS, max_size=4)),
        st.tuples(st.just("delete_range"), KEYS, ENDS),
        st.tuples(
            st.just("compare_and_set"), KEYS, st.none() | st.binary(max_size=1), st.none() | st.just(b"!")
        ),
        st.tuples(st.just("get_batch"), st.lists(KEYS, max_size=4)),
        st.tuples(st.just("list"), KEYS, st.booleans(), st.integers(1, 4)),
        st.tuples(st.just("list_range"), KEYS, ENDS, st.booleans(), st.integers(1, 4)),
    ),
    max_size=12,
)


class Model:
    """What KV promises, as a dict that is sorted when it is looked at."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def put(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value

    def put_batch(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self.kept.update(pairs)

    def delete(self, key: bytes) -> None:
        self.kept.pop(key, None)

    def delete_batch(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            self.delete(key)

    def delete_range(self, start: bytes, end: bytes | None) -> None:
        self.delete_batch([key for key in self.kept if start <= key and (end is None or key < end)])

    def compare_and_set(self, key: bytes, expected: bytes | None, value: bytes | None) -> bool:
        if self.kept.get(key) != expected:
            return False
        self.delete(key)
        if value is not None:
            self.kept[key] = value
        return True

    def get_batch(self, keys: Iterable[bytes]) -> list[bytes | None]:
        return [self.kept.get(key) for key in keys]

    def list(self, prefix: bytes, reverse: bool, limit: int) -> Any:
        return self._first([key for key in self.kept if key.startswith(prefix)], reverse, limit)

    def list_range(self, start: bytes, end: bytes | None, reverse: bool, limit: int) -> Any:
        inside = [key for key in self.kept if start <= key and (end is None or key < end)]
        return self._first(inside, reverse, limit)

    def _first(self, keys: Any, reverse: bool, limit: int) -> Any:
        return [(key, self.kept[key]) for key in sorted(keys, reverse=reverse)[:limit]]


async def run(kv: Kv, name: str, *args: Any) -> Any:
    how: dict[str, Any] = {}
    if name.startswith("list"):
        *args, reverse, limit = args  # type: ignore[assignment]
        how = {"reverse": reverse, "limit": limit, "key_type": bytes, "type": bytes}
    if name == "get_batch":
        how = {"type": bytes}
    return await getattr(kv, name)(*args, **how)


@pytest.mark.parametrize("store", ["memory", "postgres"])
@pytest.mark.django_db(transaction=True)
def test_it_does_what_a_sorted_dict_does(store: Literal["memory", "postgres"]) -> None:
    @settings(max_examples=200 if store == "memory" else 25)
    @given(steps=STEPS)
    def follow(steps: list[Any]) -> None:
        async def life() -> None:
            async with ActorNode(store=store):
                kv, model = await keeper(), Model()
                await kv.delete_range("", None)
                for name, *args in steps:
                    assert await run(kv, name, *args) == getattr(model, name)(*args), (name, args)
                assert await kv.list(key_type=bytes, type=bytes) == sorted(model.kept.items())

        asyncio.run(life())

    follow()
