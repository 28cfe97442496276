"""Connections that an inspector changes: one is closed, told something, muted, or gets another state."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from actors.errors import error
from actors.protocol import values
from actors.runtime.task import ActorTask

LONGEST_REASON: Final = 123
"""Bytes of a close reason: what a websocket can carry."""


class NamedConn(msgspec.Struct):
    """A connection of the actor."""

    id: str


class UnwantedConn(NamedConn):
    """What its client is told when it is closed."""

    reason: str = "inspector.disconnected"


class DirectEvent(NamedConn):
    """An event for its client, and for nobody else."""

    event: str
    args: list[Any] = []


class ConnStateEdit(NamedConn):
    """`state` takes the place of what is `expected`."""

    expected: Any
    state: Any


def disconnect(task: ActorTask, unwanted: UnwantedConn) -> bool:
    """Whether there was such a connection. Raises inspector.invalid_request for a reason too long."""
    if len(unwanted.reason.encode()) > LONGEST_REASON:
        raise error(
            "inspector.invalid_request", field="reason", reason=f"must have at most {LONGEST_REASON} bytes"
        )
    return task.serving.disconnect(unwanted.id, unwanted.reason)


def tell(task: ActorTask, told: DirectEvent) -> bool:
    """Whether there is such a connection. Raises actor.invalid_request."""
    return task.serving.tell(told.id, told.event, values.revive_json(told.args))


def edit_state(task: ActorTask, edit: ConnStateEdit) -> bool:
    """Whether there is such a connection, and its state was as expected. Raises actor.invalid_request."""
    expected, state = values.revive_json(edit.expected), values.revive_json(edit.state)
    return task.serving.replace_conn_state(edit.id, expected, state)
