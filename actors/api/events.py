"""Event: a message that an actor broadcasts to the connections that subscribed to it.

On the class it is the event (`conn.events(ChatRoom.new_message)`), on an instance it can be broadcast.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Generic, Protocol, Self, TypeVar, TypeVarTuple, get_args, get_origin, overload

import msgspec

from actors.api.naming import wire_names
from actors.api.signature import convert
from actors.errors import error
from actors.runtime.definition import EventDefinition

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Broadcaster(Protocol):
    """The part of an ActorContext that events need."""

    def broadcast(self, event: EventDefinition, args: Sequence[Any]) -> None: ...


class BoundEvent(Generic[T]):
    """An event of one living actor."""

    __slots__ = ("_context", "_definition")

    def __init__(self, context: Broadcaster, definition: EventDefinition) -> None:
        self._context = context
        self._definition = definition

    @property
    def name(self) -> str:
        """The published wire name; makes this what `conn.send` takes."""
        return self._definition.name

    # mypy finds no implementation wide enough for a signature that unpacks *Ts.
    @overload
    def broadcast(self: BoundEvent[tuple[*Ts]], *payload: *Ts) -> None: ...
    @overload
    def broadcast(self, payload: T, /) -> None: ...
    def broadcast(self: Any, *payload: Any) -> None:  # type: ignore[misc]
        """Send to every subscriber, in order with this actor's replies and other events. Never blocks."""
        self._context.broadcast(self._definition, payload)


class Event(Generic[T]):
    """`Event(Message)`, or `Event[int | str]()` for a type that is no class.

    A tuple type is several arguments on the wire, as in RivetKit: `Event[tuple[int, int]]()` is broadcast
    as `moved.broadcast(3, 4)`, and `Event[tuple[()]]()` carries nothing. RivetKit: ts/actor/schema.ts.
    """

    definition: EventDefinition

    @overload
    def __init__(self, payload: type[T], /, *, name: str | None = None) -> None: ...
    @overload
    def __init__(self, *, name: str | None = None) -> None: ...
    def __init__(self, *payload: Any, name: str | None = None) -> None:
        self._payload = payload
        self._name = name
        self.attribute = ""

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        names = wire_names(attribute, self._name)
        self.definition = EventDefinition(names[0], frozenset(names[1:]), self.check)

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any) -> BoundEvent[T]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        return BoundEvent(instance._context, self.definition)

    @property
    def name(self) -> str:
        """The published wire name; makes this what `conn.send` takes."""
        return self.definition.name

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a client may subscribe with, the published one first."""
        return (self.definition.name, *sorted(self.definition.aliases))

    @functools.cached_property
    def payload_type(self) -> Any:
        """The type given in brackets or in parentheses; Any if there was none."""
        written = getattr(self, "__orig_class__", None)
        return get_args(written)[0] if written else next(iter(self._payload), Any)

    def check(self, args: Sequence[Any]) -> None:
        """Raises protocol.malformed for arguments from the wire that are no payload, or more than one."""
        self.read(args)
        expected = self.payload_type
        spread = expected is Any or expected is tuple or get_origin(expected) is tuple
        if not spread and len(args) != 1:
            reason = f"it has one argument, not {len(args)}"
            raise error("protocol.malformed", what=f"event {self.definition.name}", reason=reason)

    def read(self, args: Sequence[Any]) -> T:
        """Arguments from the wire as the payload. Raises protocol.malformed if they do not fit."""
        expected = self.payload_type
        spread = expected is tuple or get_origin(expected) is tuple
        value = args if spread else next(iter(args), None)
        try:
            payload: T = convert(value, expected)
        except msgspec.ValidationError as exc:
            raise error("protocol.malformed", what=f"event {self.definition.name}", reason=str(exc)) from None
        return payload
