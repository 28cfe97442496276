"""Calls of handles as bytes: arguments out, results and errors back, the same inside and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from actors.api.transport import Target
from actors.conf import NodeConfig
from actors.errors import MISSING, ActorError, UserError, error
from actors.gateway.forward import Answer
from actors.gateway.rays import new_ray_id
from actors.gateway.resolve import POOL
from actors.protocol import cbor, json
from actors.protocol.codec import codec_for
from actors.protocol.handshake import parse_conn_params
from actors.protocol.urls import DirectTarget, QueryTarget
from actors.protocol.urls import Target as WireTarget
from actors.runtime.calls import ray_now
from actors.runtime.connections import ConnectRequest

_CBOR: Final = codec_for("cbor")
HEADERS: Final = {b"x-rivet-encoding": b"cbor", b"content-type": b"application/octet-stream"}


class Arguments:
    """Arguments of one call, encoded when it is made: later changes of the caller's objects do not count.

    Raises message.incoming_too_long above `limit` bytes, wherever the actor lives.
    """

    __slots__ = ("body",)

    def __init__(self, args: Sequence[Any], limit: int) -> None:
        self.body = cbor.encode({"args": list(args)})
        self.check(limit)

    def check(self, limit: int) -> None:
        """Raises message.incoming_too_long for more bytes than the actor's class takes."""
        if len(self.body) > limit:
            raise error("message.incoming_too_long")

    def values(self) -> list[Any]:
        """A copy that the actor may keep."""
        args: list[Any] = cbor.decode(self.body)["args"]
        return args


def wire_target(target: Target, config: NodeConfig) -> WireTarget:
    """Whom a handle means, in the words of the gateway."""
    if target.method == "for_id":
        return DirectTarget(target.actor_id or "")
    if target.method == "get":
        return QueryTarget(config.namespace, target.name, "get", target.key)
    return creating_target(target, config)


def creating_target(target: Target, config: NodeConfig) -> QueryTarget:
    """The target of a call that may make its actor."""
    given = MISSING if target.input is None else target.input
    return QueryTarget(config.namespace, target.name, "getOrCreate", target.key, given, pool=POOL)


def _dump_params(target: Target, config: NodeConfig) -> bytes | None:
    """Connection params as JSON, None when there are none. Raises message.incoming_too_long."""
    if target.params is None:
        return None
    text = json.dump(target.params)
    if len(text) > config.max_params:
        raise error("message.incoming_too_long")
    return text


def connect_request(target: Target, config: NodeConfig) -> ConnectRequest:
    """What the actor sees of a handle's params: what it would see of them over HTTP.

    A call is of the request that has led to it, or one of its own.
    """
    params = parse_conn_params(_dump_params(target, config))
    return ConnectRequest(params, target.user, target.session, ray=ray_now() or new_ray_id())


def param_headers(target: Target, config: NodeConfig) -> Mapping[bytes, bytes]:
    """Connection params as a header, none when there are none."""
    text = _dump_params(target, config)
    return {} if text is None else {b"x-rivet-conn-params": text}


def output_of(answer: Answer) -> Any:
    """The value in an answer of the gateway. Raises the error that it carries."""
    return member_of(answer, "output")["output"]


def member_of(answer: Answer, name: str) -> dict[str, Any]:
    """The map in an answer of the gateway that has this member. Raises the error that it carries instead."""
    body = _decode(answer)
    if answer.status == 200 and name in body:
        return body
    raise _error_of(body)


def error_in(answer: Answer) -> ActorError:
    """The error that an answer carries."""
    return _error_of(_decode(answer))


def _decode(answer: Answer) -> dict[str, Any]:
    """JSON from the door itself, CBOR from an actor."""
    is_json = "application/json" in answer.headers.get("content-type", "")
    try:
        body = json.decode(answer.body) if is_json else cbor.decode(answer.body)
    except ActorError as exc:
        raise error("guard.invalid_response_body", reason=exc.message) from exc
    if not isinstance(body, dict):
        raise error("guard.invalid_response_body", reason="not a map")
    return body


def copy_of(err: ActorError) -> ActorError:
    """What a caller elsewhere would get of `err`: no object is shared, nothing is masked a second time."""
    return _error_of(cbor.decode(_CBOR.http_error(err)))


def _error_of(body: Mapping[str, Any]) -> ActorError:
    """What actor code raised for its caller is a UserError again."""
    group, code, message = (str(body.get(field, "")) for field in ("group", "code", "message"))
    metadata = body.get("metadata", MISSING)
    if group == "user":
        return UserError(message, code, metadata)
    return ActorError(group, code, message, metadata, public=True)
