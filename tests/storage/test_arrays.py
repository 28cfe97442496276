"""Binary arrays: byte for byte what psycopg's own dumpers make, only sooner."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.numeric import Int8BinaryDumper

from actors.storage.arrays import bigints, blobs, texts


def psycopgs(values: list[Any]) -> bytes:
    transformer = Transformer()
    transformer.adapters.register_dumper(int, Int8BinaryDumper)
    return bytes(transformer.get_dumper(values, PyFormat.BINARY).dump(values) or b"")


storable = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.lists(storable, min_size=1))
def test_texts(values: list[str]) -> None:
    assert texts(values) == psycopgs(values)


@given(st.lists(st.binary(), min_size=1))
def test_blobs(values: list[bytes]) -> None:
    assert blobs(values) == psycopgs(values)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_bigints(values: list[int]) -> None:
    assert bigints(values) == psycopgs(values)


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(struct.error):
        bigints([2**63])
    with pytest.raises(UnicodeEncodeError):
        texts(["\ud800"])
