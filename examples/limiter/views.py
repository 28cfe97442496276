"""The page of the limiter example, and the view that it protects. The name in the address is the caller."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from examples.limiter.actors import Tea
from examples.limiter.limited import limited


def caller(request: HttpRequest, name: str) -> str:
    return name


def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "limiter/page.html", {"key": name, "burst": Tea.burst, "every": Tea.every})


@never_cache
@limited(Tea, key=caller)
def tea(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse("A cup of tea.\n", content_type="text/plain")
