"""Keys beyond the golden vectors: properties and limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.protocol.keys import (
    check_key,
    display_key,
    join_query_key,
    parse_key,
    serialize_key,
    split_query_key,
)

parts = st.text(alphabet=st.sampled_from("ab/\\0,é \n"), max_size=6)


@given(st.lists(parts, max_size=5).map(tuple))
def test_a_key_comes_back(key: tuple[str, ...]) -> None:
    assert parse_key(serialize_key(key)) == key


@given(st.text(alphabet=st.sampled_from("a/\\0"), max_size=10))
def test_any_text_is_some_key(text: str) -> None:
    key = parse_key(text)
    assert parse_key(serialize_key(key)) == key


def test_different_keys_have_different_texts() -> None:
    keys = [(), ("",), ("", ""), ("/",), ("a", "b"), ("a/b",), ("a\\", "b"), ("\\0",), ("a,b",)]
    assert len({serialize_key(key) for key in keys}) == len(keys)


def test_errors_and_headers_show_the_empty_key_as_nothing() -> None:
    assert display_key(()) == ""
    assert display_key(("",)) == "\\0"
    assert display_key(("a/b", "c")) == "a\\/b/c"


def test_limits_hold_to_the_character_and_the_byte() -> None:
    longest = ("a" * 128,)
    assert check_key(longest) == longest
    full = tuple("a" * 127 for _ in range(8))
    assert len(serialize_key(full)) == 1023
    assert check_key((*full[:-1], "a" * 128)) is not None
    for key in (("a" * 129,), tuple("a" * 128 for _ in range(8)), ("é" * 120,) * 5):
        with pytest.raises(ActorError) as caught:
            check_key(key)
        assert caught.value.name == "actor.key_too_large"


@given(st.lists(st.text(alphabet=st.sampled_from("ab/é "), min_size=1), max_size=4).map(tuple))
def test_a_query_key_without_commas_comes_back(key: tuple[str, ...]) -> None:
    assert split_query_key(join_query_key(key)) == key


def test_a_comma_in_a_query_key_is_lost_as_in_the_original() -> None:
    assert split_query_key(join_query_key(("a,b",))) == ("a", "b")
    assert split_query_key(join_query_key(("",))) == ()
    assert (join_query_key(()), split_query_key(None)) == (None, ())
