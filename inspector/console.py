"""The tab of the actions: which there are, with the signature and the words of their author."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any, Final

from actors.api.registry import registry
from actors.runtime.definition import ActionDefinition
from inspector.actor import tab
from inspector.screens import Look

_QUOTED: Final = re.compile(r"(: |-> )'([^']*)'")
"""An annotation that Python has kept as text."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action as its author wrote it. `template` is what to type for its arguments."""

    name: str
    signature: str
    words: str
    template: str
    readonly: bool


def read(look: Look, actor: Any) -> dict[str, Any]:
    if actor.name not in registry.names():
        return {"actions": [], "chosen": ""}
    found = {one.name: one for one in registry.get(actor.name).actions.values()}
    return {"actions": [_told(one) for one in found.values()], "chosen": look.query.get("action", "")}


def _told(action: ActionDefinition) -> Action:
    signature = inspect.signature(action.handler)
    own = list(signature.parameters.values())[1:]  # without self
    words = inspect.getdoc(action.handler) or ""
    template = ", ".join(_example(one) for one in own if one.default is inspect.Parameter.empty)
    text = _QUOTED.sub(r"\1\2", str(signature.replace(parameters=own)))
    return Action(action.name, text, words, f"[{template}]", action.readonly)


def _example(parameter: inspect.Parameter) -> str:
    """A value of the parameter's type, to be typed over."""
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return ""
    return {"int": "0", "float": "0.0", "bool": "false", "str": '""'}.get(str(parameter.annotation), "null")


CONSOLE: Final = tab("console", read)
