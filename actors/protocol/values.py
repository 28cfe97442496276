"""User values <-> plain trees with RivetKit's compat tags (`["$BigInt","5"]`, `["$Set",[...]]`, ...).

What Python can send: None, bool, int, float, str, bytes, bytearray, memoryview, datetime, date, time,
timedelta, UUID, Decimal, Enum, list, tuple, set, frozenset, Mapping, dataclass, msgspec Struct, UNDEFINED.
What arrives: None, bool, int, float, str, bytes, list, dict, set, UNDEFINED, and datetime from CBOR.
RivetKit: ts/common/encoding.ts.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

import cbor2
import msgspec

from actors.errors import ActorError, error

UNDEFINED: Final = cbor2.undefined
"""JavaScript's `undefined`: false in a condition. As a list item or argument it is kept and goes back as it
came; an object member that is undefined is left out on arrival, as JSON.stringify does."""

_MAX_SAFE: Final = 2**53
_MAX_CBOR_INT: Final = 2**32
_SCALARS: Final[frozenset[type]] = frozenset((str, bool, type(None), float))


def encode_json(value: Any) -> Any:
    """`value` as a tagged tree for JSON text; what needs no change is returned itself, not copied.

    Dates become ISO 8601 text. Raises `protocol.not_serializable` for a type that cannot travel.
    """
    return _TO_JSON.encode(value)


def encode_cbor(value: Any) -> Any:
    """`value` as a tagged tree for CBOR: datetimes are tag 1, integers from 2^32 to 2^53 are floats.

    JavaScript reads every 8-byte CBOR integer as a BigInt, so large numbers must not be integers.
    Raises `protocol.not_serializable` for a type that cannot travel.
    """
    return _TO_CBOR.encode(value)


def revive_json(tree: Any) -> Any:
    """The value of a tagged tree, which is changed in place. Raises `protocol.malformed` for an unknown tag.

    A set whose members cannot be hashed arrives as a list.
    """
    return _FROM_JSON.revive(tree)


def revive_cbor(tree: Any) -> Any:
    """As `revive_json`; whole floats beyond 2^32, which is how JavaScript writes them, become integers."""
    return _FROM_CBOR.revive(tree)


class _Encoder:
    """The walk from values to trees; `int` and `datetime` are what the two encodings write differently."""

    def __init__(
        self, max_int: int, wide_int: Callable[[int], Any], moment: Callable[[datetime], Any]
    ) -> None:
        self._max_int = max_int
        self._wide_int = wide_int
        self._by_type: dict[type, Callable[[Any], Any]] = {
            **dict.fromkeys(_SCALARS, lambda value: value),
            **dict.fromkeys((bytes, bytearray, memoryview), _tag_bytes),
            **dict.fromkeys((UUID, Decimal), str),
            **dict.fromkeys((date, time), lambda value: value.isoformat()),
            **dict.fromkeys((set, frozenset), self._set),
            int: self._int,
            list: self._list,
            tuple: self._list,
            dict: self._dict,
            datetime: moment,
            timedelta: timedelta.total_seconds,
            type(UNDEFINED): lambda _: ["$Undefined", 0],
        }

    def encode(self, value: Any) -> Any:
        try:
            return self._encode(value)
        except RecursionError as exc:
            raise error(
                "protocol.not_serializable", "The value is nested too deeply or contains itself."
            ) from exc

    def _encode(self, value: Any) -> Any:
        kind = type(value)
        encoder = self._by_type.get(kind)
        if encoder is None:
            encoder = self._by_type[kind] = self._find(kind)
        return encoder(value)

    def _find(self, kind: type) -> Callable[[Any], Any]:
        """The encoder of a type met for the first time. Classes are finite, so remembering them is safe."""
        if issubclass(kind, Enum):
            return lambda value: self._encode(value.value)
        if issubclass(kind, msgspec.Struct):
            return _struct_members(kind, self._dict)
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind)]
            return lambda value: self._dict({name: getattr(value, name) for name in names})
        for base, plain in _BASES:
            if issubclass(kind, base):
                return lambda value: self._encode(plain(value))
        raise error("protocol.not_serializable", type=f"{kind.__module__}.{kind.__qualname__}")

    def _int(self, value: int) -> Any:
        if -self._max_int <= value <= self._max_int:
            return value
        return self._wide_int(value)

    def _list(self, value: Sequence[Any]) -> Any:
        result: Any = value if type(value) is list else list(value)
        for index, item in enumerate(value):
            if type(item) in _SCALARS:
                continue
            coded = self._encode(item)
            if coded is not item:
                if result is value:
                    result = list(value)
                result[index] = coded
        if len(result) == 2 and type(result[0]) is str and result[0][:1] == "$":
            return ["$" + result[0], result[1]]
        return result

    def _dict(self, value: dict[Any, Any]) -> Any:
        result = value
        for key, item in value.items():
            if type(key) is not str:
                return self._dict({_member_name(self._encode(key)): item for key, item in value.items()})
            if type(item) in _SCALARS:
                continue
            coded = self._encode(item)
            if coded is not item:
                if result is value:
                    result = dict(value)
                result[key] = coded
        return result

    def _set(self, value: Set[Any]) -> list[Any]:
        try:
            items: Sequence[Any] = sorted(value)  # hash order differs from process to process
        except TypeError:
            items = list(value)
        return ["$Set", [self._encode(item) for item in items]]


# Subclasses (Django's SafeString, defaultdict, IntFlag, ...) travel as the type that they extend.
_BASES: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (datetime, lambda value: datetime.fromtimestamp(value.timestamp(), UTC)),
    (bytes, bytes),
    (UUID, lambda value: str(value)),
    (Decimal, lambda value: str(value)),
    (Mapping, dict),
    (tuple, tuple),
    (list, list),
    (Set, frozenset),
)


def _struct_members(
    kind: type[msgspec.Struct], encode_dict: Callable[[dict[Any, Any]], Any]
) -> Callable[[Any], Any]:
    """Members of a Struct under their encoded names, with its tag, without what is UNSET."""
    names = list(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    config = kind.__struct_config__
    tag = {} if config.tag is None else {config.tag_field: config.tag}

    def encode(value: Any) -> Any:
        members = {wire: getattr(value, name) for name, wire in names}
        return encode_dict(tag | {wire: item for wire, item in members.items() if item is not msgspec.UNSET})

    return encode


def _member_name(key: Any) -> str:
    """The text of a dict key: JavaScript objects have no other keys."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, int | float):
        return repr(key)
    raise error("protocol.not_serializable", "Keys of a dict must be text, numbers, UUIDs or enums.")


def _tag_bytes(value: bytes | bytearray | memoryview) -> list[Any]:
    return ["$Uint8Array", base64.b64encode(value).decode("ascii")]


def _tag_integer(value: int) -> list[Any]:
    try:
        return ["$BigInt", str(value)]
    except ValueError as exc:  # Python refuses to print integers of thousands of digits
        raise error("protocol.not_serializable", "An integer has too many digits to be sent.") from exc


def _float_or_tag(value: int) -> Any:
    return float(value) if abs(value) <= _MAX_SAFE else _tag_integer(value)


def _aware(moment: datetime) -> datetime:
    """Naive datetimes count as UTC: they carry no other information, and Django stores UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _iso_text(moment: datetime) -> str:
    """As Date.prototype.toISOString prints it; microseconds are kept where there are any."""
    utc = _aware(moment).astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond % 1000 == 0 else "microseconds") + "Z"


def _epoch_tag(moment: datetime) -> cbor2.CBORTag:
    seconds = _aware(moment).timestamp()
    short = seconds.is_integer() and 0 <= seconds < _MAX_CBOR_INT
    return cbor2.CBORTag(1, int(seconds) if short else seconds)


_TO_JSON: Final = _Encoder(_MAX_SAFE, _tag_integer, _iso_text)
_TO_CBOR: Final = _Encoder(_MAX_CBOR_INT - 1, _float_or_tag, _epoch_tag)


def _malformed(reason: str) -> ActorError:
    return error("protocol.malformed", what="value", reason=reason)


class _Reviver:
    """The walk from trees to values; only `whole_floats` differs between the two encodings."""

    def __init__(self, whole_floats: bool) -> None:
        self._by_type: dict[type, Callable[[Any], Any]] = {list: self._list, dict: self._dict}
        if whole_floats:
            self._by_type[float] = _whole
        self._tags: dict[str, Callable[[Any], Any]] = {
            "$BigInt": _read_integer,
            "$Uint8Array": _read_bytes,
            "$ArrayBuffer": _read_bytes,
            "$Undefined": lambda _: UNDEFINED,
            "$Set": self._set,
        }

    def revive(self, tree: Any) -> Any:
        try:
            return self._revive(tree)
        except RecursionError as exc:
            raise _malformed("nested too deeply") from exc

    def _revive(self, node: Any) -> Any:
        reviver = self._by_type.get(type(node))
        return node if reviver is None else reviver(node)

    def _list(self, node: list[Any]) -> Any:
        if len(node) == 2 and type(node[0]) is str and node[0][:1] == "$":
            return self._untag(node[0], node[1])
        for index, item in enumerate(node):
            reviver = self._by_type.get(type(item))
            if reviver is not None:
                node[index] = reviver(item)
        return node

    def _dict(self, node: dict[Any, Any]) -> dict[Any, Any]:
        undefined = []
        for key, item in node.items():
            revived = self._revive(item)
            if revived is UNDEFINED:
                undefined.append(key)
            elif revived is not item:
                node[key] = revived
        for key in undefined:
            del node[key]
        return node

    def _untag(self, tag: str, payload: Any) -> Any:
        if tag[:2] == "$$":
            return [tag[1:], self._revive(payload)]
        reader = self._tags.get(tag)
        if reader is None:
            raise _malformed(f"unknown tag {tag[:32]!r}")
        try:
            return reader(payload)
        except (TypeError, ValueError) as exc:
            raise _malformed(f"bad payload of {tag}") from exc

    def _set(self, payload: Any) -> Any:
        if type(payload) is not list:
            raise TypeError("a set is a list")
        items = [self._revive(item) for item in payload]
        try:
            return set(items)
        except TypeError:
            return items


def _whole(number: float) -> int | float:
    if _MAX_CBOR_INT <= abs(number) <= _MAX_SAFE and number.is_integer():
        return int(number)
    return number


def _read_integer(payload: Any) -> int:
    if type(payload) not in (str, int):
        raise TypeError("an integer is text or a number")
    return int(payload)


def _read_bytes(payload: Any) -> bytes:
    return base64.b64decode(payload, validate=True)


_FROM_JSON: Final = _Reviver(whole_floats=False)
_FROM_CBOR: Final = _Reviver(whole_floats=True)
