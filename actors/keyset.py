"""Newer and older pages of a large table for the admin: no count, no offset, whatever the page.

Used by `actors/admin.py` only. The order is (created_at, id), newest first, which has an index.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

OLDER_THAN: Final = "older_than"
NEWER_THAN: Final = "newer_than"


class KeysetChangeList(ChangeList):
    """A change list whose page is named by the row it begins after: `?older_than=<created_at>-<id>`."""

    newer_url: str | None = None
    older_url: str | None = None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        # Taken out here, so that links to other filters and searches begin at the newest row again.
        self.older_than = self._take(OLDER_THAN)
        self.newer_than = self._take(NEWER_THAN)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        rows, more = self._read_page()
        self.result_list = rows
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = False
        self.paginator = Paginator(rows, self.list_per_page)
        if rows:
            self._link(rows, more)

    def branches(self) -> list[QuerySet[Any]]:
        """Parts of the result that have an index each; together they are the whole."""
        return [self.queryset]

    def _read_page(self) -> tuple[list[Any], bool]:
        """The rows of this page, newest first, and whether more follow in the direction of reading."""
        backwards = self.newer_than is not None
        cursor = self.newer_than if backwards else self.older_than
        order = ("created_at", "id") if backwards else ("-created_at", "-id")
        first, *others = (_beyond(branch.order_by(), cursor, backwards) for branch in self.branches())
        whole = first.union(*others, all=True) if others else first
        found = list(whole.order_by(*order)[: self.list_per_page + 1])
        rows, more = found[: self.list_per_page], len(found) > self.list_per_page
        return (rows[::-1] if backwards else rows), more

    def _link(self, rows: list[Any], more: bool) -> None:
        if more if self.newer_than else self.older_than:
            self.newer_url = self.get_query_string({NEWER_THAN: _cursor(rows[0])})
        if self.newer_than or more:
            self.older_url = self.get_query_string({OLDER_THAN: _cursor(rows[-1])})

    def _take(self, name: str) -> str | None:
        self.filter_params.pop(name, None)
        value: str | None = self.params.pop(name, None)
        return value


def _cursor(row: Any) -> str:
    return f"{row.created_at}-{row.pk}"


def _beyond(queryset: QuerySet[Any], cursor: str | None, backwards: bool) -> QuerySet[Any]:
    """Rows on the far side of `cursor`. The first condition alone lets the index begin at the right place."""
    if cursor is None:
        return queryset
    created_at, _, row_id = cursor.partition("-")
    try:
        moment = int(created_at)
    except ValueError as exc:
        raise IncorrectLookupParameters(f"no such page: {cursor}") from exc
    if backwards:
        return queryset.filter(Q(created_at__gt=moment) | Q(id__gt=row_id), created_at__gte=moment)
    return queryset.filter(Q(created_at__lt=moment) | Q(id__lt=row_id), created_at__lte=moment)
