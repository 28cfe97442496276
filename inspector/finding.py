"""What the palette asks: types, and actors by id, by the beginning of their key, or by being near to it.

The beginning of a key has an index, so all actors are found by it. What is only near is looked for among the
newest: however many actors there are, so many rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode

from actors.api.registry import registry
from actors.bounded import bounded
from actors.key_text import stored_forms
from actors.models import Actor
from actors.status import derived_status
from inspector.access import page
from inspector.actor import label_of
from inspector.ranking import BEGINS, LETTERS, Rank, rank

FOUND: Final = 8
NEAR: Final = 3
NEWEST: Final = 2000
"""So many actors, the newest, are compared with what was typed."""


@page
def find(request: HttpRequest) -> HttpResponse:
    """`{"actors": [...], "near": [...], "types": [...], "newest": 2000}`, the nearest first.

    Each actor and type has its `rank`, to stand among what the page itself offers. `near` are neighbours of a
    key that nobody has, only where no actor was found.
    """
    text = request.GET.get("q", "").replace("\0", "")
    if not text:
        return JsonResponse({"actors": [], "near": [], "types": [], "newest": NEWEST})
    with bounded():
        found = _told(_found(text))
        near = [] if found else _told(dict.fromkeys(_neighbours(text), (LETTERS, 0)))
    return JsonResponse({"actors": found, "near": near, "types": _types(text), "newest": NEWEST})


def _types(text: str) -> list[dict[str, Any]]:
    """Each with the list of its actors."""
    at = reverse("inspector:list")
    ranked = sorted((near, name) for name in registry.names() if (near := rank(text, name)) is not None)
    return [
        {"name": name, "url": f"{at}?{urlencode({'type': name})}", "rank": near}
        for near, name in ranked[:FOUND]
    ]


def _found(text: str) -> dict[str, Rank]:
    """Ids of at most FOUND actors with their ranks, the nearest first."""
    exact = Actor.objects.filter(pk=text).values_list("pk", flat=True)
    found: dict[str, Rank] = dict.fromkeys(chain(exact, _begun(text)), (BEGINS, 0))
    for near, _, actor_id in sorted(_ranked(text)):
        found.setdefault(actor_id, near)
    return dict(list(found.items())[:FOUND])


def _begun(text: str) -> Iterator[str]:
    """Those whose key begins so, in the order of the keys; of one key the newest first."""
    rows = Actor.objects.order_by("key", "-created_at").values_list("pk", flat=True)
    for start in stored_forms(text):
        yield from rows.filter(key__startswith=start)[:FOUND]


def _ranked(text: str) -> Iterator[tuple[Rank, int, str]]:
    """Of the newest those that are near, each with its place among them."""
    rows = Actor.objects.order_by("-created_at", "-pk").values_list("pk", "name", "key", named=True)
    for place, row in enumerate(rows[:NEWEST]):
        near = _nearness(text, row.name, label_of(row))
        if near is not None:
            yield near, place, row.pk


def _nearness(text: str, name: str, label: str) -> Rank | None:
    """By the key. By type and key together it is never nearer than by its letters: the type itself is."""
    near = rank(text, label)
    if near is None and (together := rank(text, f"{name} {label}")) is not None:
        return LETTERS, together[1]
    return near


def _neighbours(text: str) -> Iterator[str]:
    """The keys on either side of where the text would stand."""
    rows = Actor.objects.values_list("pk", flat=True)
    yield from rows.filter(key__lt=text).order_by("-key")[:NEAR]
    yield from rows.filter(key__gt=text).order_by("key")[:NEAR]


def _told(ranks: dict[str, Rank]) -> list[dict[str, Any]]:
    """Actors by their ids, in that order."""
    queryset = Actor.objects.annotate(status=derived_status()).defer("input")
    rows: dict[str, Any] = queryset.in_bulk(list(ranks))
    return [
        {
            "id": actor_id,
            "name": rows[actor_id].name,
            "key": label_of(rows[actor_id]),
            "status": rows[actor_id].status,
            "url": reverse("inspector:actor", args=[actor_id]),
            "rank": near,
        }
        for actor_id, near in ranks.items()
        if actor_id in rows
    ]
