"""Actors in the admin, as the tables have them. Looking never wakes an actor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from actors.admin.changelist import KeysetChangeList
from actors.admin.listed import Listed
from actors.admin.values import NOTHING, as_json, inspector_link, moment, shortened, shown_state, too_large
from actors.api.registry import registry
from actors.key_text import begins_with
from actors.keyset import NEWEST
from actors.models import Actor, ActorState
from actors.protocol import cbor
from actors.status import STATUSES, derived_status, in_status

LIVING: Final = "living"
CHOICES: Final = (LIVING, *STATUSES)
STATUS: Final = "status"
"""The filter's name in the address."""


class TypeFilter(admin.SimpleListFilter):
    """Actors of one class. Offers the classes of this process: asking the table would read all of it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in registry.names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Actor]) -> QuerySet[Actor]:
        return queryset.filter(name=self.value()) if self.value() else queryset


class StatusFilter(admin.SimpleListFilter):
    """By the statuses of the dashboard, or all that are not destroyed."""

    title = "status"
    parameter_name = STATUS

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in CHOICES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Actor]) -> QuerySet[Actor]:
        chosen = self.value()
        if chosen == LIVING:
            return queryset.filter(destroyed_at__isnull=True)
        return queryset.filter(in_status([chosen])) if chosen in STATUSES else queryset


class ActorChangeList(KeysetChangeList):
    """Pages of actors. One type, destroyed or not, is read from its two indexes."""

    def branches(self) -> list[QuerySet[Any]]:
        unsorted = self.params.get(STATUS) not in CHOICES
        if unsorted and TypeFilter.parameter_name in self.params:
            return [self.queryset.filter(destroyed_at__isnull=alive) for alive in (True, False)]
        return [self.queryset]


@admin.register(Actor)
class ActorAdmin(Listed):
    keyset = NEWEST
    list_display = ("key", "name", "status", "generation", "node", "created", "last_error", "inspector")
    list_filter = (TypeFilter, StatusFilter)
    search_fields = ("key",)
    search_help_text = "The beginning of a key, a type or an id."
    fieldsets = (
        (None, {"fields": ("name", "key", "id", "status", "last_error", "inspector")}),
        (
            "Life",
            {
                "fields": (
                    *("generation", "node_id", "created", "started", "awake_since", "asleep_since"),
                    *("paused_since", "queues_paused_since"),
                )
            },
        ),
        ("End", {"fields": ("crash_policy", "destroyed")}),
        ("Data", {"fields": ("creation_input", "revision", "state")}),
    )
    readonly_fields = (
        *("status", "last_error", "created", "started", "awake_since", "asleep_since", "destroyed"),
        *("paused_since", "queues_paused_since"),
        *("creation_input", "revision", "state", "inspector"),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ActorChangeList]:
        return ActorChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("input")
        with_status: QuerySet[Any] = rows.annotate(derived_status=derived_status())
        return with_status

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Actor], search_term: str
    ) -> tuple[QuerySet[Actor], bool]:
        """Prefixes only, each with an index; the indexes on the type are for living or ended actors alone."""
        if not search_term:
            return queryset, False
        typed = Q(name__startswith=search_term)
        found = Q(id__startswith=search_term) | begins_with(search_term)
        ended = Q(destroyed_at__isnull=False)
        return queryset.filter(found | (typed & ~ended) | (typed & ended)), False

    @admin.display(description="inspector")
    def inspector(self, actor: Actor) -> str:
        return inspector_link(actor.pk)

    @admin.display(description="status")
    def status(self, actor: Any) -> str:
        text: str = actor.derived_status
        paused = "paused" if actor.paused_at else "queues paused" if actor.queues_paused_at else ""
        return f"{text}, {paused}" if paused else text

    @admin.display(description="node")
    def node(self, actor: Actor) -> str:
        """Enough of the id to tell nodes apart; the whole one is on the actor's own page."""
        return (actor.node_id or "-")[:8]

    @admin.display(description="last error")
    def last_error(self, actor: Actor) -> str:
        if not actor.error:
            return NOTHING
        text = f"{actor.error_name}: {actor.error.get('message')}"
        return shortened(text)

    @admin.display(description="created")
    def created(self, actor: Actor) -> str:
        return moment(actor.created_at)

    @admin.display(description="first started")
    def started(self, actor: Actor) -> str:
        return moment(actor.started_at)

    @admin.display(description="awake since")
    def awake_since(self, actor: Actor) -> str:
        return moment(actor.connectable_at)

    @admin.display(description="asleep since")
    def asleep_since(self, actor: Actor) -> str:
        return moment(actor.slept_at)

    @admin.display(description="paused since")
    def paused_since(self, actor: Actor) -> str:
        return moment(actor.paused_at)

    @admin.display(description="queues paused since")
    def queues_paused_since(self, actor: Actor) -> str:
        return moment(actor.queues_paused_at)

    @admin.display(description="destroyed")
    def destroyed(self, actor: Actor) -> str:
        return moment(actor.destroyed_at)

    @admin.display(description="input")
    def creation_input(self, actor: Actor) -> str:
        if actor.input is None:
            return NOTHING
        stored = bytes(actor.input)
        return too_large(len(stored)) or as_json(stored, cbor.decode)

    @admin.display(description="revision")
    def revision(self, actor: Actor) -> int | str:
        found = ActorState.objects.filter(pk=actor.pk).values_list("revision", flat=True).first()
        return NOTHING if found is None else found

    @admin.display(description="state")
    def state(self, actor: Actor) -> str:
        """As last committed; an awake actor may be ahead of it only by what nobody has been told yet."""
        return shown_state(actor.pk)
