"""Actor keys: a tuple of strings in Python, one string in the directory and on the wire.

RivetKit: ts/actor/keys.ts. The gateway's `rvt-key` form joins parts with bare commas and so cannot carry one.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from actors.errors import error

Key: TypeAlias = tuple[str, ...]

MAX_PART_CHARS: Final = 128
MAX_KEY_BYTES: Final = 1024

_EMPTY_KEY: Final = "/"
_EMPTY_PART: Final = "\\0"
_PREVIEW_CHARS: Final = 64
# A part is escaped pairs and other characters; a lone backslash at the very end stands for itself.
_PART: Final = re.compile(r"(?:\\.|[^\\/]|\\$)*", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def serialize_key(key: Key) -> str:
    """`("a", "b/c")` -> `"a/b\\/c"`; the empty key is `"/"`, an empty part `"\\0"`."""
    if not key:
        return _EMPTY_KEY
    return "/".join([part.replace("\\", "\\\\").replace("/", "\\/") if part else _EMPTY_PART for part in key])


def parse_key(text: str | None) -> Key:
    """Inverse of `serialize_key`; None, "" and "/" are the empty key. Never fails."""
    if not text or text == _EMPTY_KEY:
        return ()
    if "\\" not in text:
        return tuple(text.split("/"))
    parts = []
    position = 0
    while position <= len(text):
        match = _PART.match(text, position)
        part = match.group() if match else ""
        parts.append(_unescape(part))
        position += len(part) + 1
    return tuple(parts)


def _unescape(part: str) -> str:
    """RivetKit reads a part with the empty marker anywhere in it as empty."""
    pairs = _ESCAPED.findall(part)
    return "" if "0" in pairs else _ESCAPED.sub(r"\1", part)


def display_key(key: Key) -> str:
    """The key in errors and the `x-rivet-actor-key` header: as serialized, but "" for the empty key."""
    return serialize_key(key) if key else ""


def check_key(key: Key) -> Key:
    """The key itself. Raises `actor.key_too_large`: a part over 128 characters or over 1024 bytes in all."""
    text = serialize_key(key)
    too_long = any(len(part) > MAX_PART_CHARS for part in key)
    if too_long or len(text.encode("utf-8", "replace")) > MAX_KEY_BYTES:
        raise error("actor.key_too_large", max_size=MAX_KEY_BYTES, key_preview=text[:_PREVIEW_CHARS])
    return key


def join_query_key(key: Key) -> str | None:
    """The `rvt-key` value, None for the empty key. A comma inside a part is lost, as in RivetKit."""
    return ",".join(key) if key else None


def split_query_key(text: str | None) -> Key:
    """Key of an `rvt-key` value; missing or empty is the empty key."""
    return tuple(text.split(",")) if text else ()
