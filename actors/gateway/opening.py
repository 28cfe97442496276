"""How a websocket becomes a session: read what the client wants, check it, find the actor, be let in, greet.

Whatever refuses it closes the socket with the code and the reason that official clients understand.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from actors.errors import ActorError, error, sanitize
from actors.gateway.access import authorize_caller
from actors.gateway.auth import Headers, text_header
from actors.gateway.conversation import Conversation
from actors.gateway.guessing import heard
from actors.gateway.identity import person_of
from actors.gateway.inspector_socket import Caller, open_inspector
from actors.gateway.outlet import Outlet
from actors.gateway.platform import Platform
from actors.gateway.raw_session import RawSession
from actors.gateway.rays import ray_of
from actors.gateway.resolve import Unmade, check_target, claim_of, ensure, hosted
from actors.gateway.routes import Route, direct_route, raw_path, route_of
from actors.gateway.session import INTERNAL_ERROR, Session
from actors.logs import SOCKET_REFUSED, WRONG_NODE
from actors.protocol import json
from actors.protocol.codec import codec_for
from actors.protocol.handshake import Subprotocols, close_reason, parse_subprotocols, subprotocol_target
from actors.protocol.messages import Encoding
from actors.protocol.urls import QueryTarget
from actors.runtime.connections import Conn, ConnectRequest
from actors.runtime.definition import ActorDefinition
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import HeldElsewhere

UNSUPPORTED_DATA: Final = 1003
POLICY_VIOLATION: Final = 1008

_RAW_PREFIX: Final = "/websocket"
_ENCODINGS: Final = frozenset({"json", "cbor", "bare"})
_POLICY: Final = frozenset({"api.forbidden", "api.too_many_attempts", "inspector.unauthorized"})

logger = logging.getLogger("actors.gateway")


@dataclass(frozen=True, slots=True)
class Knock:
    """A websocket that wants in, already upgraded."""

    platform: Platform
    scope: MutableMapping[str, Any]
    headers: Headers
    offered: list[str]


async def open_session(knock: Knock, outlet: Outlet) -> Conversation | None:
    """The session, greeted if it is actor-connect; None when the socket has been closed instead."""
    try:
        asked = _asked(knock)
        route = _route(knock, asked)
        if route.ask == "inspector":
            caller = Caller(knock.platform, knock.scope, knock.headers, asked.inspector_token)
            return await open_inspector(caller, route, outlet)
        if route.ask == "connect":
            if asked.encoding not in _ENCODINGS:
                outlet.close(UNSUPPORTED_DATA, "actor.unsupported_websocket_encoding")
                return None
            # 3 is what every client of the wire reads; the session moves up when it meets a newer one.
            outlet.codec = codec_for(cast(Encoding, asked.encoding), 3)
        task = await _enter(knock, asked, route)
    except ActorError as err:
        code = POLICY_VIOLATION if err.name in _POLICY else INTERNAL_ERROR
        SOCKET_REFUSED.say(logger, {"group": err.group, "code": err.code})
        outlet.close(code, close_reason(err.name, ray_of(knock.scope)))
        return None
    if route.ask == "connect":
        return await _connect(knock, asked, route, task, outlet)
    return await _connect_raw(knock, asked, route, task, outlet)


def _asked(knock: Knock) -> Subprotocols:
    try:
        asked = parse_subprotocols(knock.offered)
        if asked.params is not None and len(json.dump(asked.params)) > knock.platform.config.max_params:
            raise error("message.incoming_too_long")
    except ActorError as exc:
        raise error(
            "guard.websocket_closed_before_open", close_code=INTERNAL_ERROR, close_reason=str(exc)
        ) from exc
    return asked


async def _enter(knock: Knock, asked: Subprotocols, route: Route) -> ActorTask:
    """The actor's task, awake. Raises what the gateway closes the socket with."""
    platform = knock.platform
    with heard(platform, knock.scope, knock.headers, route.token, asked.token):
        await authorize_caller(platform.config, knock.scope, knock.headers, route.token, asked.token)
    check_target(platform.config, route.target)
    node = await platform.ready()
    found = hosted(node, route) or await _woken(platform, node, route)
    if isinstance(found, HeldElsewhere):
        # A reason on which clients reconnect: behind a load balancer they may meet the right node.
        WRONG_NODE.say(logger, {"actor_id": found.actor_id})
        raise error("guard.service_unavailable")
    _check_hook(route, found.definition)
    return found


async def _woken(platform: Platform, node: Node, route: Route) -> ActorTask | HeldElsewhere:
    try:
        return await ensure(node, claim_of(platform, route.target), partial(_check, platform, route))
    except Unmade as unmade:
        raise unmade.error from None


def _check(platform: Platform, route: Route) -> None:
    """Raises what is wrong with a websocket that would make its actor."""
    if isinstance(route.target, QueryTarget):
        _check_hook(route, platform.registry.get(route.target.name))


def _check_hook(route: Route, definition: ActorDefinition) -> None:
    if route.ask != "connect" and definition.hooks.on_websocket is None:
        raise error("actor.no_websocket")


def _route(knock: Knock, asked: Subprotocols) -> Route:
    """The URL's route; the subprotocols' only where the URL is no gateway path."""
    route = route_of(knock.scope)
    if route is not None:
        return route
    path = raw_path(knock.scope)
    target = subprotocol_target(asked, text_header(knock.headers, b"host") or "", path)
    if target is None:
        raise error("api.not_found")
    return direct_route(target, path, knock.scope["query_string"].decode("latin-1"))


async def _request(knock: Knock, asked: Subprotocols) -> ConnectRequest:
    person = await person_of(knock.scope, knock.headers)
    now, ray = knock.platform.clock.now_ms(), ray_of(knock.scope)
    return ConnectRequest(asked.params, person.user, person.session, knock.scope, now, ray)


async def _let_in(
    task: ActorTask,
    connect: Callable[[ActorTask], Awaitable[Conn[Any]]],
    again: Callable[[], Awaitable[ActorTask]],
) -> tuple[ActorTask, Conn[Any]]:
    """An actor that falls asleep on the way is woken once more: its client need not hear of it."""
    try:
        return task, await connect(task)
    except ActorError as err:
        if not (task.ending and err.name == "actor.stopping"):
            raise
    task = await again()
    return task, await connect(task)


async def _connect(
    knock: Knock, asked: Subprotocols, route: Route, task: ActorTask, outlet: Outlet
) -> Session | None:
    config = knock.platform.config.narrowed(task.definition.options)
    outlet.largest = config.max_outgoing_message
    try:
        request = await _request(knock, asked)
        session = Session(outlet, request, (await knock.platform.ready()).parking, config)
        task, conn = await _let_in(
            task, lambda found: found.connect(request, outlet, session), lambda: _enter(knock, asked, route)
        )
    except ActorError as err:
        refusal = sanitize(err, config.expose_errors)
        outlet.write(outlet.codec.error(refusal))
        outlet.close(INTERNAL_ERROR, refusal.name)
        return None
    outlet.write(outlet.codec.init(task.actor_id, conn.id))
    session.attach(task, conn)
    return session


async def _connect_raw(
    knock: Knock, asked: Subprotocols, route: Route, task: ActorTask, outlet: Outlet
) -> RawSession | None:
    config = knock.platform.config
    target = route.path.removeprefix(_RAW_PREFIX) or "/", route.query
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in knock.headers.items()}
    try:
        request = await _request(knock, asked)
        parking = (await knock.platform.ready()).parking
        session = RawSession(outlet, request, target, headers, parking, config)
        socket = session if task.definition.options.hibernates(request) else None
        task, conn = await _let_in(
            task, lambda found: found.connect(request, session, socket), lambda: _enter(knock, asked, route)
        )
    except ActorError as err:
        outlet.close(INTERNAL_ERROR, sanitize(err, config.expose_errors).name)
        return None
    session.attach(task, conn)
    return session
