"""CBOR from strangers: bounds, odd tags and trailing bytes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from actors.errors import ActorError
from actors.protocol import cbor


@pytest.mark.parametrize(
    "data",
    [
        "",
        "82",
        "8201",
        "01f6",
        "0101",
        "ff",
        "1c",
        "61ff",
        "a1",
        "5bffffffffffffffff61",
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "d845410100",
        "c249",
        "50",
    ],
)
def test_malformed_bytes_are_named_so(data: str) -> None:
    with pytest.raises(ActorError) as caught:
        cbor.decode(bytes.fromhex(data))
    assert caught.value.name == "protocol.malformed"
    assert caught.value.status == 400


def test_a_deep_value_is_refused() -> None:
    assert cbor.decode(b"\x81" * 100 + b"\x01") is not None
    with pytest.raises(ActorError, match="depth"):
        cbor.decode(b"\x81" * 5000 + b"\x01")


def test_a_huge_length_allocates_little() -> None:
    tracemalloc.start()
    try:
        for head in (b"\x5b", b"\x7b", b"\x9b", b"\xbb"):
            with pytest.raises(ActorError):
                cbor.decode(head + b"\x7f" * 8)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("d81d00", 0),  # a shared reference
        ("d81c8101", [1]),  # a shared value
        ("d823622a2b", "*+"),  # a regular expression that would not compile
        ("d824613a", ":"),  # a MIME message
        ("d81e820100", [1, 0]),  # a rational with denominator 0
        ("c5821b7fffffffffffffff01", [2**63 - 1, 1]),  # a bigfloat of astronomic size
        ("d9d9f701", 1),  # the self-description
        ("d901008101", [1]),  # a namespace of string references
        ("d858a10102", {1: 2}),  # a tag that nobody knows
    ],
)
def test_tags_of_no_use_to_actors_give_their_content(data: str, value: Any) -> None:
    assert cbor.decode(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("d840420102", b"\x01\x02"),
        ("d844420102", b"\x01\x02"),
        ("d841420102", [258]),
        ("d845420102", [513]),
        ("d84841ff", [-1]),
        ("d84d42feff", [-2]),
        ("d855440000c03f", [1.5]),
        ("d85648000000000000f83f", [1.5]),
        ("d84f48fbffffffffffffff", [-5]),
    ],
)
def test_typed_arrays_are_bytes_or_lists(data: str, value: Any) -> None:
    assert cbor.decode(bytes.fromhex(data)) == value


def test_an_impossible_date_is_none() -> None:
    assert cbor.decode(bytes.fromhex("c1fb7ff8000000000000")) is None
    assert cbor.decode(bytes.fromhex("c1fb7fefffffffffffff")) is None
    assert cbor.decode(bytes.fromhex("c16161")) is None
