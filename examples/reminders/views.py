"""The page of the reminders example. The name in the address is the actor's key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "reminders/page.html", {"key": name})
