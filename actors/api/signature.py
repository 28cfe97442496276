"""An action's parameters in both directions: wire list to Python arguments, caller's arguments to wire list.

The runtime calls `bind` for every action, so its usual way is one call into msgspec; the reasons for a
refusal are worked out only afterwards. Callers' handles use `pack` and `read_result`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import msgspec

from actors.api.hints import Annotations, Namespace
from actors.errors import ActorError, error
from actors.protocol.values import UNDEFINED

_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Signature:
    """What one action or hook takes and gives, read from its function; `self` left out."""

    def __init__(self, name: str, function: Callable[..., Any], local_names: Namespace) -> None:
        self.name = name
        self._annotations = Annotations.of_function(function, local_names)
        self.python = _without_self(inspect.signature(function))
        parameters = list(self.python.parameters.values())
        self.positional = [p for p in parameters if p.kind in _POSITIONAL]
        self.rest = next((p for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL), None)
        self._required = sum(p.default is p.empty for p in self.positional)

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Parameter names, and "return", to types. Raises NameError for an undefined name."""
        return self._annotations.resolve()

    @cached_property
    def _shapes(self) -> dict[int, Any]:
        """For every accepted number of arguments, the tuple type that they must form."""
        types = [self.hints.get(p.name, Any) for p in self.positional]
        return {n: _tuple_type(types[:n]) for n in range(self._required, len(types) + 1)}

    def bind(self, args: Sequence[Any]) -> Sequence[Any]:
        """The handler's arguments. Raises actor.invalid_request naming the parameter and what it takes."""
        if UNDEFINED in args:
            return self._bind_slowly(self._defined(args))
        try:
            bound: Sequence[Any] = msgspec.convert(args, self._shapes[len(args)])
        except (KeyError, msgspec.ValidationError):
            return self._bind_slowly(args)
        return bound

    def _defined(self, args: Sequence[Any]) -> list[Any]:
        """JavaScript's `undefined` means the default of the parameter, as it does there."""
        defaults = {i: p.default for i, p in enumerate(self.positional) if p.default is not p.empty}
        return [defaults.get(i) if value is UNDEFINED else value for i, value in enumerate(args)]

    def _bind_slowly(self, args: Sequence[Any]) -> list[Any]:
        """Also for variadic actions, JSON's string keys, and numbers that JavaScript sent as floats."""
        limit = len(self.positional)
        if len(args) < self._required:
            missing = self.positional[len(args)]
            raise self._refusal(f"parameter `{missing.name}` is missing: {self.usage}")
        if len(args) > limit and self.rest is None:
            raise self._refusal(f"{len(args)} arguments given, at most {limit} taken: {self.usage}")
        parameters = [*self.positional, *[self.rest] * (len(args) - limit)]
        return [
            self._convert(value, parameter.name, position)
            for position, (value, parameter) in enumerate(zip(args, parameters, strict=False))
            if parameter is not None
        ]

    def _convert(self, value: Any, name: str, position: int) -> Any:
        try:
            return convert(value, self.hints.get(name, Any))
        except msgspec.ValidationError as exc:
            raise self._refusal(f"parameter `{name}` (argument {position + 1}): {exc}") from None

    def _refusal(self, reason: str) -> ActorError:
        return error("actor.invalid_request", reason=f"{self.name}: {reason}")

    @property
    def usage(self) -> str:
        """The signature as a person would write it, e.g. `history(limit: int = 50)`."""
        bare = self.python.replace(return_annotation=inspect.Signature.empty)
        return f"{self.name}{bare}".replace("'", "")

    def pack(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """A caller's arguments as the wire list. Raises TypeError as a call of the method would."""
        try:
            bound = self.python.bind(*args, **kwargs)
        except TypeError as exc:
            raise TypeError(f"{self.usage}: {exc}") from None
        if kwargs:
            _fill_gaps(bound)
        return list(bound.args)

    def read_result(self, value: Any) -> Any:
        """A wire value as the declared return type. Raises protocol.malformed if it is something else."""
        expected = self.hints.get("return", Any)
        try:
            return convert(value, expected)
        except msgspec.ValidationError as exc:
            raise error("protocol.malformed", what=f"result of {self.name}()", reason=str(exc)) from None


def convert(value: Any, expected: Any) -> Any:
    """`value` from the wire as `expected`. Raises msgspec.ValidationError.

    JavaScript knows no integers and JSON no keys but strings: both are taken as what is expected.
    """
    try:
        return msgspec.convert(value, expected)
    except msgspec.ValidationError:
        return msgspec.convert(_with_integers(value), expected, str_keys=True)


def _with_integers(value: Any) -> Any:
    if type(value) is float:
        return int(value) if value.is_integer() else value
    if type(value) is list:
        return [_with_integers(item) for item in value]
    if type(value) is dict:
        return {key: _with_integers(item) for key, item in value.items()}
    return value


def _fill_gaps(bound: inspect.BoundArguments) -> None:
    """Defaults up to the last given argument, so that keywords keep their place in a positional list."""
    given = list(bound.arguments)
    names = list(bound.signature.parameters)
    if given:
        last = max(names.index(name) for name in given)
        bound.apply_defaults()
        for name in names[last + 1 :]:
            bound.arguments.pop(name, None)


def _without_self(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _tuple_type(types: Sequence[Any]) -> Any:
    return tuple.__class_getitem__(tuple(types)) if types else tuple[()]
