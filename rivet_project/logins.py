"""What django-axes asks about logins that fail: whose they are, and how to refuse one that comes too often.

Named in the settings. The address is the one by which the doors of the actors count wrong tokens.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse

from actors.gateway.auth import headers_of
from actors.gateway.guessing import address_of


def address(request: HttpRequest) -> str:
    """The client's."""
    if isinstance(request, ASGIRequest):
        return address_of(request.scope, headers_of(request.scope))
    return str(request.META.get("REMOTE_ADDR", ""))


def refused(request: HttpRequest, answer: Any, credentials: Any) -> HttpResponse:
    """In place of the login page's own answer."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    text = f"Too many failed logins from this address. Try again in {seconds // 60} minutes."
    return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(seconds)})
