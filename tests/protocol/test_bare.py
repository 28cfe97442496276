"""BARE primitives: canonical writing, lenient reading, and nothing but ActorError on any bytes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.protocol import bare
from actors.protocol.bare import Reader, Wire

WIRES: dict[str, tuple[Wire[Any], st.SearchStrategy[Any]]] = {
    "uint": (bare.UINT, st.integers(0, 2**64 - 1)),
    "u16": (bare.U16, st.integers(0, 2**16 - 1)),
    "u32": (bare.U32, st.integers(0, 2**32 - 1)),
    "u64": (bare.U64, st.integers(0, 2**64 - 1)),
    "i64": (bare.I64, st.integers(-(2**63), 2**63 - 1)),
    "text": (bare.TEXT, st.text()),
    "data": (bare.DATA, st.binary()),
    "bool": (bare.BOOL, st.booleans()),
    "fixed": (bare.fixed(4), st.binary(min_size=4, max_size=4)),
    "optional": (bare.optional(bare.TEXT), st.none() | st.text()),
    "list": (bare.list_of(bare.UINT), st.lists(st.integers(0, 2**64 - 1))),
    "map": (bare.map_of(bare.TEXT, bare.DATA), st.dictionaries(st.text(), st.binary())),
    "union": (bare.union_of({int: bare.UINT, str: bare.TEXT}), st.integers(0, 99) | st.text()),
}


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (16384, "808001"),
        (2**64 - 1, "ffffffffffffffffff01"),
    ],
)
def test_unsigned_integers_are_leb128(number: int, encoded: str) -> None:
    assert bare.write_uint(number).hex() == encoded
    assert Reader(bytes.fromhex(encoded)).uint() == number


@pytest.mark.parametrize("number", [-1, 2**64])
def test_an_integer_outside_64_bits_is_not_written(number: int) -> None:
    with pytest.raises(ValueError, match="64-bit"):
        bare.write_uint(number)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        ("", "unexpected end"),
        ("80", "unexpected end"),
        ("ffffffffffffffffff02", "over 64 bits"),
        ("ffffffffffffffffffff01", "over 64 bits"),
    ],
)
def test_a_broken_integer_is_malformed(encoded: str, reason: str) -> None:
    with pytest.raises(ActorError, match=reason):
        Reader(bytes.fromhex(encoded)).uint()


def test_reading_is_lenient() -> None:
    assert Reader(bytes.fromhex("8000")).uint() == 0  # not minimal
    assert Reader(b"\x02").flag() is True
    assert bare.optional(bare.BOOL).read(Reader(b"\x07\x00rest")) is False


def test_text_must_be_utf8() -> None:
    with pytest.raises(ActorError, match="not UTF-8"):
        Reader(b"\x01\xff").text()
    assert bare.write_text("a\ud800") == b"\x02a?"


def test_a_repeated_key_is_malformed() -> None:
    with pytest.raises(ActorError, match="repeated key"):
        bare.map_of(bare.TEXT, bare.BOOL).read(Reader(bytes.fromhex("02016101016100")))


def test_an_unknown_member_of_a_union_is_malformed() -> None:
    with pytest.raises(ActorError, match="unknown union tag 2"):
        WIRES["union"][0].read(Reader(b"\x02\x00"))


def test_fixed_data_has_one_size() -> None:
    with pytest.raises(ValueError, match="expected 4 bytes, got 3"):
        bare.fixed(4).write(b"abc")


@pytest.mark.parametrize("name", WIRES)
@given(st.data())
def test_what_is_written_is_read_back(name: str, data: st.DataObject) -> None:
    wire, values = WIRES[name]
    value = data.draw(values)
    assert wire.read(Reader(wire.write(value))) == value


@pytest.mark.parametrize("name", WIRES)
@given(frame=st.binary(max_size=64))
def test_any_bytes_are_read_or_malformed(name: str, frame: bytes) -> None:
    try:
        WIRES[name][0].read(Reader(frame))
    except ActorError as exc:
        assert exc.name == "protocol.malformed"


@pytest.mark.parametrize("name", ["data", "text", "list", "map"])
def test_a_huge_length_allocates_nothing(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ActorError, match="unexpected end"):
            WIRES[name][0].read(Reader(bare.write_uint(2**63)))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
