"""Actions and `Queue.send` as callers have them: to be called now, or on the commit of Django's transaction.

`Method` and `BoundMethod` are what type checkers see of an author's plain method; a handle has MethodHandle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar, overload

from actors.api.calls import Call
from actors.errors import error

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Now = TypeVar("Now", bound=Callable[..., Call[Any]], covariant=True)


class BoundMethod(Protocol[P, R_co]):
    """`room.send_message`."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[R_co]: ...

    def on_commit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Have it called once Django's transaction is committed; if that is rolled back, not at all.

        Stored in that transaction, so no crash loses it, and done once, in the order of the calls to one
        actor. Outside of a transaction it is stored at once. From sync code, such as a view or a task.
        Raises outbox.not_here, and what is wrong with the call itself: then nothing has been stored.
        """
        ...


class Method(Protocol[Now]):
    """`ChatRoom.send_message`: generic over a signature, so a subclass may widen it, as it may any method."""

    @overload
    def __get__(
        self: Method[Callable[P, Call[R]]], instance: None, owner: Any, /
    ) -> Callable[Concatenate[Any, P], Call[R]]: ...
    @overload
    def __get__(self: Method[Callable[P, Call[R]]], instance: object, owner: Any, /) -> BoundMethod[P, R]: ...


class MethodHandle:
    """A `BoundMethod` of a handle."""

    __slots__ = ("_call", "on_commit")

    def __init__(self, call: Callable[..., Call[Any]], on_commit: Callable[..., None]) -> None:
        self._call = call
        self.on_commit = on_commit

    def __call__(self, /, *args: Any, **kwargs: Any) -> Call[Any]:
        return self._call(*args, **kwargs)


def refuse_on_self(*_: Any, **__: Any) -> NoReturn:
    """What `on_commit` is inside the actor. Raises outbox.not_here."""
    raise error("outbox.not_here", where="the actor itself: what it does in self.atomic() is stored together")
