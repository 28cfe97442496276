"""JSON of user values with RivetKit's compat tags, by msgspec. Bad text raises `protocol.malformed` only."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from actors.errors import ActorError, error
from actors.protocol import values

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder()


def encode(value: Any) -> bytes:
    """JSON of a Python value. NaN and infinities become null. Raises `protocol.not_serializable`."""
    return dump(values.encode_json(value))


def indented(value: Any) -> str:
    """As `encode`, for people."""
    return msgspec.json.format(encode(value), indent=2).decode()


def decode(text: bytes | str) -> Any:
    """The Python value of JSON. Raises `protocol.malformed`."""
    tree = load(text)
    return values.revive_json(tree) if may_hold_tags(text) else tree


def dump(tree: Any) -> bytes:
    """JSON of a tree that is already tagged."""
    try:
        return _encoder.encode(tree)
    except (ValueError, TypeError, RecursionError) as exc:
        raise error("protocol.not_serializable", f"The value cannot be encoded as JSON: {exc}") from exc


def load(text: bytes | str) -> Any:
    """The plain tree of JSON, compat tags not revived. Raises `protocol.malformed`."""
    return load_shape(text, _decoder)


def load_shape(text: bytes | str, decoder: msgspec.json.Decoder[T]) -> T:
    """What `decoder` reads, compat tags not revived. Raises `protocol.malformed`."""
    try:
        return decoder.decode(text)
    except (ValueError, RecursionError) as exc:
        raise malformed(str(exc)) from exc


def may_hold_tags(text: bytes | str, known: int = 0) -> bool:
    """Whether more than `known` strings in `text` may begin with "$", plain or escaped."""
    if isinstance(text, str):
        return text.count('"$') > known or '"\\u0024' in text
    return text.count(b'"$') > known or b'"\\u0024' in text


def malformed(reason: str) -> ActorError:
    """The error for text that is no JSON, or not the JSON that was expected."""
    return error("protocol.malformed", what="JSON", reason=reason)
