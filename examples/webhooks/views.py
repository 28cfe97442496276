"""The page of the webhooks example. The name in the address is the actor's key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

QUERY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default"


def page(request: HttpRequest, name: str) -> HttpResponse:
    address = request.build_absolute_uri(f"/gateway/webhookBin/request/hello?{QUERY}&rvt-key={name}")
    return render(request, "webhooks/page.html", {"key": name, "address": address})
