"""Actor ids: 30 characters [0-9a-z], the 19 bytes version 1 + UUIDv4 + datacenter label in base 36.

Little-endian, least significant digit first. Clients treat ids as opaque.
RivetKit: engine/packages/util-id/src/lib.rs.
"""

from __future__ import annotations

import os
import re
from typing import Final

from actors.errors import error

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(low + high for high in _DIGITS for low in _DIGITS)
_LENGTH: Final = 30
_SIZE: Final = 19
_VERSION: Final = 1
_FORM: Final = re.compile(r"[0-9a-z]{30}")


def new_actor_id(label: int = 1) -> str:
    """A fresh random id for datacenter `label` (0..65535)."""
    uuid = bytearray(os.urandom(16))
    uuid[6] = uuid[6] & 0x0F | 0x40
    uuid[8] = uuid[8] & 0x3F | 0x80
    return actor_id_text(bytes((_VERSION,)) + uuid + label.to_bytes(2, "big"))


def actor_id_text(data: bytes) -> str:
    """The text of the 19 bytes of an id."""
    number = int.from_bytes(data, "little")
    pairs = []
    for _ in range(_LENGTH // 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


def actor_id_bytes(text: str) -> bytes:
    """The 19 bytes of an id. Raises `api.bad_request` for anything else."""
    number = _number(text)
    if number is None:
        raise error("api.bad_request", reason="invalid actor id")
    return number.to_bytes(_SIZE, "little")


def is_actor_id(text: str) -> bool:
    """Whether `text` has the form of an id."""
    return _number(text) is not None


def _number(text: str) -> int | None:
    if not _FORM.fullmatch(text):
        return None
    number = int(text[::-1], len(_DIGITS))
    sound = number.bit_length() <= _SIZE * 8 and number & 0xFF == _VERSION
    return number if sound else None
