"""Actor class -> Blueprint (its members by Python name) and ActorDefinition (what the runtime hosts).

Runs once per class, when the class statement has been executed; resolves no annotation, because the types
may be defined further down. Mistakes raise nothing here: `actors.api.problems` finds them for the checks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from types import CodeType
from typing import Any

from actors.api.actions import ActionMark, action_mark
from actors.api.events import Event
from actors.api.hints import Annotations, Namespace
from actors.api.naming import CONSTANTS, WITH_INPUT, wire_names
from actors.api.queue import Queue
from actors.api.signature import Signature
from actors.api.states import ConnStateCodec, StateCodec, state_definition
from actors.api.tabs import tabs_of
from actors.runtime.conn import Conn
from actors.runtime.definition import (
    ActionDefinition,
    ActorDefinition,
    ConnStateDefinition,
    EventDefinition,
    Hooks,
)
from actors.runtime.options import Options


@dataclass(frozen=True, slots=True)
class ActionMember:
    """An action as its author and its callers see it."""

    attribute: str
    mark: ActionMark
    names: tuple[str, ...]
    signature: Signature


@dataclass(frozen=True, slots=True)
class Blueprint:
    """An actor class as written. Collisions are kept: the later member wins, a check reports both.

    `lineage` is the class and the mixins and bases below `Actor`, nearest first.
    """

    name: str
    abstract: bool
    lineage: tuple[type, ...]
    actions: Mapping[str, ActionMember]
    events: Mapping[str, Event[Any]]
    queues: Mapping[str, Queue[Any, Any]]
    state: StateCodec | None
    conn_state: ConnStateCodec
    constants: Mapping[str, Any]
    definition: ActorDefinition

    @property
    def actor(self) -> type:
        return self.lineage[0]


def draw(lineage: Sequence[type], name: str | None, abstract: bool, local_names: Namespace) -> Blueprint:
    """The blueprint of a class whose body has just been executed: of `lineage[0]`.

    `lineage` is its MRO without what `Actor` brings along.
    """
    actor = lineage[0]
    wire_name = wire_names(actor.__name__, name)[0]
    members, constants = _members(lineage), _constants(lineage)
    actions = {
        attribute: _action(attribute, mark, local_names)
        for attribute, member in members.items()
        if (mark := action_mark(member)) is not None
    }
    events = {attribute: member for attribute, member in members.items() if isinstance(member, Event)}
    queues = {attribute: member for attribute, member in members.items() if isinstance(member, Queue)}
    annotation = Annotations.of_class(lineage, "state", local_names) or _type_of(constants.get("state"))
    state = StateCodec(wire_name, annotation) if annotation else None
    conn = Annotations.of_class(lineage, "conn", local_names) or _conn_of(constants.get("conn_state"))
    conn_state = ConnStateCodec(wire_name, conn)
    create = _with_input(members.get("create_state"), local_names) or _copies(constants, "state")
    definition = ActorDefinition(
        name=wire_name,
        new_instance=actor,
        actions=_by_wire_name(actions, any(_names(member, "atomic") for member in members.values())),
        events=_events_by_wire_name(events),
        queues={name: queue.definition for queue in queues.values() for name in queue.names},
        hooks=_hooks(members, constants, local_names),
        state=state_definition(state, create) if state else None,
        check_input=_input_check(members, local_names),
        conn_state=ConnStateDefinition(conn_state.encode, conn_state.decode, conn_state.read),
        options=_options(members),
        tabs=tabs_of(lineage),
    )
    return Blueprint(
        wire_name, abstract, tuple(lineage), actions, events, queues, state, conn_state, constants, definition
    )


def _names(member: Any, name: str) -> bool:
    """Whether the code of a method, or of a function inside it, reads an attribute of that name."""
    function = inspect.unwrap(member) if inspect.isfunction(member) else None
    codes = [function.__code__] if inspect.isfunction(function) else []
    while codes:
        code = codes.pop()
        if name in code.co_names:
            return True
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return False


def _members(lineage: Sequence[type]) -> dict[str, Any]:
    """What the class and its mixins define, the nearest definition of each name."""
    members: dict[str, Any] = {}
    for base in reversed(lineage):
        members.update(vars(base))
    return members


def _constants(lineage: Sequence[type]) -> dict[str, Any]:
    """`state`, `vars` and `conn_state` as assigned; an actor class has handed its own to its blueprint."""
    constants: dict[str, Any] = {}
    for base in reversed(lineage):
        kept: Blueprint | None = vars(base).get("__blueprint__")
        written = vars(base) if kept is None else kept.constants
        constants.update({name: written[name] for name in CONSTANTS if name in written})
    return constants


def _action(attribute: str, mark: ActionMark, local_names: Namespace) -> ActionMember:
    names = wire_names(attribute, mark.name)
    return ActionMember(attribute, mark, names, Signature(names[0], mark.function, local_names))


def _by_wire_name(actions: Mapping[str, ActionMember], stepwise: bool) -> dict[str, ActionDefinition]:
    definitions: dict[str, ActionDefinition] = {}
    for member in actions.values():
        definition = ActionDefinition(
            name=member.names[0],
            handler=member.mark.function,
            bind=member.signature.bind,
            is_async=member.mark.is_async,
            readonly=member.mark.readonly,
            exclusive=member.mark.exclusive,
            stepwise=stepwise,
        )
        definitions.update(dict.fromkeys(member.names, definition))
    return definitions


def _events_by_wire_name(events: Mapping[str, Event[Any]]) -> dict[str, EventDefinition]:
    return {name: event.definition for event in events.values() for name in event.names}


def _hooks(members: Mapping[str, Any], constants: Mapping[str, Any], local_names: Namespace) -> Hooks:
    written = {field.name: members.get(field.name) for field in fields(Hooks)}
    for name in WITH_INPUT & set(written):
        written[name] = _with_input(written[name], local_names)
    hooks: dict[str, Callable[..., Any]] = {
        name: hook for name, hook in written.items() if inspect.isfunction(hook)
    }
    for name in ("vars", "conn_state"):
        begin = _copies(constants, name)
        if begin is not None:
            hooks.setdefault(CONSTANTS[name], begin)
    return Hooks(**hooks)


def _type_of(constant: Any) -> Annotations | None:
    """A constant state without an annotation has the type that it has."""
    return None if constant is None else Annotations({"state": type(constant)}, {}, {})


def _conn_of(constant: Any) -> Annotations | None:
    """As `_type_of`, for the state of connections."""
    if constant is None:
        return None
    return Annotations({"conn": "Conn[State]"}, {"Conn": Conn, "State": type(constant)}, {})


def _copies(constants: Mapping[str, Any], name: str) -> Callable[..., Any] | None:
    """Each actor, each generation or each connection begins with a copy of its own."""
    if name not in constants:
        return None
    constant = constants[name]
    return lambda *_: deepcopy(constant)


def _input_check(members: Mapping[str, Any], local_names: Namespace) -> Callable[[Any], None]:
    written = (members.get(name) for name in sorted(WITH_INPUT))
    hooks = [hook for hook in written if inspect.isfunction(hook)]
    signatures = [Signature(hook.__name__, hook, local_names) for hook in hooks]

    def check(value: Any) -> None:
        for signature in signatures:
            _bound_input(signature, value)

    return check


def _bound_input(signature: Signature, value: Any) -> Sequence[Any]:
    """The hook's argument, if it takes one; no input means the default, where there is one."""
    if not signature.positional:
        return ()
    missing = value is None and signature.positional[0].default is not inspect.Parameter.empty
    return signature.bind([] if missing else [value])


def _with_input(hook: Any, local_names: Namespace) -> Callable[..., Any] | None:
    """The hook with its input converted as annotated; one that takes none is given none."""
    if not inspect.isfunction(hook):
        return None
    signature = Signature(hook.__name__, hook, local_names)

    def with_input(instance: object, value: Any) -> Any:
        return hook(instance, *_bound_input(signature, value))

    return with_input


def _options(members: Mapping[str, Any]) -> Options:
    options = members.get("options")
    return options if isinstance(options, Options) else Options()
