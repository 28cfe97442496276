"""`ChatRoom.actors`: where callers get handles, typed as the actor class.

No method here does I/O by itself; what has to ask the platform returns a Call or a connection to enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

from actors.api.binding import bound_transport
from actors.api.calls import Call
from actors.api.handles import ActorHandle, ConnectedHandle, describe
from actors.api.transport import EventStream, Target
from actors.protocol.keys import check_key

A = TypeVar("A")


class HasPk(Protocol):
    """A Django model instance, as far as a key is concerned."""

    @property
    def pk(self) -> Any: ...


ActorKey: TypeAlias = str | Sequence[str] | HasPk


class Actors(Generic[A]):
    """Handles of one actor class. A key is a string, several strings, or a saved model instance.

    `params` reach the connection hooks of every call made through the handle; `input` reaches
    `create_state` and `on_create` of an actor that the call makes.
    """

    __slots__ = ("_actor",)

    def __init__(self, actor: type[A]) -> None:
        self._actor = actor

    def get(self, key: ActorKey = (), *, params: Any = None) -> A:
        """An actor that exists; its calls raise actor.not_found if it does not."""
        return self._handle(Target(self._name, "get", key_parts(key), params=params))

    def get_or_create(self, key: ActorKey = (), *, input: Any = None, params: Any = None) -> A:
        """An actor that the first call makes if it does not exist."""
        return self._handle(Target(self._name, "get_or_create", key_parts(key), input=input, params=params))

    def for_id(self, actor_id: str, *, params: Any = None) -> A:
        """An actor by its id. Raises TypeError for what is no text."""
        if not isinstance(actor_id, str):
            raise TypeError(f"An actor id is text, not {actor_id!r}.")
        return self._handle(Target(self._name, "for_id", actor_id=actor_id, params=params))

    def create(self, key: ActorKey = (), *, input: Any = None, params: Any = None) -> Call[A]:
        """Make a new actor: `room = await ChatRoom.actors.create("lobby")`. Raises actor.duplicate_key."""
        target = Target(self._name, "create", key_parts(key), input=input, params=params)

        async def send() -> A:
            return self.for_id(await bound_transport().resolve(target), params=params)

        def block(timeout: float) -> A:
            return self.for_id(bound_transport().resolve_blocking(target, timeout), params=params)

        return Call(f"{self._actor.__name__}.actors.create({describe(target)})", send, block)

    def resolve(self, actor: A) -> Call[str]:
        """The id of the actor behind a handle, made first if the handle says so. Raises actor.not_found."""
        target = target_of(actor)
        return Call(
            f"{self._actor.__name__}.actors.resolve({describe(target)})",
            lambda: bound_transport().resolve(target),
            lambda timeout: bound_transport().resolve_blocking(target, timeout),
        )

    def connect(self, key: ActorKey | A = (), *, input: Any = None, params: Any = None) -> Connecting[A]:
        """A lasting connection for actions and events, to a key (made if absent) or to a handle's actor."""
        if isinstance(key, ActorHandle):
            return Connecting(self._actor, target_of(key))
        parts = key_parts(key)
        return Connecting(self._actor, Target(self._name, "get_or_create", parts, input=input, params=params))

    @property
    def _name(self) -> str:
        name: str = _blueprint(self._actor).name
        return name

    def _handle(self, target: Target) -> A:
        return cast(A, ActorHandle(_blueprint(self._actor), target))


class Connecting(Generic[A]):
    """`async with ChatRoom.actors.connect("lobby") as conn`: open inside the block, closed after it."""

    def __init__(self, actor: type[A], target: Target) -> None:
        self._actor = actor
        self._target = target
        self._stream: EventStream | None = None

    async def __aenter__(self) -> A:
        self._stream = await bound_transport().connect(self._target)
        return cast(A, ConnectedHandle(_blueprint(self._actor), self._target, self._stream))

    async def __aexit__(self, *exc: object) -> None:
        if self._stream is not None:
            await self._stream.close()


def key_parts(key: object) -> tuple[str, ...]:
    """A key as its parts. Raises TypeError for what is no key, actor.key_too_large for one too long."""
    if isinstance(key, str):
        return check_key((key,))
    if hasattr(key, "pk"):
        return check_key(_model_key(key))
    if isinstance(key, Sequence) and all(isinstance(part, str) for part in key):
        return check_key(tuple(key))
    raise TypeError(f"An actor key is a string, several strings or a saved model instance, not {key!r}.")


def _model_key(instance: Any) -> tuple[str, str]:
    if instance.pk is None:
        raise TypeError(f"{instance!r} has no primary key yet: save it before it names an actor.")
    return instance._meta.label_lower, str(instance.pk)


def _blueprint(actor: Any) -> Any:
    return actor.__blueprint__


def target_of(handle: object) -> Target:
    """Whom a handle means. Raises TypeError for what is no handle."""
    if not isinstance(handle, ActorHandle):
        raise TypeError(f"{handle!r} is no handle: take one from .actors.get() or .get_or_create().")
    return handle._target
