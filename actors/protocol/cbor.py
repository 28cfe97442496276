"""CBOR of user values as JavaScript's cbor-x reads and writes it: cbor2 with RivetKit's number and tag rules.

Used by the cbor and bare codecs, for gateway input and wherever values are stored in RivetKit's own format.
Malformed bytes, also trailing ones, raise `protocol.malformed` and nothing else.
"""

from __future__ import annotations

import functools
import math
import os
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import cbor2

from actors.errors import ActorError, error
from actors.protocol import values

MAX_DEPTH: Final = 200


def encode(value: Any) -> bytes:
    """CBOR of a Python value. Raises `protocol.not_serializable`."""
    return dump(values.encode_cbor(value))


def dump(tree: Any) -> bytes:
    """CBOR of a tree that is already tagged."""
    try:
        return cbor2.dumps(tree)
    except (cbor2.CBOREncodeError, ValueError, RecursionError) as exc:
        raise error("protocol.not_serializable", f"The value cannot be encoded as CBOR: {exc}") from exc


def decode(data: bytes) -> Any:
    """The Python value of CBOR. Raises `protocol.malformed`."""
    tree = load(data)
    return values.revive_cbor(tree) if may_need_revival(data) else tree


def load(data: bytes) -> Any:
    """The plain tree of CBOR, compat tags not revived. Raises `protocol.malformed`."""
    # cbor2 ignores trailing bytes: in a pair with a mark that nobody can guess they take the mark's place.
    try:
        tree, mark = _loads(_PAIR + data + _MARK_ITEM)
    except (cbor2.CBORDecodeError, ValueError, TypeError, RecursionError, OverflowError) as exc:
        raise malformed(str(exc)) from exc
    if mark != _MARK:
        raise malformed("trailing bytes")
    return tree


def may_need_revival(data: bytes) -> bool:
    """Whether a walk is due: "$" may begin a compat tag, fa and fb are floats, f7 undefined, d9 a Set."""
    return 0x24 in data or 0xFB in data or 0xFA in data or 0xF7 in data or 0xD9 in data


def malformed(reason: str) -> ActorError:
    """The error for bytes that are no CBOR, or not the CBOR that was expected."""
    return error("protocol.malformed", what="CBOR", reason=reason)


_PAIR: Final = b"\x82"
_MARK: Final = os.urandom(16)
_MARK_ITEM: Final = cbor2.dumps(_MARK)


def _moment(value: Any, _immutable: bool) -> datetime | None:
    """A Date; JavaScript's Invalid Date is NaN seconds and becomes None, as in JSON."""
    if type(value) not in (int, float) or not math.isfinite(value):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _typed_array(layout: str) -> Callable[[Any, bool], list[Any]]:
    unpack = struct.Struct(layout).iter_unpack
    return lambda value, _immutable: [number for (number,) in unpack(value)]


def _content(value: Any, _immutable: bool) -> Any:
    return value


# cbor2 would build MIME messages, regular expressions, shared references, ... from the bytes of strangers.
_UNWRAPPED: Final = (4, 5, 25, 28, 29, 30, 35, 36, 100, 256, 259, 260, 261, 1004, 43000, 55799)

# RFC 8746: big-endian from 65, little-endian from 69, signed from 72 and 77, floats from 80 and 84.
_TYPED_ARRAYS: Final = {
    **dict(zip(range(65, 68), (">H", ">I", ">Q"), strict=True)),
    **dict(zip(range(69, 72), ("<H", "<I", "<Q"), strict=True)),
    **dict(zip(range(72, 76), (">b", ">h", ">i", ">q"), strict=True)),
    **dict(zip(range(77, 80), ("<h", "<i", "<q"), strict=True)),
    **dict(zip(range(80, 83), (">e", ">f", ">d"), strict=True)),
    **dict(zip(range(84, 87), ("<e", "<f", "<d"), strict=True)),
}

_TAGS: Final[dict[int, Callable[[Any, bool], Any]]] = {
    **dict.fromkeys(_UNWRAPPED, _content),
    **{tag: _typed_array(layout) for tag, layout in _TYPED_ARRAYS.items()},
    1: _moment,
    64: _content,
    68: _content,
    258: lambda value, _immutable: ["$Set", value],
}

_loads: Final = functools.partial(
    cbor2.loads,
    semantic_decoders=_TAGS,
    tag_hook=lambda unknown, _immutable: unknown.value,
    max_depth=MAX_DEPTH,
)
