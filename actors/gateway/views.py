"""The gateway's HTTP door: `/gateway/{id|name}/...`, as Django views for the slim handler or Django's own.

Takes the request apart, checks the token, finds the actor, and lets it answer here or at the node that hosts
it. Calls that other nodes pass on come through the same door.
"""

from __future__ import annotations

from functools import partial

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from actors.errors import ActorError, error, sanitize
from actors.gateway.auth import Headers, headers_of, text_header
from actors.gateway.chains import passed_on
from actors.gateway.cors import gateway_headers, gateway_preflight
from actors.gateway.elsewhere import check_hops, passed_headers, through_owner
from actors.gateway.entry import admit_caller, read_body
from actors.gateway.forward import Answer, Call
from actors.gateway.framework import check_visit, serve, unmade
from actors.gateway.inspector import inspect
from actors.gateway.inspector_tabs import is_tab_file, tab_file
from actors.gateway.passage import brought_back_whole
from actors.gateway.platform import Platform, current
from actors.gateway.raw_http import Knock, serve_request
from actors.gateway.rays import RAY_ID, ray_of
from actors.gateway.requests import scope_of
from actors.gateway.resolve import Unmade, find
from actors.gateway.responses import gateway_error
from actors.gateway.routes import Route, direct_route, raw_path, route_of, url_of
from actors.gateway.visit import Visit
from actors.protocol.handshake import header_target, parse_skip_ready_wait
from actors.storage.store import ClaimRequest, HeldElsewhere


@csrf_exempt
async def gateway(request: ASGIRequest, rest: str = "") -> HttpResponseBase:
    """Any method of `/gateway/...`; what the path means is read from the raw URL, not from `rest`."""
    headers = headers_of(request.scope)
    if request.method == "OPTIONS":
        return _preflight(request, headers)
    try:
        route = route_of(request.scope)
        if route is None:
            raise error("api.not_found")
        response = await _answer(request, headers, route)
    except ActorError as err:
        response = gateway_error(sanitize(err, current().config.expose_errors))
    return _finish(request, response, headers)


@csrf_exempt
async def by_headers(request: ASGIRequest, rest: str = "") -> HttpResponseBase:
    """`/request/...` for the actor that the headers `x-rivet-target` and `x-rivet-actor` name."""
    headers = headers_of(request.scope)
    if request.method == "OPTIONS":
        return _preflight(request, headers)
    try:
        response = await _answer(request, headers, _route_by_headers(request, headers))
    except ActorError as err:
        response = gateway_error(sanitize(err, current().config.expose_errors))
    return _finish(request, response, headers)


def _preflight(request: ASGIRequest, headers: Headers) -> HttpResponseBase:
    return _finish(request, HttpResponse(status=204, headers=gateway_preflight(headers)))


def _finish(
    request: ASGIRequest, response: HttpResponseBase, headers: Headers | None = None
) -> HttpResponseBase:
    if headers is not None:
        for name, value in gateway_headers(text_header(headers, b"origin")).items():
            response[name] = value
    response[RAY_ID] = ray_of(scope_of(request))
    return response


def _route_by_headers(request: ASGIRequest, headers: Headers) -> Route:
    path = raw_path(request.scope)
    target = header_target(path, {name.decode(): value.decode("latin-1") for name, value in headers.items()})
    if target is None:
        raise error("api.not_found")
    return direct_route(target, path, request.scope["query_string"].decode("latin-1"))


async def _answer(request: ASGIRequest, headers: Headers, route: Route) -> HttpResponseBase:
    platform = current()
    if route.ask == "inspector":
        if is_tab_file(request.method, route.path):
            return await tab_file(platform, request, route)
        return await inspect(platform, request, headers, route)
    seal = await admit_caller(platform, request, headers, route.token)
    parse_skip_ready_wait(text_header(headers, b"x-rivet-skip-ready-wait"))
    if route.ask == "request":
        return await serve_request(Knock(platform, request, headers, route, seal))
    body = await read_body(request, platform.config.max_incoming_message, seal)
    visit = Visit(platform.config, scope_of(request), headers, request.method or "", route, body, seal)
    with passed_on(seal, headers):
        return await _visit(platform, visit)


async def _visit(platform: Platform, visit: Visit) -> HttpResponse:
    checked = partial(check_visit, visit, platform.registry)
    try:
        found = await find(platform, visit.route, checked)
    except Unmade as refused:
        return unmade(visit, refused.error)
    if isinstance(found, HeldElsewhere):
        check_hops(visit.seal, found)
        again = partial(find, platform, visit.route, checked, ClaimRequest(actor_id=found.actor_id))
        result = await through_owner(platform, found, _call(visit, found), again)
        if isinstance(result, Answer):
            return brought_back_whole(result)
        found = result
    return await serve(visit, found)


def _call(visit: Visit, held: HeldElsewhere) -> Call:
    """The same request, addressed to the actor's id at its owner."""
    url = url_of(f"/gateway/{held.actor_id}{visit.route.path}", visit.route.query)
    return Call(visit.method, url, passed_headers(visit.scope, visit.headers), visit.body)
