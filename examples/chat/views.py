"""The chat's page. The room in the address is the actor's key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify


def lobby(request: HttpRequest) -> HttpResponse:
    """`/chat/` is the lobby; `/chat/?room=Tea time` (the page's form) leads to that room."""
    wanted = slugify(request.GET.get("room", ""))[:60]
    return redirect("chat:room", wanted) if wanted else room(request, "lobby")


def room(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "chat/page.html", {"room": name})
