"""What json and cbor messages look like as maps: requests of clients as Structs, errors as a dict.

The two codecs share it; bare has its own layouts in `protocol/client.py`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from actors.errors import MISSING, ActorError, error
from actors.protocol.messages import (
    ActionRequest,
    ActorSpecifier,
    ClientMessage,
    QueueSend,
    SubscriptionRequest,
)
from actors.protocol.values import UNDEFINED

LATEST: Final = 4
"""json and cbor have one form, that of version 4: older clients ignore members that they do not know."""

_MAX_UINT: Final = 2**64 - 1

Revive: TypeAlias = Callable[[Any], Any]


class Action(msgspec.Struct, gc=False):
    """`id` is a number from Rust and Swift, `["$BigInt","n"]` from TypeScript in json."""

    id: int | tuple[Literal["$BigInt"], str | int]
    name: str
    args: Any


class Subscription(msgspec.Struct, rename="camel", gc=False):
    event_name: str
    subscribe: bool


class ActionBody(msgspec.Struct, tag_field="tag", tag="ActionRequest", gc=False):
    val: Action


class SubscriptionBody(msgspec.Struct, tag_field="tag", tag="SubscriptionRequest", gc=False):
    val: Subscription


class ToServer(msgspec.Struct, gc=False):
    """A websocket message of a client."""

    body: ActionBody | SubscriptionBody


class HttpAction(msgspec.Struct):
    """Body of POST /action/{name}."""

    args: Any = None


class HttpQueue(msgspec.Struct):
    """Body of POST /queue/{name}. What is ours is checked by `queue_send`, which says what is wrong."""

    body: Any = None
    name: str | None = None
    wait: bool | None = None
    timeout: Annotated[int, msgspec.Meta(ge=0)] | None = None
    delay: Any = None
    priority: Any = None
    dedupe: Any = None


def client_message(frame: ToServer, revive: Revive | None) -> ClientMessage:
    """The message of a decoded frame. `revive` None says that its arguments hold no tags."""
    body = frame.body
    if isinstance(body, SubscriptionBody):
        return SubscriptionRequest(body.val.event_name, body.val.subscribe, LATEST)
    action_id, name, args = _action_id(body.val.id), body.val.name, body.val.args
    if revive is not None:
        try:
            args = revive(args)
        except ActorError as fault:
            return ActionRequest(action_id, name, [], LATEST, fault)
    return ActionRequest(action_id, name, argument_list(args), LATEST)


def tagged_ids(frame: ToServer) -> int:
    """How many compat tags the frame holds outside its arguments: the one of a TypeScript id."""
    return 1 if isinstance(frame.body, ActionBody) and isinstance(frame.body.val.id, tuple) else 0


def queue_send(request: HttpQueue, revive: Revive | None) -> QueueSend:
    """The queue request with its body revived and undefined taken for None. Raises queue.invalid_request."""
    body = request.body if revive is None else revive(request.body)
    if (request.timeout or 0) > _MAX_UINT:
        raise error("protocol.malformed", what="queue request", reason="a time is no 64-bit integer")
    delay = 0 if request.delay is None else request.delay
    if type(delay) is not int or not 0 <= delay <= _MAX_UINT:
        raise _refused("delay", "a whole number of milliseconds from 0", delay)
    priority = 0 if request.priority is None else request.priority
    if type(priority) is not int:
        raise _refused("priority", "a whole number", priority)
    if not isinstance(request.dedupe, str | None):
        raise _refused("dedupe", "text", request.dedupe)
    wait = bool(request.wait)
    return QueueSend(defined(body), request.name, wait, request.timeout, delay, priority, request.dedupe)


def _refused(member: str, kind: str, value: Any) -> ActorError:
    return error("queue.invalid_request", reason=f"{member} is {kind}, not {reprlib.repr(value)}")


def defined(value: Any) -> Any:
    """`value`, None for undefined: a message without a body."""
    return None if value is UNDEFINED else value


def argument_list(value: Any) -> list[Any]:
    """What a client meant by `args`: nothing for null or undefined, one argument for anything but a list."""
    if type(value) is list:
        return value
    return [] if value is None or value is UNDEFINED else [value]


def error_fields(
    err: ActorError, encode: Callable[[Any], Any], actor: ActorSpecifier | None
) -> dict[str, Any]:
    """The map of an error, metadata encoded by `encode`, in RivetKit's order.

    Clients refuse null for `actor` and for its `key`, so what is missing is left out.
    """
    fields: dict[str, Any] = {"group": err.group, "code": err.code, "message": printable(err.message)}
    metadata = error_metadata(err, encode)
    if metadata is not None:
        fields["metadata"] = metadata
    if actor is not None:
        key = {} if actor.key is None else {"key": actor.key}
        fields["actor"] = {"actorId": actor.actor_id, "generation": actor.generation, **key}
    return fields


def error_metadata(err: ActorError, encode: Callable[[Any], Any]) -> Any:
    """Encoded metadata, None if there is none or it cannot travel: an error reply must not fail in turn."""
    if err.metadata is MISSING or err.metadata is None:
        return None
    try:
        return encode(err.metadata)
    except ActorError:
        return None


def printable(text: str) -> str:
    """`text` without lone surrogates, which undecodable file names bring in and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _action_id(value: int | tuple[str, str | int]) -> int:
    try:
        number = int(value[1]) if isinstance(value, tuple) else value
    except ValueError:
        number = -1
    if not 0 <= number <= _MAX_UINT:
        raise error("protocol.malformed", what="action request", reason="the id is no 64-bit integer")
    return number
