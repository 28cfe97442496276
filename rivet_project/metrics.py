"""Prometheus's numbers of this process, shown to those alone who may reach its actors."""

from __future__ import annotations

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django_prometheus.exports import ExportToDjangoView

from actors.errors import ActorError
from actors.gateway.auth import authorize, headers_of
from actors.gateway.platform import current
from actors.gateway.responses import gateway_error


def metrics(request: ASGIRequest) -> HttpResponse:
    """By the platform's own rule: the token as `Authorization: Bearer`, or a loopback peer in DEBUG."""
    try:
        authorize(current().config, request.scope, headers_of(request.scope))
    except ActorError as refused:
        return gateway_error(refused)
    response: HttpResponse = ExportToDjangoView(request)
    return response
