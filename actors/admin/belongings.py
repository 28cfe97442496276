"""Belonging: pages of what belongs to an actor, in the order of the index that begins with the actor's id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from actors.admin.listed import Listed
from actors.admin.values import inspector_link
from actors.gateway.platform import current
from actors.key_text import begins_with
from actors.keyset import Order
from actors.models import Actor


class Belonging(Listed):
    """`tab` is the page of the dashboard that shows the same."""

    keyset = Order(("actor_id", "id"), descending=False)
    tab: ClassVar[str]
    list_select_related = ("actor",)
    search_fields = ("actor__key",)
    search_help_text = "The beginning of an actor's key or id."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("actor__input")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        found = Q(id__startswith=search_term) | begins_with(search_term)
        return queryset.filter(actor_id__in=Actor.objects.filter(found).values("id")), False

    @admin.display(description="inspector")
    def inspector(self, row: Any) -> str:
        return inspector_link(row.actor_id, self.tab)

    @admin.display(description="type")
    def type(self, row: Any) -> str:
        name: str = row.actor.name
        return name

    @admin.display(description="key")
    def key(self, row: Any) -> str:
        key: str = row.actor.key
        return key


class Condition(admin.SimpleListFilter):
    """One of `conditions`, each of which says for the time of now, in milliseconds, what holds of a row."""

    conditions: ClassVar[Mapping[str, Callable[[int], Q]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        condition = self.conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition(current().clock.now_ms()))
