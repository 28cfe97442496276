"""The framework routes of one actor: `/action/{name}`, `/`, `/health`, `/metadata`, and what is not there.

Called by the HTTP door with the actor's task in hand. RivetKit: rivetkit-core/src/registry/http.rs.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from actors.errors import ActorError, error
from actors.gateway.queue import check_send, send
from actors.gateway.responses import actor_error, json_response, mark_actor, text_response, unmade_error
from actors.gateway.visit import (
    HttpReply,
    Visit,
    check_body,
    codec_of,
    connect_request,
    params_of,
    read_as,
)
from actors.protocol.codec import Codec
from actors.protocol.keys import display_key
from actors.protocol.messages import ActorSpecifier
from actors.protocol.urls import QueryTarget
from actors.runtime.definition import ActorDefinition
from actors.runtime.registry import Registry
from actors.runtime.task import ActorTask

VERSION: Final = "2.3.19"
"""The RivetKit version whose wire this platform follows; dashboards choose their protocol by it."""

_WELCOME: Final = "This is an RivetKit actor.\n\nLearn more at https://rivetkit.org"


def check_visit(visit: Visit, registry: Registry) -> None:
    """Raises what is wrong with a request that would make its actor, as the actor itself would."""
    _check_route(visit)
    check = _CHECKS.get(visit.route.ask)
    if check is not None and isinstance(visit.route.target, QueryTarget):
        definition = registry.get(visit.route.target.name)
        config = visit.config.narrowed(definition.options)
        check_body(visit, config)
        params_of(config, visit.headers)
        check(visit, definition)


async def serve(visit: Visit, task: ActorTask) -> HttpResponse:
    """The actor's answer to any path below it, errors included."""
    actor = ActorSpecifier(task.actor_id, task.generation, display_key(task.key))
    codec = codec_of(visit)
    try:
        response = await _ask(visit, task, codec, actor)
    except ActorError as err:
        response = actor_error(err, codec, actor, visit.config.expose_errors)
    return mark_actor(response, actor)


def unmade(visit: Visit, err: ActorError) -> HttpResponse:
    """What the actor would have answered, if the request had made it."""
    return unmade_error(err, codec_of(visit), visit.config.expose_errors)


async def _ask(visit: Visit, task: ActorTask, codec: Codec, actor: ActorSpecifier) -> HttpResponse:
    _check_route(visit)
    ask = visit.route.ask
    if ask == "action":
        return await _act(visit, task, codec, actor)
    if ask == "queue":
        return await send(visit, task, codec, actor)
    return _page(visit.route.name)


def _check_route(visit: Visit) -> None:
    ask, path = visit.route.ask, visit.route.path
    if ask in ("action", "queue"):
        _allow(visit, "POST")
    elif ask == "page":
        _allow(visit, "GET", "HEAD")
    else:
        raise error("actor.not_found", f"Actor route '{path}' was not found.", id=path, resource="route")


def _allow(visit: Visit, *methods: str) -> None:
    if visit.method not in methods:
        raise error("actor.method_not_allowed", method=visit.method, path=visit.route.path)


def _page(name: str) -> HttpResponse:
    if name == "/health":
        return text_response("ok")
    if name == "/metadata":
        response = json_response({"runtime": "rivetkit", "type": "deployed", "version": VERSION})
        response["referrer-policy"] = "no-referrer"
        return response
    return text_response(_WELCOME, "text/plain")


async def _act(visit: Visit, task: ActorTask, codec: Codec, actor: ActorSpecifier) -> HttpResponse:
    """Run the action of the route and wait for its durable answer."""
    config = visit.config.narrowed(task.definition.options)
    check_body(visit, config)
    request = await connect_request(visit, config)
    reply = HttpReply(codec, actor, config, codec.http_action_response)
    task.call(request, visit.route.name, read_as(codec.http_action_request, visit.body), reply)
    return await reply.response()


def _check_action(visit: Visit, definition: ActorDefinition) -> None:
    args = read_as(codec_of(visit).http_action_request, visit.body)
    definition.action(visit.route.name).bind(args)


_CHECKS: Final = {"action": _check_action, "queue": check_send}
"""What is looked at behind size and params."""
