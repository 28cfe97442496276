"""The audit in the admin: to read and to search, never to change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from actors.admin import ReadOnly
from inspector.models import AuditEntry, Deed

if TYPE_CHECKING:
    AuditModelAdmin = admin.ModelAdmin[AuditEntry]
else:
    AuditModelAdmin = admin.ModelAdmin


class DeedFilter(admin.SimpleListFilter):
    """Offers what can be done, without asking the table."""

    title = "deed"
    parameter_name = "deed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(value, value) for value in Deed.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(deed=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, AuditModelAdmin):
    list_display = ("at", "who", "deed", "actor", "outcome")
    list_filter = (DeedFilter,)
    list_select_related = False
    ordering = ("-id",)
    actions = None
    search_fields = ("=actor_id", "^who")
    show_full_result_count = False
