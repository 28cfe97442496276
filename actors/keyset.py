"""Newer and older pages of a large table: no count, no offset, whatever the page.

The order is (created_at, id), newest first, which has an index. A page is named by the row it begins after.
For the admin and the inspector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """The rows, newest first, and whether there are others on either side."""

    rows: list[Any]
    has_newer: bool
    has_older: bool


def read_page(
    branches: Sequence[QuerySet[Any]], older_than: str | None, newer_than: str | None, size: int
) -> KeysetPage:
    """One page of the union of `branches`, which have an index each. ValueError for a cursor of nobody."""
    backwards = newer_than is not None
    cursor = newer_than if backwards else older_than
    order = ("created_at", "id") if backwards else ("-created_at", "-id")
    first, *others = (_beyond(branch.order_by(), cursor, backwards) for branch in branches)
    whole = first.union(*others, all=True) if others else first
    found = list(whole.order_by(*order)[: size + 1])
    rows, more = found[:size], len(found) > size
    if not rows:
        return KeysetPage([], has_newer=False, has_older=False)
    if backwards:
        return KeysetPage(rows[::-1], has_newer=more, has_older=True)
    return KeysetPage(rows, has_newer=older_than is not None, has_older=more)


def cursor_of(row: Any) -> str:
    """The name of the pages before and after `row`: `<created_at>-<id>`."""
    return f"{row.created_at}-{row.pk}"


def _beyond(queryset: QuerySet[Any], cursor: str | None, backwards: bool) -> QuerySet[Any]:
    """Rows on the far side of `cursor`. The first condition alone lets the index begin at the right place."""
    if cursor is None:
        return queryset
    created_at, _, row_id = cursor.partition("-")
    try:
        moment = int(created_at)
    except ValueError as exc:
        raise ValueError(f"no such page: {cursor}") from exc
    if backwards:
        return queryset.filter(Q(created_at__gt=moment) | Q(id__gt=row_id), created_at__gte=moment)
    return queryset.filter(Q(created_at__lt=moment) | Q(id__lt=row_id), created_at__lte=moment)
