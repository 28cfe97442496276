"""The management API: `/metadata`, `/health`, `/actors`, and what RivetKit's dashboard asks beside.

Bodies, statuses and messages follow RivetKit's engine (engine/packages/api-public), so its clients and
dashboard work. Reads the directory and never wakes an actor.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from actors.errors import ActorError, error, sanitize
from actors.gateway import (
    attending,
    cluster_api,
    delivering,
    listing,
    making,
    orders_api,
    rousing,
    seeing,
    tailing,
)
from actors.gateway.api_shapes import Health, Server
from actors.gateway.auth import headers_of, text_header
from actors.gateway.cors import api_headers, api_preflight
from actors.gateway.entry import admit_operator
from actors.gateway.framework import VERSION
from actors.gateway.permissions import ADD, CHANGE, DELETE, VIEW
from actors.gateway.platform import current
from actors.gateway.rays import RAY_ID, ray_of
from actors.gateway.records import ApiRequest
from actors.gateway.requests import scope_of
from actors.gateway.responses import api_error, json_response

Operation: TypeAlias = Callable[[ApiRequest], Awaitable[Any]]


@csrf_exempt
async def metadata(request: ASGIRequest) -> HttpResponse:
    """The client's first request. Open to all: it says nothing but what kind of server this is."""
    return await _serve(request, {"GET": server}, open_to_all=True)


@csrf_exempt
async def health(request: ASGIRequest) -> HttpResponse:
    """200 when this process is a node and takes work; 503 while it starts, drains or has no database."""
    return await _serve(request, {"GET": healthy}, open_to_all=True)


@csrf_exempt
async def actors(request: ASGIRequest) -> HttpResponse:
    """`/actors`: list, create, get or create."""
    operations = {"GET": listing.list_actors, "POST": making.create, "PUT": making.get_or_create}
    return await _serve(request, operations)


@csrf_exempt
async def actor_names(request: ASGIRequest) -> HttpResponse:
    """`/actors/names`: the names of actors there are or can be."""
    return await _serve(request, {"GET": listing.list_names})


@csrf_exempt
async def actor(request: ASGIRequest, actor_id: str) -> HttpResponse:
    """`/actors/{id}`: destroy."""
    return await _serve(request, {"DELETE": partial(making.destroy, actor_id=actor_id)})


@csrf_exempt
async def actor_order(request: ASGIRequest, actor_id: str, word: str) -> HttpResponse:
    """`/actors/{id}/sleep`, `/pause` and the others of `ORDERS`."""
    operations = {"POST": partial(orders_api.order, actor_id=actor_id, word=word)}
    return await _serve(request, operations, permission=CHANGE)


@csrf_exempt
async def actor_key(request: ASGIRequest, actor_id: str, key: str) -> HttpResponse:
    """`/actors/{id}/kv/keys/{key}`: the inspector's token, which may change the actor."""
    operations = {"GET": partial(orders_api.kv_key, actor_id=actor_id, key=key)}
    return await _serve(request, operations, permission=CHANGE)


@csrf_exempt
async def cluster(request: ASGIRequest, about: str) -> HttpResponse:
    """`/namespaces`, `/datacenters` and the others of `CLUSTER`."""
    return await _serve(request, {"GET": CLUSTER[about]})


@csrf_exempt
async def wake(request: ASGIRequest) -> HttpResponse:
    """`/actors/wake`: what wake tasks ask of a node."""
    return await _serve(request, {"POST": rousing.wake})


@csrf_exempt
async def tail(request: ASGIRequest) -> HttpResponse:
    """`/actors/tail`: what happens to actors of this node, for those who follow them."""
    return await _serve(request, {"POST": tailing.take})


@csrf_exempt
async def seen(request: ASGIRequest) -> HttpResponse:
    """`/actors/seen`: who is connected to an actor of this node, and what holds it awake, for the pages."""
    return await _serve(request, {"POST": seeing.take})


@csrf_exempt
async def attended(request: ASGIRequest) -> HttpResponse:
    """`/actors/attended`: how many are connected to actors of this node, for the dashboard's list."""
    return await _serve(request, {"POST": attending.take})


@csrf_exempt
async def outbox(request: ASGIRequest) -> HttpResponse:
    """`/actors/outbox`: a call of the outbox for an actor of this node."""
    return await _serve(request, {"POST": delivering.take})


@csrf_exempt
async def not_found(request: ASGIRequest, rest: str = "") -> HttpResponse:
    """Paths below `/actors` that this version does not serve."""
    return _finish(request, api_error(error("api.not_found")))


async def server(request: ApiRequest) -> Server:
    """`GET /metadata`."""
    return {"runtime": "engine", "version": VERSION}


async def healthy(request: ApiRequest) -> Health:
    """`GET /health`. Raises guard.service_unavailable."""
    await request.platform.ready()
    return {"runtime": "engine", "status": "ok", "version": VERSION}


CLUSTER: Final[Mapping[str, Operation]] = {
    "namespaces": cluster_api.namespaces,
    "datacenters": cluster_api.datacenters,
    "runner-configs": cluster_api.runner_configs,
    "runners": cluster_api.runners,
    "runners/names": cluster_api.runner_names,
}
_PERMISSIONS: Final[Mapping[str, str]] = {"POST": ADD, "PUT": ADD, "DELETE": DELETE}


async def _serve(
    request: ASGIRequest,
    operations: Mapping[str, Operation],
    open_to_all: bool = False,
    permission: str | None = None,
) -> HttpResponse:
    """Run the operation for the request's method with the rules that all routes share.

    `permission` is what a login needs, where the method does not say it.
    """
    headers = headers_of(request.scope)
    allowed = ",".join(("GET,HEAD" if method == "GET" else method) for method in operations)
    if request.method == "OPTIONS":
        return HttpResponse(headers=api_preflight(headers, allowed))
    operation = operations.get("GET" if request.method == "HEAD" else request.method or "")
    if operation is None:
        return _finish(request, HttpResponse(status=405, headers={"allow": allowed}))
    platform = current()
    try:
        needed = permission or _PERMISSIONS.get(request.method or "", VIEW)
        seal = None if open_to_all else await admit_operator(platform, request, headers, needed)
        response = json_response(await operation(ApiRequest(platform, request, seal)))
    except ActorError as err:
        response = api_error(sanitize(err, platform.config.expose_errors))
    return _finish(request, response)


def _finish(request: ASGIRequest, response: HttpResponse) -> HttpResponse:
    origin = text_header(headers_of(request.scope), b"origin")
    for name, value in api_headers(origin).items():
        response[name] = value
    response[RAY_ID] = ray_of(scope_of(request))
    return response
