"""The inspector's HTTP door, `/gateway/{actor}/inspector/...`: who asks is checked, then the actor is woken.

It never makes an actor. An actor of another node answers through that node, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from actors.errors import ActorError, error
from actors.gateway.auth import Headers
from actors.gateway.chains import passed_on
from actors.gateway.elsewhere import check_hops, passed_headers, through_owner
from actors.gateway.entry import read_body, sealed
from actors.gateway.forward import Answer, Call
from actors.gateway.guessing import heard
from actors.gateway.identity import Person, person_of
from actors.gateway.inspector_auth import Entrant, authorize_inspector, shows_anything
from actors.gateway.inspector_routes import Inspected, endpoint_of, error_json
from actors.gateway.inspector_view import LARGEST, told
from actors.gateway.internal import Seal
from actors.gateway.passage import brought_back_whole
from actors.gateway.permissions import CHANGE, VIEW
from actors.gateway.platform import Platform
from actors.gateway.rays import ray_of
from actors.gateway.requests import scope_of
from actors.gateway.resolve import check_target, hosted
from actors.gateway.responses import JSON, mark_actor, may_retry
from actors.gateway.routes import Route, url_of
from actors.protocol.keys import display_key
from actors.protocol.messages import ActorSpecifier
from actors.protocol.urls import DirectTarget
from actors.runtime.connections import ConnectRequest
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest, HeldElsewhere

PREFIX: Final = "/inspector"


@dataclass(frozen=True, slots=True)
class Glance:
    """One request to an inspector; with a `seal` another node has let it in."""

    platform: Platform
    request: ASGIRequest
    headers: Headers
    route: Route
    seal: Seal | None

    @property
    def method(self) -> str:
        return self.request.method or ""


async def inspect(platform: Platform, request: ASGIRequest, headers: Headers, route: Route) -> HttpResponse:
    """The inspector's answer. Raises what keeps it from finding the actor."""
    glance = Glance(platform, request, headers, route, sealed(platform, request, headers))
    known = glance.seal is not None or shows_anything(headers)
    actor_id = await find_id(platform, route) if known else None
    try:
        entrant = await _let_in(glance, actor_id)
    except ActorError as refusal:
        response = _failed(glance, refusal)
        response["x-rivet-error"] = refusal.name
        return response
    if actor_id is None:
        raise error("actor.not_found")
    body = await read_body(request, LARGEST, glance.seal)
    with passed_on(glance.seal, headers):
        node = await platform.ready()
        found = await find_awake(node, route, actor_id, entrant)
        if isinstance(found, HeldElsewhere):
            result = await _at_owner(glance, node, found, body)
            if isinstance(result, Answer):
                return brought_back_whole(result)
            found = result
        return await _here(glance, found, entrant.person, body)


async def find_id(platform: Platform, route: Route) -> str | None:
    """The id of the actor, None if there is none. Wakes and makes nothing. Raises as `check_target` does."""
    target = route.target
    check_target(platform.config, target)
    if isinstance(target, DirectTarget):
        return target.actor_id
    node = await platform.ready()
    task = hosted(node, route)
    if task is not None:
        return task.actor_id
    record = await node.store.find(target.name, route.key)
    return None if record is None else record.actor_id


async def find_awake(node: Node, route: Route, actor_id: str, entrant: Entrant) -> ActorTask | HeldElsewhere:
    """The actor, woken if need be. Raises actor.stopped for one that sleeps and is not to be woken."""
    task = hosted(node, route)
    if task is not None:
        return task
    if not entrant.wakes:
        records = await node.store.get([actor_id])
        if records and records[0].connectable_at is None:
            raise error("actor.stopped")
    return await node.ensure(ClaimRequest(actor_id=actor_id))


async def _let_in(glance: Glance, actor_id: str | None) -> Entrant:
    scope = scope_of(glance.request)
    if glance.seal is not None:
        return Entrant(await person_of(scope, glance.headers, vouched=True))
    permission = VIEW if glance.method in ("GET", "HEAD") else CHANGE
    with heard(glance.platform, scope, glance.headers):
        return await authorize_inspector(glance.platform, scope, glance.headers, actor_id, permission)


async def _at_owner(glance: Glance, node: Node, held: HeldElsewhere, body: bytes) -> Answer | ActorTask:
    check_hops(glance.seal, held)
    url = url_of(f"/gateway/{held.actor_id}{glance.route.path}", glance.route.query)
    call = Call(glance.method, url, passed_headers(scope_of(glance.request), glance.headers), body)
    again = partial(node.ensure, ClaimRequest(actor_id=held.actor_id))
    return await through_owner(glance.platform, held, call, again)


async def _here(glance: Glance, task: ActorTask, person: Person, body: bytes) -> HttpResponse:
    route = glance.route
    try:
        if len(body) > LARGEST:
            raise error("message.incoming_too_long")
        path = route.path.removeprefix(PREFIX)
        scope = scope_of(glance.request)
        request = ConnectRequest(None, person.user, person.session, scope, ray=ray_of(scope))
        content = await endpoint_of(glance.method, path)(Inspected(task, path, route.query, body, request))
        if len(content) > LARGEST:
            raise error("message.outgoing_too_long")
        response = _response(content)
    except ActorError as failure:
        response = _failed(glance, failure)
    return mark_actor(response, ActorSpecifier(task.actor_id, task.generation, display_key(task.key)))


def _failed(glance: Glance, failure: ActorError) -> HttpResponse:
    err = told(failure, glance.platform.config.expose_errors)
    return may_retry(_response(error_json(err), err.status))


def _response(content: bytes, status: int = 200) -> HttpResponse:
    # The token may stand in the URL: no page that this leads to is to learn of it.
    headers = {"referrer-policy": "no-referrer"}
    return HttpResponse(content, status=status, content_type=JSON, headers=headers)
