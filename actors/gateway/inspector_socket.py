"""How a websocket at `/inspector/connect` becomes an inspector's session: version, token, actor, greeting.

Whatever refuses it closes the socket with the code and the reason that RivetKit's dashboard understands.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from actors.errors import ActorError, error
from actors.gateway.auth import Headers
from actors.gateway.guessing import heard
from actors.gateway.inspector import find_awake, find_id
from actors.gateway.inspector_answering import Answering
from actors.gateway.inspector_auth import Entrant, authorize_inspector, shows_anything
from actors.gateway.inspector_session import InspectorSession, Wiring
from actors.gateway.inspector_view import LARGEST
from actors.gateway.outlet import Outlet
from actors.gateway.permissions import CHANGE, VIEW
from actors.gateway.pipe import server_frame_limit
from actors.gateway.platform import Platform
from actors.gateway.rays import ray_of
from actors.gateway.routes import Route
from actors.logs import WRONG_NODE
from actors.protocol.inspector_shapes import VERSIONS
from actors.runtime.connections import ConnectRequest
from actors.runtime.task import ActorTask
from actors.storage.store import HeldElsewhere

PROTOCOL_ERROR: Final = 1002
POLICY_VIOLATION: Final = 1008
LEGACY: Final = Wiring(version=5, prefixed=True)
"""For inspectors from before versions were agreed on: each of their frames says its own."""

_PATH: Final = "/inspector/connect"

logger = logging.getLogger("actors.gateway")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who knocks, already upgraded. `token` is the one among its subprotocols."""

    platform: Platform
    scope: MutableMapping[str, Any]
    headers: Headers
    token: str | None


async def open_inspector(caller: Caller, route: Route, outlet: Outlet) -> InspectorSession | None:
    """The session, greeted; None when the socket has been closed, for its version or its token.

    Raises what keeps it from reaching the actor.
    """
    wiring = wiring_of(route.query)
    if wiring is None:
        outlet.close(PROTOCOL_ERROR, "inspector.invalid_protocol_version")
        return None
    try:
        actor_id, entrant, refused = await _let_in(caller, route)
    except ActorError as refusal:
        if refusal.name != "inspector.unauthorized":
            raise
        outlet.close(POLICY_VIOLATION, refusal.name)
        return None
    if actor_id is None or route.path != _PATH:
        raise error("actor.not_found")
    task = await _find(caller.platform, route, actor_id, entrant)
    platform = caller.platform
    person = entrant.person
    request = ConnectRequest(None, person.user, person.session, caller.scope, ray=ray_of(caller.scope))
    answering = Answering(task, request, refused, platform.config.expose_errors)
    outlet.largest = LARGEST
    largest = server_frame_limit(platform.config.max_incoming_message)
    session = InspectorSession(outlet, wiring, answering, platform.clock, largest)
    await session.greet()
    return session


def wiring_of(query: str) -> Wiring | None:
    """By the parameter `protocol_version`, the first of that name; None for a version that there is not."""
    asked = next((value for name, value in parse_qsl(query, True) if name == "protocol_version"), None)
    if asked is None:
        return LEGACY
    known = {str(version): version for version in VERSIONS}
    return Wiring(known[asked], prefixed=False) if asked in known else None


async def _let_in(caller: Caller, route: Route) -> tuple[str | None, Entrant, str | None]:
    """Whose inspector it is, who asks, and which error it gets for a change."""
    known = shows_anything(caller.headers, caller.token)
    actor_id = await find_id(caller.platform, route) if known else None
    platform, scope, headers = caller.platform, caller.scope, caller.headers
    with heard(platform, scope, headers, caller.token):
        try:
            entrant = await authorize_inspector(platform, scope, headers, actor_id, CHANGE, caller.token)
        except ActorError as refusal:
            entrant = await authorize_inspector(platform, scope, headers, actor_id, VIEW, caller.token)
            return actor_id, entrant, refusal.name
        return actor_id, entrant, None


async def _find(platform: Platform, route: Route, actor_id: str, entrant: Entrant) -> ActorTask:
    node = await platform.ready()
    found = await find_awake(node, route, actor_id, entrant)
    if isinstance(found, HeldElsewhere):
        # A reason on which clients reconnect: behind a load balancer they may meet the right node.
        WRONG_NODE.say(logger, {"actor_id": found.actor_id})
        raise error("guard.service_unavailable")
    return found
