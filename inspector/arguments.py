"""The arguments of an action as fields of a form, from its signature: what a person picks rather than types.

What no field stands for is typed as JSON.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from actors.errors import ActorError
from actors.protocol import json

_PLAIN: Final[Mapping[Any, str]] = {int: "integer", float: "number", bool: "boolean", str: "text"}
_EXAMPLES: Final = {"integer": "0", "number": "0.0", "boolean": "false", "text": '""'}


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is integer, number, boolean, text, choice or json. `value` is JSON: the default, or an example.

    One that is not `required` may be left as it is. `rest`: it stands for all arguments that follow.
    """

    name: str
    kind: str
    value: str
    required: bool
    choices: tuple[str, ...] = ()
    rest: bool = False


def fields_of(handler: Callable[..., Any]) -> list[Field]:
    """In the order of the arguments."""
    hints = _hints(handler)
    own = list(inspect.signature(handler).parameters.values())[1:]  # without self
    return [_field(one, hints.get(one.name, Any)) for one in own if one.kind is not one.KEYWORD_ONLY]


def _hints(handler: Callable[..., Any]) -> dict[str, Any]:
    """None at all where a name is not to be found from here."""
    try:
        return get_type_hints(handler)
    except (NameError, TypeError, AttributeError):
        return {}


def _field(parameter: inspect.Parameter, hint: Any) -> Field:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return Field(parameter.name, "json", "[]", required=False, rest=True)
    kind, choices = _kind(hint)
    required = parameter.default is inspect.Parameter.empty
    default = None if required else _as_json(parameter.default)
    if default is None:
        default = choices[0] if choices else _EXAMPLES.get(kind, "null")
    return Field(parameter.name, kind, default, required, choices)


def _kind(hint: Any) -> tuple[str, tuple[str, ...]]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return "json", ()
    values: Any = ()
    if origin is Literal:
        values = get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        values = list(hint)
    choices = tuple(filter(None, map(_as_json, values)))
    return ("choice", choices) if choices else (_PLAIN.get(hint, "json"), ())


def _as_json(value: Any) -> str | None:
    """None for what is no data."""
    try:
        return json.encode(value).decode()
    except ActorError:
        return None
