"""The messages of a client conversation with their values decoded: what gateway sessions handle."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from actors.errors import ActorError, error
from actors.protocol.schema import Uint

Encoding: TypeAlias = Literal["json", "cbor", "bare"]
Frame: TypeAlias = str | bytes
QueueStatus: TypeAlias = Literal["completed", "timedOut"]


class ActorSpecifier(msgspec.Struct, frozen=True):
    """Which actor an error came from. `key` is the key as `keys.display_key` prints it."""

    actor_id: str
    generation: Uint
    key: str | None = None


class ActionRequest(msgspec.Struct, frozen=True, gc=False):
    """Call of action `name` with positional `args`; the answer must quote `id`.

    `version` is the protocol version of the frame, 4 for json and cbor. `fault` is set when the frame was
    sound but its arguments were not: answer it under `id` and dispatch nothing.
    """

    id: int
    name: str
    args: list[Any]
    version: int
    fault: ActorError | None = None


class SubscriptionRequest(msgspec.Struct, frozen=True, gc=False):
    """Begin (`subscribe`) or end delivery of the event. Has no answer."""

    event_name: str
    subscribe: bool
    version: int


ClientMessage: TypeAlias = ActionRequest | SubscriptionRequest


class QueueSend(msgspec.Struct, frozen=True):
    """Body of POST /queue/{name}. `timeout` is in milliseconds and counts only with `wait`.

    A `name` in the body is informative: the path decides. `delay` (milliseconds), `priority` and `dedupe` are
    ours; BARE has no place for them.
    """

    body: Any
    name: str | None = None
    wait: bool = False
    timeout: int | None = None
    delay: int = 0
    priority: int = 0
    dedupe: str | None = None


def binary(frame: Frame) -> bytes:
    """The bytes of a frame. Raises `protocol.malformed` for a text frame."""
    if isinstance(frame, str):
        raise error("protocol.malformed", what="frame", reason="expected a binary frame, got text")
    return frame
