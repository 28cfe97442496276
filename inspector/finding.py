"""What the palette asks: types, actors by id or by the beginning of a key, those near a key nobody has."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode

from actors.api.registry import registry
from actors.key_text import begins_with
from actors.models import Actor
from actors.status import derived_status
from inspector.access import page
from inspector.actor import label_of

FOUND: Final = 8
NEAR: Final = 3


@page
def find(request: HttpRequest) -> HttpResponse:
    """`{"actors": [...], "near": [...], "types": [...]}`; `near` only where no actor was found."""
    text = request.GET.get("q", "").replace("\0", "")
    if not text:
        return JsonResponse({"actors": [], "near": [], "types": []})
    rows = Actor.objects.annotate(status=derived_status()).defer("input")
    begins = rows.filter(begins_with(text) | Q(pk=text)).order_by("key", "-created_at")
    found = [_told(row) for row in begins[:FOUND]]
    near = [] if found else [_told(row) for row in _neighbours(rows, text)]
    return JsonResponse({"actors": found, "near": near, "types": _types(text)})


def _types(text: str) -> list[dict[str, str]]:
    """Those with the text in their name, each with the list of its actors."""
    at = reverse("inspector:list")
    named = sorted(name for name in registry.names() if text.lower() in name.lower())
    return [{"name": name, "url": f"{at}?{urlencode({'type': name})}"} for name in named[:FOUND]]


def _neighbours(rows: Any, text: str) -> Any:
    """The keys on either side of where the text would stand."""
    after = rows.filter(key__gt=text).order_by("key")[:NEAR]
    before = rows.filter(key__lt=text).order_by("-key")[:NEAR]
    return chain(before, after)


def _told(row: Any) -> dict[str, str]:
    url = reverse("inspector:actor", args=[row.pk])
    return {"id": row.pk, "name": row.name, "key": label_of(row), "status": row.status, "url": url}
