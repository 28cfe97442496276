"""The admin's change list over a large table: newer and older pages, never a count. See `Listed`."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from actors.bounded import bounded
from actors.errors import ERRORS, ActorError
from actors.keyset import KeysetPage, Order, read_page

OLDER_THAN: Final = "older_than"
NEWER_THAN: Final = "newer_than"


class KeysetChangeList(ChangeList):
    """A change list whose page is named by the row it begins after: `?older_than=<created_at>.<id>`."""

    newer_url: str | None = None
    older_url: str | None = None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        # Taken out here, so that links to other filters and searches begin at the newest row again.
        self.older_than = self._take(OLDER_THAN)
        self.newer_than = self._take(NEWER_THAN)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        page = self._read(request)
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = False
        self.paginator = Paginator(page.rows, self.list_per_page)
        self._link(page)

    def _read(self, request: HttpRequest) -> KeysetPage:
        """Empty, with a word to the person, where no index helps and the database takes too long."""
        try:
            with bounded():
                return read_page(
                    self.branches(), self.older_than, self.newer_than, self.list_per_page, self.order
                )
        except ValueError as exc:
            raise IncorrectLookupParameters(str(exc)) from exc
        except ActorError as exc:
            messages.error(request, f"{exc.message} {ERRORS[exc.name].hint.removeprefix('Own. ')}")
            return KeysetPage([])

    @property
    def order(self) -> Order:
        """The index that this list walks."""
        listed: Any = self.model_admin
        order: Order = listed.keyset
        return order

    def branches(self) -> list[QuerySet[Any]]:
        """Parts of the result that have an index each; together they are the whole."""
        return [self.queryset]

    def _link(self, page: KeysetPage) -> None:
        if page.newer_than is not None:
            self.newer_url = self.get_query_string({NEWER_THAN: page.newer_than})
        if page.older_than is not None:
            self.older_url = self.get_query_string({OLDER_THAN: page.older_than})

    def _take(self, name: str) -> str | None:
        self.filter_params.pop(name, None)
        value: str | None = self.params.pop(name, None)
        return value
