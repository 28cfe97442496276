"""The audit in the admin: to read and to search, never to change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from actors.admin.listed import Listed
from actors.admin.values import inspector_link
from actors.keyset import Order
from inspector.models import AuditEntry, Deed


class DeedFilter(admin.SimpleListFilter):
    """Offers what can be done, without asking the table."""

    title = "deed"
    parameter_name = "deed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(value, value) for value in Deed.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(deed=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(Listed):
    keyset = Order(("id",))
    list_display = ("at", "who", "deed", "actor", "outcome", "inspector")
    list_filter = (DeedFilter,)
    list_select_related = False
    search_fields = ("=actor_id", "^who")
    search_help_text = "The id of an actor, or the beginning of a person's name."
    readonly_fields = ("inspector",)

    @admin.display(description="inspector")
    def inspector(self, entry: AuditEntry) -> str:
        return inspector_link(entry.actor_id, "history")
