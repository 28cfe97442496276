"""Structs from annotations: every kind of field, and fields that only some versions have."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from actors.protocol.bare import Reader
from actors.protocol.schema import U16, Bytes4, Uint, since, struct, union, until, wire_of


class Inner(msgspec.Struct):
    name: str


class Outer(msgspec.Struct):
    number: Uint
    port: U16
    blob: bytes
    mark: Bytes4
    flag: bool
    inner: Inner
    many: list[Inner]
    headers: dict[str, str]
    maybe: Uint | None = None
    old: Annotated[str, until(1)] = "none"
    new: Annotated[Inner | None, since(2)] = None


FULL = Outer(
    300, 5, b"\x01", b"abcd", True, Inner("i"), [Inner("j")], {"k": "v"}, 7, old="was", new=Inner("n")
)
COMMON = "ac02050001016162636401016901016a01016b01760107"


def test_fields_follow_each_other_in_order() -> None:
    assert struct(Outer, 1).write(FULL).hex() == COMMON + b"\x03was".hex()
    assert struct(Outer, 2).write(FULL).hex() == COMMON + b"\x01\x01n".hex()


def test_a_field_of_another_version_takes_its_default() -> None:
    first = struct(Outer, 1).read(Reader(struct(Outer, 1).write(FULL)))
    assert (first.old, first.new, first.number) == ("was", None, 300)
    second = struct(Outer, 2).read(Reader(struct(Outer, 2).write(FULL)))
    assert (second.old, second.new, second.headers) == ("none", Inner("n"), {"k": "v"})


@pytest.mark.parametrize("size", range(5))
def test_structs_of_every_size_are_read(size: int) -> None:
    cls = msgspec.defstruct(f"Sized{size}", [(f"f{number}", str) for number in range(size)])
    message = cls(*[str(number) for number in range(size)])
    wire = struct(cls, 1)
    assert wire.read(Reader(wire.write(message))) == message


def test_a_union_counts_its_members() -> None:
    class Other(msgspec.Struct):
        flag: bool

    wire = union((Inner, Other), 1)
    assert wire.write(Other(True)) == b"\x01\x01"
    assert wire.read(Reader(b"\x00\x01a")) == Inner("a")


def test_a_type_that_bare_lacks_is_refused_when_declared() -> None:
    with pytest.raises(TypeError, match="no type for the annotation"):
        wire_of(complex, 1)
