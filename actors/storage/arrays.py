"""Postgres arrays in binary form, as the commit sends them. Pure functions.

psycopg's own array dumpers ask each element for its type: three times the cost of a row.
Format: number of dimensions, has-null flag, element type, length, lower bound; then size and bytes of each.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

BYTEA: Final = 17
BIGINT: Final = 20
TEXT: Final = 25

_HEADER: Final = struct.Struct("!iiiii")
_SIZE: Final = struct.Struct("!i")


def texts(values: Sequence[str]) -> bytes:
    """`text[]`. Raises UnicodeEncodeError."""
    return _array(TEXT, [value.encode() for value in values])


def blobs(values: Sequence[bytes]) -> bytes:
    """`bytea[]`."""
    return _array(BYTEA, values)


def bigints(values: Sequence[int]) -> bytes:
    """`bigint[]`. Raises struct.error for a number outside 64 bits."""
    count = len(values)
    flat = [8] * (2 * count)
    flat[1::2] = values
    return _header(BIGINT, count) + struct.pack("!" + "iq" * count, *flat)


def _array(element: int, values: Sequence[bytes]) -> bytes:
    parts = [_header(element, len(values))]
    for value in values:
        parts.append(_SIZE.pack(len(value)))
        parts.append(value)
    return b"".join(parts)


def _header(element: int, count: int) -> bytes:
    return _HEADER.pack(1, 0, element, count, 1)
