"""Annotations as types, resolved when first needed: a class may name types that are defined after it.

Used for action signatures, states and events. Never imports the author's modules itself.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_type_hints

Namespace = Mapping[str, Any]


def enclosing_locals(cls: type, depth: int) -> Namespace:
    """Names visible where a class inside a function stands (tests, shells); nothing for other classes.

    `depth` counts frames from the caller of this function to the class statement.
    """
    if "<locals>" not in cls.__qualname__:
        return {}
    return dict(sys._getframe(depth + 1).f_locals)


@dataclass(frozen=True, slots=True)
class Annotations:
    """Annotations as written, with the names that they may use."""

    written: Mapping[str, Any]
    module_names: Namespace
    local_names: Namespace

    @classmethod
    def of_function(cls, function: Callable[..., Any], local_names: Namespace) -> Annotations:
        return cls(function.__annotations__, getattr(function, "__globals__", {}), local_names)

    @classmethod
    def of_class(cls, lineage: Sequence[type], name: str, local_names: Namespace) -> Annotations | None:
        """The annotation of one attribute, from the nearest class that wrote it; None if none did."""
        for base in lineage:
            written = inspect.get_annotations(base)
            if name in written:
                module = sys.modules.get(base.__module__)
                return cls({name: written[name]}, vars(module) if module else {}, local_names)
        return None

    def resolve(self) -> dict[str, Any]:
        """Raises NameError for a name that is not defined, TypeError for what is no type."""
        holder = SimpleNamespace(__annotations__=dict(self.written))
        return get_type_hints(holder, dict(self.module_names), dict(self.local_names), include_extras=True)
