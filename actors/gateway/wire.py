"""Calls of handles as bytes: arguments out, results and errors back, the same inside and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from actors.api.transport import Target
from actors.conf import NodeConfig
from actors.errors import MISSING, ActorError, error
from actors.gateway.forward import Answer
from actors.gateway.resolve import POOL
from actors.protocol import cbor, json
from actors.protocol.urls import DirectTarget, QueryTarget
from actors.protocol.urls import Target as WireTarget

HEADERS: Final = {"x-rivet-encoding": "cbor", "content-type": "application/octet-stream"}


class Arguments:
    """Arguments of one call, encoded when it is made: later changes of the caller's objects do not count."""

    __slots__ = ("body",)

    def __init__(self, args: Sequence[Any]) -> None:
        self.body = cbor.encode({"args": list(args)})

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


def param_headers(params: Any) -> Mapping[str, str]:
    """Connection params as a header, none when there are none."""
    return {} if params is None else {"x-rivet-conn-params": json.encode(params).decode()}


def output_of(answer: Answer) -> Any:
    """The value in an answer of the gateway. Raises the error that it carries."""
    body = _decode(answer)
    if answer.status == 200 and "output" in body:
        return body["output"]
    raise _error_in(body)


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


def _error_in(body: Mapping[str, Any]) -> ActorError:
    group, code, message = (str(body.get(field, "")) for field in ("group", "code", "message"))
    return ActorError(group, code, message, body.get("metadata", MISSING), public=True)
