"""ActorDefinition: an actor class as plain data and callables.

Built by the author's API when a class is defined; read by the runtime, which knows nothing of classes,
descriptors or annotations. Never imports the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from actors.errors import error
from actors.runtime.options import Options

MOST_DOUBLINGS: Final = 30
LONGEST_PAUSE: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ActionDefinition:
    """One action. `handler(instance, *args)` may be sync (runs on the loop, so it must be short) or async.

    `bind` turns the decoded wire arguments into what the handler takes, or raises actor.invalid_request.
    Of the `exclusive` actions of an actor one runs at a time. `stepwise`: it may open an atomic block, so the
    state is looked at after each of its steps while it has one open.
    """

    name: str
    handler: Callable[..., Any]
    bind: Callable[[Sequence[Any]], Sequence[Any]]
    is_async: bool = False
    readonly: bool = False
    exclusive: bool = False
    stepwise: bool = False


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One event: the camelCase wire name, and every name a client may subscribe with.

    `check` raises protocol.malformed for arguments from outside that are no payload of it.
    """

    name: str
    aliases: frozenset[str] = frozenset()
    check: Callable[[Sequence[Any]], None] = field(default=lambda args: None, compare=False)


@dataclass(frozen=True, slots=True)
class QueueDefinition:
    """One queue: the camelCase wire name, and every name a client may send to. `lease`, `backoff` in seconds.

    `encode` raises queue.invalid_payload for what is no message of it, `decode` queue.message_invalid for
    bytes that are none any more, `respond` queue.invalid_completion_payload; what it returns is plain data.
    """

    name: str
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    respond: Callable[[Any], Any]
    aliases: frozenset[str] = frozenset()
    max_attempts: int = 5
    lease: float = 30.0
    backoff: float = 1.0

    def pause(self, attempt: int) -> float:
        """Seconds until a message that this attempt gave back comes again: twice as long each time."""
        return min(self.backoff * 2.0 ** min(attempt - 1, MOST_DOUBLINGS), max(self.backoff, LONGEST_PAUSE))


@dataclass(frozen=True, slots=True)
class TabDefinition:
    """A tab of the inspector: the author's own, with the folder of its files, or without one a hidden one."""

    id: str
    label: str | None = None
    icon: str | None = None
    folder: Path | None = None


def _as_it_is(tree: Any) -> Any:
    return tree


@dataclass(frozen=True, slots=True)
class StateDefinition:
    """How the state of an actor begins and becomes bytes. `decode` fills missing fields with defaults.

    `create(instance, input)` may be async. `read` makes a value of plain data from the wire.
    """

    create: Callable[[object, Any], Any]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    read: Callable[[Any], Any] = _as_it_is


@dataclass(frozen=True, slots=True)
class ConnStateDefinition:
    """How the state of a connection becomes bytes; without types, plain data comes back. `read` as above."""

    encode: Callable[[Any], bytes] = msgspec.msgpack.encode
    decode: Callable[[bytes], Any] = msgspec.msgpack.decode
    read: Callable[[Any], Any] = _as_it_is

    def stored(self, value: Any) -> Any:
        """A copy, as it comes back from storage. Raises what an author's type raises."""
        return self.decode(self.encode(value))


@dataclass(frozen=True, slots=True)
class Hooks:
    """The author's hooks, each `hook(instance, ...)`, sync or async; None where the class has none."""

    on_migrate: Callable[..., Any] | None = None
    on_create: Callable[..., Any] | None = None
    create_vars: Callable[..., Any] | None = None
    on_wake: Callable[..., Any] | None = None
    on_sleep: Callable[..., Any] | None = None
    on_destroy: Callable[..., Any] | None = None
    on_before_connect: Callable[..., Any] | None = None
    create_conn_state: Callable[..., Any] | None = None
    on_connect: Callable[..., Any] | None = None
    on_disconnect: Callable[..., Any] | None = None
    can_subscribe: Callable[..., Any] | None = None
    on_state_change: Callable[..., Any] | None = None
    on_before_action_response: Callable[..., Any] | None = None
    on_request: Callable[..., Any] | None = None
    on_websocket: Callable[..., Any] | None = None
    can_publish: Callable[..., Any] | None = None
    run: Callable[..., Any] | None = None


def _anything(value: Any) -> None:
    """An actor whose hooks take no input, or take any."""


@dataclass(frozen=True, slots=True)
class ActorDefinition:
    """Everything the runtime needs to host actors of one class.

    `actions`, `events` and `queues` are keyed by every name a caller may use (send_message and sendMessage
    point to the same definition). `new_instance` is called with an ActorContext. `state` is None for an actor
    that declares none. `check_input` raises actor.invalid_request for an input that the hooks do not take.
    """

    name: str
    new_instance: Callable[[Any], object]
    actions: Mapping[str, ActionDefinition] = field(default_factory=dict)
    events: Mapping[str, EventDefinition] = field(default_factory=dict)
    queues: Mapping[str, QueueDefinition] = field(default_factory=dict)
    hooks: Hooks = Hooks()
    state: StateDefinition | None = None
    check_input: Callable[[Any], None] = _anything
    conn_state: ConnStateDefinition = ConnStateDefinition()
    options: Options = field(default_factory=Options)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tabs: Sequence[TabDefinition] = ()

    def action(self, name: str) -> ActionDefinition:
        """By any of its names. Raises actor.action_not_found."""
        action = self.actions.get(name)
        if action is None:
            raise error("actor.action_not_found", action=name)
        return action
