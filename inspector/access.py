"""Who may look and who may change something: the staff, by Django's permissions on actors.

Every URL of the inspector is made by `page` or `deed` here, so nothing is open by being forgotten. The
websocket asks the same two questions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Final, TypeAlias

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from actors.errors import ActorError, error, hint_of, sanitize
from actors.gateway.permissions import CHANGE, VIEW, check_writable, may
from actors.gateway.platform import current
from actors.logs import UNREACHABLE

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FRAGMENT: Final = "X-Inspector"
"""The header of the page's own requests, which want no redirect to a login."""

View: TypeAlias = Callable[..., HttpResponse]
AsyncView: TypeAlias = Callable[..., Coroutine[Any, Any, HttpResponse]]

logger = logging.getLogger(__name__)


def read_only() -> bool:
    return current().config.inspector_read_only


def page(view: View) -> View:
    """`view` for GET, by those who may look; to others the login, or a page that says what is missing."""

    @wraps(view)
    @require_GET
    @ensure_csrf_cookie
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not may(request.user, VIEW):
                return protected(_turned_away(request))
            return protected(view(request, *args, **kwargs))
        except ActorError as err:
            return protected(_failed(request, sanitize(err, current().config.expose_errors)))
        except (OperationalError, InterfaceError) as failure:
            request.user = AnonymousUser()  # the page names its reader, who is a row too
            return protected(_failed(request, _unavailable(failure)))

    return guarded


def deed(view: AsyncView, permission: str = CHANGE) -> AsyncView:
    """`view` for POST of JSON with a CSRF token, from a page of this site, by those with the permission."""

    @wraps(view)
    @csrf_protect
    @require_POST
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            await _check(await request.auser(), permission)
            return protected(await view(request, *args, **kwargs))
        except ActorError as err:
            return protected(refusal(sanitize(err, current().config.expose_errors)))
        except (OperationalError, InterfaceError) as failure:
            return protected(refusal(_unavailable(failure)))

    return guarded


async def _check(user: Any, permission: str) -> None:
    """Raises inspector.read_only or inspector.forbidden. Permissions are rows: asked in a thread."""
    check_writable(current().config, permission)
    if not await sync_to_async(may)(user, permission):
        raise _forbidden(user, permission)


def _forbidden(user: Any, permission: str) -> ActorError:
    """What is missing, as whoever manages the site's users has to mend it."""
    if user.is_authenticated and not user.is_staff:
        text = "Your account may not do this: it does not belong to the staff."
        return error("inspector.forbidden", text, permission=permission)
    return error("inspector.forbidden", permission=permission)


def _turned_away(request: HttpRequest) -> HttpResponse:
    err = _forbidden(request.user, VIEW)
    if FRAGMENT in request.headers:
        return refusal(err)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    return _failed(request, err)


def _failed(request: HttpRequest, err: ActorError) -> HttpResponse:
    """The error as a page, or for the page's own script."""
    if FRAGMENT in request.headers:
        return refusal(err)
    told = {"error": err, "hint": hint_of(err)}
    return render(request, "inspector/error.html", told, status=err.status)


def _unavailable(failure: Exception) -> ActorError:
    """The reason goes to the log alone: it has names of the database, and nobody knows who reads the page."""
    UNREACHABLE.say(logger, {"error": str(failure).strip()})
    return error("storage.unavailable", "The database cannot be used.")


def refusal(err: ActorError) -> HttpResponse:
    """An error as the page's script reads it."""
    return JsonResponse(explained(err), status=err.status)


def explained(err: ActorError) -> dict[str, Any]:
    """An error with what to do about it."""
    return {**err.payload(), "hint": hint_of(err)}


def protected(response: HttpResponse) -> HttpResponse:
    """Headers of everything the inspector answers: nothing foreign, nothing kept, no address passed on."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
