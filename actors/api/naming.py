"""Names in Python and names on the wire, and which names of an actor class are taken.

Used by everything on this floor that turns a class member into something a client may call.
RivetKit clients are written in JavaScript and Swift, so the wire speaks camelCase by default.
"""

from __future__ import annotations

import re
from typing import Final

_LEADING_CAPITALS: Final = re.compile(r"^[A-Z]+(?![a-z])|^[A-Z]")
_UNDERSCORE: Final = re.compile(r"(?<=[^_])_+([^_])")

HOOKS: Final[dict[str, tuple[str, ...]]] = {
    "create_state": ("input",),
    "create_vars": (),
    "create_conn_state": ("request",),
    "on_migrate": ("is_new",),
    "on_create": ("input",),
    "on_wake": (),
    "on_sleep": (),
    "on_destroy": (),
    "on_before_connect": ("request",),
    "on_connect": ("conn",),
    "on_disconnect": ("conn",),
    "can_subscribe": ("conn", "event"),
    "can_publish": ("conn", "queue"),
    "on_state_change": ("state",),
    "on_before_action_response": ("action", "args", "output"),
    "on_request": ("request",),
    "on_websocket": ("websocket",),
    "run": (),
}
"""Every hook an author may write, and what it is given after `self`."""

WITH_INPUT: Final = frozenset(name for name, given in HOOKS.items() if given == ("input",))
"""Hooks that get the creator's input: converted as annotated, and such a hook may do without it."""

# fmt: off
RESERVED: Final = frozenset({
    "aborted", "actors", "atomic", "client", "conn", "conn_state", "conns", "db", "destroy", "events", "id",
    "input", "inspector_tabs", "keep_awake", "key", "kv", "log", "name", "now", "options", "queue", "save",
    "schedule", "sleep", "state", "vars", "wait_until",
})
# fmt: on
"""Attributes of `Actor` itself, now or in a later release: no action, event or queue may be called so."""

CONSTANTS: Final = {"state": "create_state", "vars": "create_vars", "conn_state": "create_conn_state"}
"""What may begin as a constant of the class, each with the hook that may make it instead."""


def camel_case(name: str) -> str:
    """`send_message` -> `sendMessage`, `ChatRoom` -> `chatRoom`, `HTTPGate` -> `httpGate`."""
    lowered = _LEADING_CAPITALS.sub(lambda match: match.group().lower(), name)
    return _UNDERSCORE.sub(lambda match: match.group(1).upper(), lowered)


def wire_names(name: str, explicit: str | None) -> tuple[str, ...]:
    """The names a member answers to, the one to publish first. An explicit name stands alone."""
    if explicit is not None:
        return (explicit,)
    camel = camel_case(name)
    return (camel,) if camel == name else (camel, name)
