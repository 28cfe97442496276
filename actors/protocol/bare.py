"""BARE, the binary encoding under every RivetKit protocol: a bounds-checked reader and the wire types.

Encodes canonically, decodes leniently: any non-zero byte is true, long varints and trailing bytes pass.
Malformed input raises `protocol.malformed`; no input can make it allocate more than its own length allows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from actors.errors import ActorError, error

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_MAX_UINT: Final = 2**64 - 1
_ONE_BYTE: Final = tuple(bytes((n,)) for n in range(128))


def malformed(reason: str) -> ActorError:
    """The error for bytes that are no BARE message."""
    return error("protocol.malformed", what="BARE message", reason=reason)


class Reader:
    """A place in a frame, `start` at first. Every read checks the end; its methods read the wire types."""

    __slots__ = ("_end", "_frame", "_position")

    def __init__(self, frame: bytes, start: int = 0) -> None:
        self._frame = frame
        self._position = start
        self._end = len(frame)

    def take(self, size: int) -> bytes:
        """The next `size` raw bytes."""
        start = self._position
        end = start + size
        if end > self._end:
            raise malformed("unexpected end of input")
        self._position = end
        return self._frame[start:end]

    def uint(self) -> int:
        """An unsigned LEB128 of at most 64 bits."""
        position = self._position
        if position >= self._end:
            raise malformed("unexpected end of input")
        self._position = position + 1
        byte = self._frame[position]
        return byte if byte < 0x80 else self._long_uint(byte & 0x7F)

    def _long_uint(self, value: int) -> int:
        for shift in range(7, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > _MAX_UINT:
                    break
                return value
        raise malformed("integer over 64 bits")

    def count(self) -> int:
        """A length of a list or map: each item takes a byte at least, so it cannot exceed what is left."""
        number = self.uint()
        if number > self._end - self._position:
            raise malformed("unexpected end of input")
        return number

    def data(self) -> bytes:
        """Length-prefixed bytes."""
        return self.take(self.uint())

    def text(self) -> str:
        """Length-prefixed UTF-8."""
        try:
            return str(self.take(self.uint()), "utf-8")
        except UnicodeDecodeError as exc:
            raise malformed("text is not UTF-8") from exc

    def flag(self) -> bool:
        """A bool or the marker of an optional."""
        return self.take(1) != b"\x00"


@dataclass(frozen=True, slots=True)
class Wire(Generic[T]):
    """One BARE type: how to read it and how to write it."""

    read: Callable[[Reader], T]
    write: Callable[[T], bytes]


def write_uint(value: int) -> bytes:
    """Unsigned LEB128. Raises ValueError outside 0..2^64-1."""
    if 0 <= value < 0x80:
        return _ONE_BYTE[value]
    if not 0 <= value <= _MAX_UINT:
        raise ValueError(f"{value} is no unsigned 64-bit integer")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def write_data(value: bytes) -> bytes:
    """Bytes behind their length."""
    return write_uint(len(value)) + value


def write_text(value: str) -> bytes:
    """UTF-8 behind its length in bytes. A lone surrogate, which UTF-8 cannot hold, becomes "?"."""
    return write_data(value.encode("utf-8", "replace"))


def write_flag(value: bool) -> bytes:
    """One byte, 0 or 1."""
    return b"\x01" if value else b"\x00"


def _fixed_integer(layout: str) -> Wire[int]:
    packer = struct.Struct(layout)

    def read(reader: Reader) -> int:
        number: int = packer.unpack(reader.take(packer.size))[0]
        return number

    return Wire(read, packer.pack)


UINT: Final = Wire(Reader.uint, write_uint)
TEXT: Final = Wire(Reader.text, write_text)
DATA: Final = Wire(Reader.data, write_data)
BOOL: Final = Wire(Reader.flag, write_flag)
U16: Final = _fixed_integer("<H")
U32: Final = _fixed_integer("<I")
U64: Final = _fixed_integer("<Q")
I64: Final = _fixed_integer("<q")


def fixed(size: int) -> Wire[bytes]:
    """Exactly `size` raw bytes, without a length. Writing another number of bytes raises ValueError."""

    def write(value: bytes) -> bytes:
        if len(value) != size:
            raise ValueError(f"expected {size} bytes, got {len(value)}")
        return value

    return Wire(lambda reader: reader.take(size), write)


def optional(item: Wire[T]) -> Wire[T | None]:
    """A marker byte, then the value if there is one."""
    read, write = item.read, item.write
    return Wire(
        lambda reader: read(reader) if reader.flag() else None,
        lambda value: b"\x00" if value is None else b"\x01" + write(value),
    )


def list_of(item: Wire[T]) -> Wire[list[T]]:
    """A count, then the items."""
    read, write = item.read, item.write
    return Wire(
        lambda reader: [read(reader) for _ in range(reader.count())],
        lambda values: write_uint(len(values)) + b"".join([write(value) for value in values]),
    )


def map_of(key: Wire[K], value: Wire[V]) -> Wire[dict[K, V]]:
    """A count, then keys and values in insertion order. A repeated key is malformed."""

    def read(reader: Reader) -> dict[K, V]:
        count = reader.count()
        entries = {key.read(reader): value.read(reader) for _ in range(count)}
        if len(entries) != count:
            raise malformed("repeated key in a map")
        return entries

    def write(entries: dict[K, V]) -> bytes:
        pairs = [key.write(name) + value.write(item) for name, item in entries.items()]
        return write_uint(len(entries)) + b"".join(pairs)

    return Wire(read, write)


def union_of(members: dict[type[Any], Wire[Any]]) -> Wire[Any]:
    """A tag counted from 0 in the order of `members`, then that member. The Python class chooses the tag."""
    readers = [wire.read for wire in members.values()]
    writers = {kind: (write_uint(tag), wire.write) for tag, (kind, wire) in enumerate(members.items())}

    def read(reader: Reader) -> Any:
        tag = reader.uint()
        if tag >= len(readers):
            raise malformed(f"unknown union tag {tag}")
        return readers[tag](reader)

    def write(value: Any) -> bytes:
        tag, write_member = writers[type(value)]
        return tag + write_member(value)

    return Wire(read, write)
