"""Pages of a large table, forth and back: no count, no offset, whatever the page.

The order is that of an index whose columns name one row. A page is named by the row it begins after.
For the admin and the inspector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet


@dataclass(frozen=True, slots=True)
class Order:
    """Columns that name one row, in the order of an index, all one way: `descending` is the newest first."""

    columns: tuple[str, ...]
    descending: bool = True

    def by(self, backwards: bool) -> list[str]:
        """For `order_by`, from the top or from the bottom."""
        sign = "-" if self.descending != backwards else ""
        return [sign + column for column in self.columns]

    def cursor_of(self, row: Any) -> str:
        """The name of the pages before and after `row`: its columns with dots between them."""
        return ".".join(str(getattr(row, column)) for column in self.columns)

    def beyond(self, queryset: QuerySet[Any], cursor: str, backwards: bool) -> QuerySet[Any]:
        """Rows on the far side of `cursor`. Raises ValueError for a cursor of nobody."""
        words = cursor.split(".", len(self.columns) - 1)
        fields = [queryset.model._meta.get_field(column) for column in self.columns]
        try:
            values = [field.to_python(word) for field, word in zip(fields, words, strict=True)]
        except (ValueError, ValidationError) as exc:
            raise ValueError(f"no such page: {cursor}") from exc
        way = "lt" if self.descending != backwards else "gt"
        first, beyond = self.columns[0], Q()
        for column, value in reversed(list(zip(self.columns, values, strict=True))):
            beyond = Q(**{f"{column}__{way}": value}) | (Q(**{column: value}) & beyond if beyond else Q())
        # Of this condition alone the index can begin at the right place.
        return queryset.filter(beyond, **{f"{first}__{way}e": values[0]})


NEWEST: Final = Order(("created_at", "id"))
"""Of actors."""


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """The rows, and the names of the pages before and after them, where there are any."""

    rows: list[Any]
    newer_than: str | None = None
    older_than: str | None = None


def read_page(
    branches: Sequence[QuerySet[Any]],
    older_than: str | None,
    newer_than: str | None,
    size: int,
    order: Order = NEWEST,
) -> KeysetPage:
    """One page of the union of `branches`, which have an index each. ValueError for a cursor of nobody."""
    backwards = newer_than is not None
    cursor = newer_than if backwards else older_than
    way, parts = order.by(backwards), list(branches)
    if cursor is not None:
        parts = [order.beyond(part, cursor, backwards) for part in parts]
    # No more of each than a page, or the planner may read all of them to sort them.
    pages = [part.order_by(*way)[: size + 1] for part in parts]
    whole = pages[0].union(*pages[1:], all=True).order_by(*way)[: size + 1] if len(pages) > 1 else pages[0]
    found = list(whole)
    rows, more = found[:size], len(found) > size
    if not rows:
        return KeysetPage([])
    if backwards:
        rows, before, after = rows[::-1], more, True
    else:
        before, after = older_than is not None, more
    return KeysetPage(
        rows,
        newer_than=order.cursor_of(rows[0]) if before else None,
        older_than=order.cursor_of(rows[-1]) if after else None,
    )
