"""Stored bytes as something that people can read: JSON where they are, and the reason where they are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from actors.errors import ActorError
from actors.protocol import json

SHOWN_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is indented JSON, or empty with the `problem` why not. What is `large` was not even tried."""

    size: int
    text: str = ""
    problem: str = ""
    large: bool = False


def shown_value(stored: bytes, decode: Callable[[bytes], Any], limit: int = SHOWN_BYTES) -> Shown:
    """What `decode` reads in the bytes, as JSON."""
    if len(stored) > limit:
        return Shown(len(stored), problem=f"{len(stored):,} bytes are too many to show.", large=True)
    try:
        return Shown(len(stored), json.indented(decode(stored)))
    except (ActorError, msgspec.MsgspecError, TypeError, ValueError) as exc:
        return Shown(len(stored), problem=f"{len(stored):,} bytes that are no JSON: {exc}")
