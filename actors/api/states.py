"""How an actor's state begins, and how it and that of its connections become bytes: each from one annotation.

A state is a dataclass, a msgspec Struct, a TypedDict, a dict, a list or a scalar, stored as MessagePack.
Types are resolved at the first use, because an annotation may name what is defined later.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import (
    Annotated,
    Any,
    Final,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec

from actors.api.hints import Annotations
from actors.api.signature import convert
from actors.errors import error
from actors.runtime.definition import StateDefinition

Create = Callable[[object, Any], Any]

_EMPTY_SCALARS: Final = (bool, int, float, str, bytes, dict, list, set, frozenset, tuple)


class StateCodec:
    """The state of one actor class, between Python and storage. Without an annotation: plain data."""

    def __init__(self, actor: str, annotations: Annotations | None) -> None:
        self._actor = actor
        self._annotations = annotations
        self._encoder = msgspec.msgpack.Encoder()

    @cached_property
    def type(self) -> Any:
        """Raises NameError for an annotation with an undefined name."""
        return self._annotations.resolve()["state"] if self._annotations else Any

    @cached_property
    def _decoder(self) -> msgspec.msgpack.Decoder[Any]:
        return msgspec.msgpack.Decoder(dict if is_typeddict(self.type) else self.type)

    def create(self, instance: object, input: Any) -> Any:
        """The state of a new actor without `create_state`. Raises TypeError if the type needs arguments."""
        return empty(self.type)

    def encode(self, value: Any) -> bytes:
        """Raises actor.state_not_serializable."""
        try:
            return self._encoder.encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as exc:
            raise error("actor.state_not_serializable", actor=self._actor, reason=str(exc)) from exc

    def read(self, tree: Any) -> Any:
        """Plain data from the wire as a value of the type. Raises msgspec.ValidationError, also for a field
        that the type does not have: dropped, it would take what it was meant for with it.
        """
        kind = self.type
        value = typed_dict(tree, kind) if is_typeddict(kind) else convert(tree, kind)
        unknown = sorted(set(tree) - set(get_type_hints(kind))) if is_typeddict(kind) else ()
        for path in (*unknown, *strangers(tree, value)):
            raise msgspec.ValidationError(f"it has no field `{path}`")
        return value

    def decode(self, stored: bytes) -> Any:
        """Missing fields take defaults, unknown ones are dropped. Raises protocol.invalid_persisted_data."""
        try:
            value = self._decoder.decode(stored)
            return typed_dict(value, self.type) if is_typeddict(self.type) else value
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as exc:
            raise error("protocol.invalid_persisted_data", reason=str(exc)) from exc


class ConnStateCodec(StateCodec):
    """The state of each connection: `S` of the annotation `conn: Conn[S]`."""

    @cached_property
    def type(self) -> Any:
        """As of a state."""
        return next(iter(get_args(self._annotations.resolve()["conn"])), Any) if self._annotations else Any


def state_definition(codec: StateCodec, create: Create | None) -> StateDefinition:
    """What the runtime needs; `create` is the author's `create_state(self, input)`."""
    return StateDefinition(create or codec.create, codec.encode, codec.decode, codec.read)


def empty(expected: Any) -> Any:
    """The value a type begins with: its defaults, 0, "", [], None for an optional one.

    Raises TypeError for a type that needs arguments.
    """
    origin = get_origin(expected)
    if origin is Annotated:
        return empty(get_args(expected)[0])
    if expected is Any or expected is None or expected is type(None):
        return None
    if origin in (Union, types.UnionType):
        members = get_args(expected)
        return None if type(None) in members else empty(members[0])
    if is_typeddict(expected):
        return typed_dict({}, expected)
    return _constructed(origin or expected)


def _constructed(kind: Any) -> Any:
    if isinstance(kind, type) and (kind in _EMPTY_SCALARS or _is_record(kind)):
        return kind()
    raise TypeError(f"{kind!r} has no empty value: write create_state(self, input)")


def _is_record(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct)


def strangers(tree: Any, value: Any, path: str = "") -> Iterator[str]:
    """The fields of `tree` that `value`, which was made of it, has not taken."""
    if isinstance(tree, list) and isinstance(value, list | tuple):
        for number, (item, taken) in enumerate(zip(tree, value, strict=False)):
            yield from strangers(item, taken, f"{path}[{number}]")
    elif isinstance(tree, dict) and isinstance(value, dict):
        # Keys may have become something else, and then their order has stayed.
        for (key, item), taken in zip(tree.items(), value.values(), strict=False):
            yield from strangers(item, value.get(key, taken), f"{path}.{key}" if path else str(key))
    elif isinstance(tree, dict) and _is_record(type(value)):
        names = _fields(value)
        for key, item in tree.items():
            inside = f"{path}.{key}" if path else str(key)
            if key in names:
                yield from strangers(item, getattr(value, names[key]), inside)
            else:
                yield inside


def _fields(record: Any) -> dict[str, str]:
    """Attributes of a dataclass or Struct by their stored names."""
    if isinstance(record, msgspec.Struct):
        config = record.__struct_config__
        tag = {} if config.tag_field is None else {config.tag_field: "__class__"}
        return dict(zip(record.__struct_encode_fields__, record.__struct_fields__, strict=True)) | tag
    return {field.name: field.name for field in dataclasses.fields(record)}


def typed_dict(value: dict[str, Any], expected: Any) -> dict[str, Any]:
    """A TypedDict names no defaults, so absent required keys begin empty. Raises msgspec.ValidationError."""
    typed = {}
    written = get_type_hints(expected, include_extras=True)
    for key, kind in get_type_hints(expected).items():
        if key in value:
            typed[key] = convert(value[key], kind)
        elif key in expected.__required_keys__ and get_origin(written[key]) is not NotRequired:
            typed[key] = empty(kind)
    return typed
