"""The admin's view of actors and nodes: read-only, from the tables alone. Looking never wakes an actor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from actors.api.registry import registry
from actors.changelist import KeysetChangeList
from actors.errors import ActorError
from actors.gateway.permissions import VIEW, may
from actors.models import Actor, ActorState, Node
from actors.protocol import cbor
from actors.status import derived_status

SHOWN_BYTES: Final = 64 * 1024
SHOWN_ERROR: Final = 120
NOTHING: Final = "-"

if TYPE_CHECKING:
    ActorModelAdmin = admin.ModelAdmin[Actor]
    NodeModelAdmin = admin.ModelAdmin[Node]
else:
    ActorModelAdmin = NodeModelAdmin = admin.ModelAdmin


class ReadOnly:
    """A page to look at, by whoever may look at actors: a write past the generation check would corrupt."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, VIEW)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return may(request.user, VIEW)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class TypeFilter(admin.SimpleListFilter):
    """Actors of one class. Offers the classes of this process: asking the table would read all of it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in registry.names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Actor]) -> QuerySet[Actor]:
        return queryset.filter(name=self.value()) if self.value() else queryset


class EndedFilter(admin.SimpleListFilter):
    """Living actors or destroyed ones; each has an index of its own."""

    title = "destroyed"
    parameter_name = "destroyed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Actor]) -> QuerySet[Actor]:
        if self.value() is None:
            return queryset
        return queryset.filter(destroyed_at__isnull=self.value() != "yes")


class ActorChangeList(KeysetChangeList):
    """Pages of actors. One type, ended or not, is read from its two indexes."""

    def branches(self) -> list[QuerySet[Any]]:
        if TypeFilter.parameter_name in self.params and EndedFilter.parameter_name not in self.params:
            return [self.queryset.filter(destroyed_at__isnull=alive) for alive in (True, False)]
        return [self.queryset]


@admin.register(Actor)
class ActorAdmin(ReadOnly, ActorModelAdmin):
    list_display = ("key", "name", "status", "generation", "node", "created", "last_error")
    list_filter = (TypeFilter, EndedFilter)
    list_per_page = 100
    sortable_by = ()
    actions = None
    search_fields = ("key",)
    search_help_text = "The beginning of a key, a type or an id."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fieldsets = (
        (None, {"fields": ("name", "key", "id", "status", "last_error", "inspector")}),
        ("Life", {"fields": ("generation", "node_id", "created", "started", "awake_since", "asleep_since")}),
        ("End", {"fields": ("crash_policy", "destroyed")}),
        ("Data", {"fields": ("creation_input", "revision", "state")}),
    )
    readonly_fields = (
        *("status", "last_error", "created", "started", "awake_since", "asleep_since", "destroyed"),
        *("creation_input", "revision", "state", "inspector"),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ActorChangeList]:
        return ActorChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Actor]:
        return super().get_queryset(request).defer("input").annotate(derived_status=derived_status())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Actor], search_term: str
    ) -> tuple[QuerySet[Actor], bool]:
        """Prefixes only, each with an index; the indexes on the type are for living or ended actors alone."""
        if not search_term:
            return queryset, False
        typed = Q(name__startswith=search_term)
        found = Q(id__startswith=search_term) | Q(key__startswith=search_term)
        ended = Q(destroyed_at__isnull=False)
        return queryset.filter(found | (typed & ~ended) | (typed & ended)), False

    @admin.display(description="inspector")
    def inspector(self, actor: Actor) -> str:
        """The way to the dashboard, where the project has one."""
        try:
            url = reverse("inspector:actor", args=[actor.pk])
        except NoReverseMatch:
            return NOTHING
        return format_html('<a href="{}">Open in inspector</a>', url)

    @admin.display(description="status")
    def status(self, actor: Any) -> str:
        text: str = actor.derived_status
        return text

    @admin.display(description="node")
    def node(self, actor: Actor) -> str:
        """Enough of the id to tell nodes apart; the whole one is on the actor's own page."""
        return (actor.node_id or "-")[:8]

    @admin.display(description="last error")
    def last_error(self, actor: Actor) -> str:
        if not actor.error:
            return NOTHING
        text = f"{actor.error.get('group')}.{actor.error.get('code')}: {actor.error.get('message')}"
        return text if len(text) <= SHOWN_ERROR else f"{text[:SHOWN_ERROR]}…"

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
        rows = ActorState.objects.filter(pk=actor.pk, state__isnull=False)
        size = rows.values_list(Length("state"), flat=True).first()
        if size is None:
            return NOTHING
        stored = rows.values_list("state", flat=True).first() if size <= SHOWN_BYTES else b""
        return too_large(size) or as_json(bytes(stored or b""), msgspec.msgpack.decode)


@admin.register(Node)
class NodeAdmin(ReadOnly, NodeModelAdmin):
    list_display = ("id", "address", "started_at", "heartbeat_at")
    ordering = ("-started_at",)
    actions = None


def moment(milliseconds: int | None) -> str:
    """Stored milliseconds in the site's time zone, to the second."""
    if milliseconds is None:
        return NOTHING
    return date_format(localtime(datetime.fromtimestamp(milliseconds / 1000, UTC)), "Y-m-d H:i:s")


def too_large(size: int) -> str | None:
    return f"{size:,} bytes, too large to show here" if size > SHOWN_BYTES else None


def as_json(stored: bytes, decode: Any) -> str:
    """Stored bytes as indented JSON, or the reason why they cannot be shown so."""
    try:
        text = msgspec.json.format(msgspec.json.encode(decode(stored)), indent=2).decode()
    except (ActorError, msgspec.MsgspecError, TypeError, ValueError) as exc:
        return f"{len(stored):,} bytes that are no JSON: {exc}"
    return format_html("<pre>{}</pre>", text)
