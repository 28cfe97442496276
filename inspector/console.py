"""The tab of the actions: which there are, with the signature and the words of their author."""

from __future__ import annotations

import inspect
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from asgiref.sync import async_to_sync

from actors.api.registry import registry
from actors.runtime.definition import ActionDefinition
from inspector import looking
from inspector.actor import tab
from inspector.arguments import fields_of
from inspector.screens import Look
from inspector.templatetags.inspector import lasting

_QUOTED: Final = re.compile(r"(: |-> )'([^']*)'")
"""An annotation that Python has kept as text."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action as its author wrote it. `template`: what to type for its arguments; `fields`: their form.

    Clients call it by its `name`, Python by its `member`.
    """

    name: str
    member: str
    signature: str
    words: str
    template: str
    readonly: bool
    fields: list[dict[str, Any]]


def read(look: Look, actor: Any) -> dict[str, Any]:
    if actor.name not in registry.names():
        return {"actions": [], "chosen": ""}
    # From here on, so that the trace of a call is there when somebody looks for it.
    async_to_sync(looking.followed)(actor.pk, 0)
    definition = registry.get(actor.name)
    found = {one.name: one for one in definition.actions.values()}
    return {
        "actions": [_told(one) for one in found.values()],
        "chosen": look.query.get("action", ""),
        "class_name": definition.new_instance.__name__,
        "own_limit": lasting(definition.options.action_timeout),
    }


def _told(action: ActionDefinition) -> Action:
    signature = inspect.signature(action.handler)
    own = list(signature.parameters.values())[1:]  # without self
    words = inspect.getdoc(action.handler) or ""
    fields = fields_of(action.handler)
    template = ", ".join(field.value for field in fields if field.required)
    text = _QUOTED.sub(r"\1\2", str(signature.replace(parameters=own)))
    member, form = action.handler.__name__, list(map(asdict, fields))
    return Action(action.name, member, text, words, f"[{template}]", action.readonly, form)


CONSOLE: Final = tab("console", read)
