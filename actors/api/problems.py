"""Mistakes in actor classes, found before anything runs: the face shows them as Django system checks.

Each rule looks at one Blueprint and yields what is wrong. A rule never raises, whatever the author wrote.
"""

from __future__ import annotations

import difflib
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec.inspect import CustomType

from actors.api.actions import action_mark
from actors.api.define import Blueprint
from actors.api.naming import CONSTANTS, HOOKS, RESERVED, WITH_INPUT
from actors.api.states import empty
from actors.api.tabs import faults
from actors.runtime.options import Options

PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "E001": (
        "Several actors answer to the wire name {name!r}: {owners}.",
        "Rename a class, or give one an explicit name: class X(Actor, name='...').",
    ),
    "E002": (
        "Several actions answer to {name!r}: {owners}.",
        "Rename a method, or give one an explicit name: @action(name='...').",
    ),
    "E003": (
        "Several events answer to {name!r}: {owners}.",
        "Rename an event, or give one an explicit name: Event(..., name='...').",
    ),
    "E004": (
        "{member!r} is a name of Actor itself and cannot be an action, an event or a queue.",
        "Choose another Python name; @action(name='...') keeps the wire name.",
    ),
    "E005": (
        "A type of {place} cannot be resolved: {reason}.",
        "Import the name at run time, not only under TYPE_CHECKING.",
    ),
    "E006": (
        "{place} has a type that cannot be read from bytes: {reason}.",
        "Use dataclasses, msgspec Structs, TypedDicts, dicts, lists and scalars.",
    ),
    "E007": (
        "The state cannot begin: {reason}.",
        "Give every field a default, or write create_state(self, input).",
    ),
    "E008": (
        "Action {member!r} takes {parameter!r} by keyword only, but calls carry positions only.",
        "Make it an ordinary parameter.",
    ),
    "E009": (
        "{member} cannot be called: {reason}.",
        "Write it as `{usage}`.",
    ),
    "E010": (
        "`options` is {found}, not Options.",
        "Write `options = Options(sleep_timeout=60)`.",
    ),
    "E011": (
        "The class has its own __init__, but actors are made by the platform.",
        "Set up state in create_state or on_create, and what is not stored in on_wake.",
    ),
    "E012": (
        "{member!r} is a hook and cannot be an action as well.",
        "Remove @action, or choose another name.",
    ),
    "E013": (
        "The options are out of range: {reason}.",
        "Times are seconds and sizes are bytes, both more than 0; see docs/options.md.",
    ),
    "E014": (
        "`{constant} = ...` and {hook} both say how the same thing begins.",
        "Keep one of them.",
    ),
    "E015": (
        "Several queues answer to {name!r}: {owners}.",
        "Rename a queue, or give one an explicit name: Queue(..., name='...').",
    ),
    "E016": (
        "Queue {member!r} is declared out of range: {reason}.",
        "Write `Queue(Job, max_attempts=5, lease=30)`: attempts from 1, and seconds.",
    ),
    "E017": (
        "`inspector_tabs` cannot be shown: {reason}.",
        "Write `inspector_tabs = [Tab('board', 'Board', folder='tabs/board')]`; see docs/tabs.md.",
    ),
    "W001": (
        "No hook is called {member!r}, so nothing will ever call it.",
        "{suggestion}",
    ),
    "W002": (
        "{member!r} overrides an action without @action: clients can no longer call it.",
        "Add @action to the override, or choose another name.",
    ),
    "W003": (
        "The result of action {member!r} has a type that callers in Python cannot read back: {reason}.",
        "Return dataclasses, msgspec Structs, TypedDicts, dicts, lists and scalars.",
    ),
}
"""Message and hint by check id; the fields in braces come from the Problem."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the id of its row in PROBLEMS, the class, and the fields of its texts."""

    id: str
    actor: type
    fields: dict[str, Any]

    @property
    def message(self) -> str:
        return PROBLEMS[self.id][0].format_map(self.fields)

    @property
    def hint(self) -> str:
        return PROBLEMS[self.id][1].format_map(self.fields)


Found = Iterator[tuple[str, dict[str, Any]]]


def find_problems(blueprints: Iterable[Blueprint]) -> list[Problem]:
    """Every mistake of these classes, class by class, then the names they fight over."""
    drawn = list(blueprints)
    found = [
        Problem(check, blueprint.actor, fields)
        for blueprint in drawn
        for rule in RULES
        for check, fields in rule(blueprint)
    ]
    hosted = [blueprint for blueprint in drawn if not blueprint.abstract]
    for name, owners in _shared((b.name, b) for b in hosted):
        labels = ", ".join(f"{b.actor.__module__}.{b.actor.__qualname__}" for b in owners)
        found.append(Problem("E001", owners[-1].actor, {"name": name, "owners": labels}))
    return found


def _action_names(blueprint: Blueprint) -> Found:
    named = ((name, member) for member in blueprint.actions.values() for name in member.names)
    for name, members in _shared(named):
        yield "E002", {"name": name, "owners": ", ".join(member.attribute for member in members)}


def _event_names(blueprint: Blueprint) -> Found:
    named = ((name, event) for event in blueprint.events.values() for name in event.names)
    for name, events in _shared(named):
        yield "E003", {"name": name, "owners": ", ".join(event.attribute for event in events)}


def _queue_names(blueprint: Blueprint) -> Found:
    named = ((name, queue) for queue in blueprint.queues.values() for name in queue.names)
    for name, queues in _shared(named):
        yield "E015", {"name": name, "owners": ", ".join(queue.attribute for queue in queues)}


def _queues(blueprint: Blueprint) -> Found:
    for attribute, queue in blueprint.queues.items():
        for reason in queue.faults():
            yield "E016", {"member": attribute, "reason": reason}
        for what, kind in (("Bodies", queue.types.body), ("Responses", queue.types.response)):
            unreadable = _unreadable(kind)
            if unreadable:
                yield "E006", {"place": f"{what} of queue {attribute!r}", "reason": unreadable}


def _reserved(blueprint: Blueprint) -> Found:
    for member in (*blueprint.actions, *blueprint.events, *blueprint.queues):
        if member in RESERVED:
            yield "E004", {"member": member}


def _keywords(blueprint: Blueprint) -> Found:
    refused = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    for attribute, member in blueprint.actions.items():
        for parameter in member.signature.python.parameters.values():
            if parameter.kind in refused:
                yield "E008", {"member": attribute, "parameter": parameter.name}


def _state(blueprint: Blueprint) -> Found:
    if blueprint.state is None:
        return
    try:
        kind = blueprint.state.type
    except (NameError, TypeError) as exc:
        yield "E005", {"place": "the state", "reason": exc}
        return
    reason = _unreadable(kind)
    if reason:
        yield "E006", {"place": "The state", "reason": reason}
    elif not hasattr(blueprint.actor, "create_state"):
        try:
            empty(kind)
        except TypeError as exc:
            yield "E007", {"reason": exc}


def _conn_state(blueprint: Blueprint) -> Found:
    try:
        reason = _unreadable(blueprint.conn_state.type)
    except (NameError, TypeError) as exc:
        yield "E005", {"place": "the state of connections", "reason": exc}
        return
    if reason:
        yield "E006", {"place": "The state of connections", "reason": reason}


def _action_types(blueprint: Blueprint) -> Found:
    for attribute, member in blueprint.actions.items():
        try:
            hints = member.signature.hints
        except (NameError, TypeError) as exc:
            yield "E005", {"place": f"action {attribute!r}", "reason": exc}
            continue
        for name, kind in hints.items():
            reason = _unreadable(kind)
            if reason and name == "return":
                yield "W003", {"member": attribute, "reason": reason}
            elif reason:
                yield "E006", {"place": f"Parameter {name!r} of action {attribute!r}", "reason": reason}


def _hooks(blueprint: Blueprint) -> Found:
    for name, given in HOOKS.items():
        hook = getattr(blueprint.actor, name, None)
        if hook is None or name in blueprint.actions:
            continue
        reason = _unfit(name, hook, given)
        if reason:
            usage = f"def {name}({', '.join(('self', *given))})"
            yield "E009", {"member": name, "reason": reason, "usage": usage}


def _unfit(name: str, hook: Any, given: tuple[str, ...]) -> str | None:
    """Why the platform cannot call a hook, None if it can."""
    if not inspect.isfunction(hook):
        return f"it is {hook!r}"
    for arguments in (("self", *given), *([("self",)] if name in WITH_INPUT else [])):
        try:
            inspect.signature(hook).bind(*arguments)
        except TypeError:
            continue
        return None
    return f"it takes {inspect.signature(hook)}"


def _begun_twice(blueprint: Blueprint) -> Found:
    for constant, hook in CONSTANTS.items():
        if constant in blueprint.constants and hasattr(blueprint.actor, hook):
            yield "E014", {"constant": constant, "hook": hook}


def _own_init(blueprint: Blueprint) -> Found:
    for base in blueprint.lineage:
        if "__init__" in vars(base):
            yield "E011", {}


def _options(blueprint: Blueprint) -> Found:
    options = getattr(blueprint.actor, "options", None)
    if options is not None and not isinstance(options, Options):
        yield "E010", {"found": repr(options)}
    elif isinstance(options, Options):
        for reason in options.faults():
            yield "E013", {"reason": reason}


def _tabs(blueprint: Blueprint) -> Found:
    for base in blueprint.lineage:
        for reason in faults(base):
            yield "E017", {"reason": reason}


def _hook_actions(blueprint: Blueprint) -> Found:
    for attribute in blueprint.actions:
        if attribute in HOOKS:
            yield "E012", {"member": attribute}


def _misspelt_hooks(blueprint: Blueprint) -> Found:
    for base in blueprint.lineage:
        for name, member in vars(base).items():
            looks_like_one = name.startswith(("on_", "create_", "can_")) and inspect.isfunction(member)
            if looks_like_one and name not in HOOKS and action_mark(member) is None:
                close = difflib.get_close_matches(name, HOOKS, n=1)
                suggestion = f"Did you mean {close[0]!r}?" if close else f"Hooks are: {', '.join(HOOKS)}."
                yield "W001", {"member": name, "suggestion": suggestion}


def _lost_actions(blueprint: Blueprint) -> Found:
    inherited = {name for base in blueprint.lineage[1:] for name, m in vars(base).items() if action_mark(m)}
    for name in sorted(inherited - set(blueprint.actions)):
        yield "W002", {"member": name}


RULES: Final[tuple[Callable[[Blueprint], Found], ...]] = (
    _action_names,
    _event_names,
    _queue_names,
    _queues,
    _reserved,
    _keywords,
    _state,
    _conn_state,
    _action_types,
    _hooks,
    _begun_twice,
    _own_init,
    _options,
    _tabs,
    _hook_actions,
    _misspelt_hooks,
    _lost_actions,
)


def _shared(named: Iterable[tuple[str, Any]]) -> list[tuple[str, list[Any]]]:
    """Names that more than one holder claims."""
    holders: dict[str, list[Any]] = defaultdict(list)
    for name, holder in named:
        holders[name].append(holder)
    return [(name, claimed) for name, claimed in holders.items() if len(claimed) > 1]


def _unreadable(kind: Any) -> str | None:
    """What msgspec cannot build in `kind`; None if it can build all of it."""
    try:
        information = msgspec.inspect.type_info(kind)
    except (TypeError, NameError) as exc:
        return str(exc)
    return next((f"{found.cls!r}" for found in _custom_types(information)), None)


def _custom_types(information: Any, outer: frozenset[int] = frozenset()) -> Iterator[CustomType]:
    """The custom types inside `information`; `outer` stops at a type that contains itself."""
    if isinstance(information, CustomType):
        yield information
    if id(information) in outer or not isinstance(information, msgspec.Struct):
        return
    inside = outer | {id(information)}
    for name in information.__struct_fields__:
        value = getattr(information, name)
        for part in value if isinstance(value, tuple) else (value,):
            yield from _custom_types(part, inside)
