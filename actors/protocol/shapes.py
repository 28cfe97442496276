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


def _documented(*kinds: str, **limits: int) -> msgspec.Meta:
    """Of a member that is read as it comes: what OpenAPI says it may be."""
    return msgspec.Meta(extra_json_schema={"type": [*kinds, "null"], **limits})


class HttpQueue(msgspec.Struct):
    """Body of POST /queue/{name}. `queue_send` checks its members, and says what is wrong with one."""

    body: Any = None
    name: str | None = None
    wait: Annotated[Any, _documented("boolean")] = None
    timeout: Annotated[Any, _documented("integer", minimum=0)] = None
    delay: Annotated[Any, _documented("integer", minimum=0)] = None
    priority: Annotated[Any, _documented("integer")] = None
    dedupe: Annotated[Any, _documented("string")] = None


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
    """The queue request with its body revived and undefined taken for None.

    Raises protocol.malformed for a member that RivetKit has, as it does, and queue.invalid_request for ours.
    """
    body = request.body if revive is None else revive(request.body)
    wait = False if request.wait is None else request.wait
    if type(wait) is not bool:
        raise error("protocol.malformed", what="queue request", **_unfit("wait", "true or false", wait))
    timeout = request.timeout
    if timeout is not None and not _is_time(timeout):
        raise error("protocol.malformed", what="queue request", **_unfit("timeout", _TIME, timeout))
    delay = 0 if request.delay is None else request.delay
    if not _is_time(delay):
        raise error("queue.invalid_request", **_unfit("delay", _TIME, delay))
    priority = 0 if request.priority is None else request.priority
    if type(priority) is not int:
        raise error("queue.invalid_request", **_unfit("priority", "a whole number", priority))
    if not isinstance(request.dedupe, str | None):
        raise error("queue.invalid_request", **_unfit("dedupe", "text", request.dedupe))
    return QueueSend(defined(body), request.name, wait, timeout, delay, priority, request.dedupe)


_TIME: Final = "a whole number of milliseconds from 0"


def _is_time(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MAX_UINT


def _unfit(member: str, kind: str, value: Any) -> dict[str, str]:
    """Metadata of an error: a long value does not come back whole."""
    return {"field": member, "reason": f"{member} is {kind}, not {reprlib.repr(value)}"}


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
