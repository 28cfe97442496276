"""Gateway paths, `/gateway/{id}[@token]/...` and `/gateway/{name}/...?rvt-...`: doors read, clients build.

RivetKit: guard/src/routing/actor_path.rs (server), ts/engine-client/actor-websocket-client.ts (client).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote, unquote

from actors.errors import MISSING, ActorError, error
from actors.protocol import cbor
from actors.protocol.keys import Key, join_query_key, split_query_key

Method: TypeAlias = Literal["get", "getOrCreate"]
CrashPolicy: TypeAlias = Literal["restart", "sleep", "destroy"]

MAX_QUERY_INPUT: Final = 4096

_PREFIX: Final = "rvt-"
_NAMES: Final = (
    "namespace",
    "method",
    "runner",
    "pool",
    "key",
    "input",
    "region",
    "crash-policy",
    "token",
    "skip-ready-wait",
)
_ONLY_FOR_CREATE: Final = ("input", "region", "crash-policy", "runner")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_COMPONENT_SAFE: Final = "!'()*-._~"


@dataclass(frozen=True, slots=True)
class DirectTarget:
    """An actor addressed by id."""

    actor_id: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class QueryTarget:
    """An actor addressed by name and key. `input` is the decoded value, MISSING when none was sent."""

    namespace: str
    name: str
    method: Method
    key: Key = ()
    input: Any = MISSING
    region: str | None = None
    crash_policy: CrashPolicy = "sleep"
    pool: str | None = None
    token: str | None = None
    skip_ready_wait: bool = False


Target: TypeAlias = DirectTarget | QueryTarget


@dataclass(frozen=True, slots=True)
class GatewayPath:
    """Whom a gateway URL addresses, and path and query for the actor ("/connect", "a=1"), still escaped."""

    target: Target
    path: str
    query: str


def parse_gateway_path(path: str, query: str) -> GatewayPath | None:
    """Parse a raw, still percent-encoded request path and its query string, without "?".

    None when it is no gateway path, also for a direct path with an empty id or token. Raises `guard.query_*`
    for a bad query target. The `rvt-` parameters are taken out of the query; the others stay byte for byte.
    """
    if "//" in path:
        return None
    segments = path.split("/", 3)
    if len(segments) < 2 or segments[:2] != ["", "gateway"]:
        return None
    segment = segments[2] if len(segments) > 2 else ""
    rest = "/" + segments[3] if len(segments) > 3 else "/"
    own = [part for part in query.split("&") if part.startswith(_PREFIX)]
    target = _query_target(segment, _parameters(own)) if own else _direct_target(segment)
    if target is None:
        return None
    if own:
        query = "&".join([part for part in query.split("&") if part and not part.startswith(_PREFIX)])
    return GatewayPath(target, rest, query)


def gateway_path(target: Target, rest: str) -> str:
    """The path and query that address `rest` ("/action/x?y=1") to `target`, below the endpoint.

    Double slashes collapse and a second "?" cuts, as in the official client. Raises `guard.query_*` for a
    target without name, namespace or pool, and `actor.input_too_large` above 4 KiB.
    """
    path, _, query = rest.partition("?")
    query = query.partition("?")[0]
    if isinstance(target, DirectTarget):
        token = "" if target.token is None else "@" + escape(target.token)
        segment = escape(target.actor_id) + token
    else:
        segment = escape(target.name)
        query = "&".join([part for part in (query, _query_string(target)) if part])
    collapsed = re.sub("/+", "/", f"/gateway/{segment}{path}")
    return f"{collapsed}?{query}" if query else collapsed


def escape(text: str) -> str:
    """Percent-encoding as encodeURIComponent does it."""
    return quote(text, safe=_COMPONENT_SAFE)


def _direct_target(segment: str) -> DirectTarget | None:
    actor_id, at, token = segment.partition("@")
    if not actor_id or (at and not token):
        return None
    try:
        plain_token = unquote(token, errors="strict") if at else None
        return DirectTarget(unquote(actor_id, errors="strict"), plain_token)
    except UnicodeDecodeError:
        return None


def _query_target(segment: str, parameters: dict[str, str]) -> QueryTarget:
    if "@" in segment:
        raise error("guard.query_path_token_syntax")
    name = _decoded("name", segment)
    if not name:
        raise error("guard.query_empty_actor_name")
    method = _method(parameters)
    return QueryTarget(
        namespace=parameters["namespace"],
        name=name,
        method=method,
        key=split_query_key(parameters.get("key")),
        input=_input(parameters["input"]) if "input" in parameters else MISSING,
        region=parameters.get("region"),
        crash_policy=_crash_policy(parameters.get("crash-policy", "sleep")),
        pool=parameters.get("pool", parameters.get("runner")),
        token=parameters.get("token"),
        skip_ready_wait=_flag(parameters.get("skip-ready-wait", "false")),
    )


def _parameters(parts: list[str]) -> dict[str, str]:
    """Decoded `rvt-` parameters by their name without the prefix."""
    parameters: dict[str, str] = {}
    for part in parts:
        raw_name, _, raw_value = part.partition("=")
        name = raw_name.removeprefix(_PREFIX)
        value = _decoded(raw_name, raw_value.replace("+", " "))
        if name in parameters:
            raise error("guard.query_duplicate_param", name=raw_name)
        if name not in _NAMES:
            known = ", ".join([f"`{known}`" for known in _NAMES])
            raise _invalid(f"unknown field `{name}`, expected one of {known}")
        parameters[name] = value
    return parameters


def _method(parameters: dict[str, str]) -> Method:
    for required in ("namespace", "method"):
        if required not in parameters:
            raise _invalid(f"missing field `{required}`")
    match parameters["method"]:
        case "get":
            if any(name in parameters for name in _ONLY_FOR_CREATE):
                raise error("guard.query_get_disallowed_params")
            return "get"
        case "getOrCreate":
            if "pool" not in parameters and "runner" not in parameters:
                raise error("guard.query_missing_pool")
            return "getOrCreate"
        case other:
            raise _invalid(f"unknown method: {other}, expected get or getOrCreate")


def _decoded(name: str, raw: str) -> str:
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError as exc:
        raise error("guard.query_invalid_percent_encoding", name=name) from exc


def _input(text: str) -> Any:
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise error("guard.query_invalid_base64_input")
    try:
        return cbor.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ActorError as exc:
        raise error("guard.query_invalid_cbor_input", detail="invalid cbor") from exc


def _crash_policy(value: str) -> CrashPolicy:
    match value:
        case "restart" | "sleep" | "destroy":
            return value
    raise _invalid(f"unknown crash policy: {value}, expected restart, sleep, or destroy")


def _flag(value: str) -> bool:
    if value not in _FLAGS:
        raise _invalid(f'invalid type: string "{value}", expected a boolean')
    return _FLAGS[value]


def _invalid(detail: str) -> ActorError:
    return error("guard.query_invalid_params", detail=detail)


def _query_string(target: QueryTarget) -> str:
    """The `rvt-` parameters in the order of the official client."""
    _check_target(target)
    creates = target.method == "getOrCreate"
    parameters = {
        "namespace": target.namespace,
        "method": target.method,
        "runner": target.pool if creates else None,
        "key": join_query_key(target.key),
        "input": _input_text(target.input) if creates and target.input is not MISSING else None,
        "region": target.region if creates else None,
        "crash-policy": target.crash_policy if creates else None,
        "token": target.token,
        "skip-ready-wait": "true" if target.skip_ready_wait else None,
    }
    given = [(name, value) for name, value in parameters.items() if value is not None]
    return "&".join([f"{_PREFIX}{name}={_escape_form(value)}" for name, value in given])


def _check_target(target: QueryTarget) -> None:
    if not target.name:
        raise error("guard.query_empty_actor_name")
    if not target.namespace:
        raise _invalid("the namespace must not be empty")
    if target.method == "getOrCreate" and not target.pool:
        raise error("guard.query_missing_pool")


def _input_text(value: Any) -> str:
    data = cbor.encode(value)
    if len(data) > MAX_QUERY_INPUT:
        raise error("actor.input_too_large", max_size=MAX_QUERY_INPUT)
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _escape_form(text: str) -> str:
    """As URLSearchParams writes values: "*-._" and spaces as "+", everything else escaped."""
    return quote(text, safe="*-._ ").replace("~", "%7E").replace(" ", "+")
