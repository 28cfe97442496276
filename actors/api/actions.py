"""@action: marks the methods of an actor that clients may call.

The decorated method stays callable inside the actor (`self.history()`, `super().history()`) and then runs
directly. For type checkers it is a `Method`, which is what a handle, typed as the actor class, has.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar, overload

from actors.api.calls import Call, DirectCall
from actors.api.methods import Method, refuse_on_self

A = TypeVar("A")
P = ParamSpec("P")
R = TypeVar("R")

_MARK: Final = "__action__"


@dataclass(frozen=True, slots=True)
class ActionMark:
    """What the decorator noted: the author's own function, and the options given."""

    function: Callable[..., Any]
    name: str | None
    readonly: bool
    exclusive: bool

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function)


class ActionDecorator(Protocol):
    """`@action(...)` with options, before it meets its method."""

    @overload
    def __call__(
        self, function: Callable[Concatenate[A, P], Coroutine[Any, Any, R]], /
    ) -> Method[Callable[P, Call[R]]]: ...
    @overload
    def __call__(self, function: Callable[Concatenate[A, P], R], /) -> Method[Callable[P, Call[R]]]: ...


@overload
def action(
    function: Callable[Concatenate[A, P], Coroutine[Any, Any, R]], /
) -> Method[Callable[P, Call[R]]]: ...
@overload
def action(function: Callable[Concatenate[A, P], R], /) -> Method[Callable[P, Call[R]]]: ...
@overload
def action(
    *, name: str | None = None, readonly: bool = False, exclusive: bool = False
) -> ActionDecorator: ...
def action(
    function: Any = None, /, *, name: str | None = None, readonly: bool = False, exclusive: bool = False
) -> Any:
    """Let clients call this method, sync (runs on the event loop, so keep it short) or async.

    `name` is the one wire name, dots allowed ("users.add"); without it `send_message` answers to
    `sendMessage` and `send_message`. A `readonly` action changes no state: its reply waits for no commit
    of its own. Of the `exclusive` actions of one actor at most one runs at a time, the others wait in order;
    called on `self` one runs in place, within the turn of its caller if that has one.
    Raises TypeError for what is no plain method.
    """
    if function is None:
        return lambda method: _mark(ActionMark(method, name, readonly, exclusive))
    return _mark(ActionMark(function, name, readonly, exclusive))


def action_mark(member: object) -> ActionMark | None:
    """The mark of a class member, None for what is no action."""
    return getattr(member, _MARK, None) if inspect.isfunction(member) else None


def _mark(mark: ActionMark) -> Callable[..., Any]:
    function = mark.function
    if not inspect.isfunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"@action belongs on a plain method, sync or async, not on {function!r}")
    if inspect.isasyncgenfunction(function):
        raise TypeError(f"@action {function.__qualname__} yields: return a list, or broadcast events.")

    @functools.wraps(function)
    def call_directly(self: Any, *args: Any, **kwargs: Any) -> Call[Any]:
        return DirectCall(f"{type(self).__name__}.{function.__name__}", function(self, *args, **kwargs))

    setattr(call_directly, _MARK, mark)
    call_directly.on_commit = refuse_on_self  # type: ignore[attr-defined]
    return call_directly
