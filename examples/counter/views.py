"""The counter's page. It only names the actor: the browser speaks to it directly."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, key: str = "main") -> HttpResponse:
    return render(request, "counter/page.html", {"key": key})
