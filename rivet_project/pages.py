"""The demo site's home page, and what every page must know about the doors of the actors."""

from __future__ import annotations

import inspect
from typing import cast

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from actors.apps import ActorsConfig
from actors.gateway.access import rule_of
from examples.counter import actors as counter


def home(request: HttpRequest) -> HttpResponse:
    """Shows the counter live beside the very source that serves it."""
    return render(request, "home.html", {"source": inspect.getsource(counter.Counter).strip()})


def doors(request: HttpRequest) -> dict[str, bool]:
    """Context processor: may this visitor's browser reach actors without a token?

    A token is never handed to a page that anybody can open: with one set, the page says so instead, unless
    the visitor's login opens the doors.
    """
    config = cast(ActorsConfig, apps.get_app_config("actors")).config
    if config.session_access in ("authenticated", "staff") and rule_of(config.session_access)(request.user):
        return {"doors_open": True}
    return {"doors_open": config.token is None and config.open_on_loopback}
