"""The outbox in the admin: calls that Django code has committed, until they are delivered or given up."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from actors.admin.actors import TypeFilter
from actors.admin.belongings import Condition
from actors.admin.changelist import KeysetChangeList
from actors.admin.listed import Listed
from actors.admin.values import NOTHING, as_json, inspector_link, moment, shortened, too_large
from actors.gateway.platform import current
from actors.key_text import begins_with
from actors.keyset import Order
from actors.models import Actor, OutboxCall
from actors.protocol import cbor

LIVE: Final = Q(failed_at__isnull=True)


class CallStage(Condition):
    """How far a call is: see `OutboxCall.stage`."""

    title = "stage"
    parameter_name = "stage"
    conditions = {
        "waiting": lambda now: LIVE & Q(next_at__lte=now),
        "being delivered": lambda now: LIVE & Q(next_at__gt=now, error__isnull=True),
        "to be tried again": lambda now: LIVE & Q(next_at__gt=now, error__isnull=False),
        "given up": lambda now: ~LIVE,
    }


class CallChangeList(KeysetChangeList):
    """Pages of calls. Those that wait and those given up have indexes of their own."""

    def branches(self) -> list[QuerySet[Any]]:
        return [self.queryset.filter(LIVE), self.queryset.filter(~LIVE)] if self.query else [self.queryset]


@admin.register(OutboxCall)
class OutboxCallAdmin(Listed):
    keyset = Order(("id",))
    list_display = ("id", "member", "key", "name", "how_far", "stored", "attempts", "last_error", "inspector")
    list_filter = (CallStage, TypeFilter)
    search_fields = ("key",)
    search_help_text = "A type, or a type and the beginning of a key: counter/main."
    fieldsets = (
        (None, {"fields": ("id", "name", "key", "kind", "member", "inspector")}),
        ("Delivery", {"fields": ("how_far", "stored", "next_attempt", "attempts", "given_up", "error")}),
        ("Data", {"fields": ("content", "handle")}),
    )
    readonly_fields = (*("inspector", "how_far", "stored", "next_attempt", "given_up", "content", "handle"),)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CallChangeList]:
        return CallChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "target")
        living = Actor.objects.filter(name=OuterRef("name"), destroyed_at=None).values("id")
        meant = [living.filter(key=OuterRef("key")), living.filter(id=OuterRef("key"))]  # as handles say it
        named: QuerySet[Any] = rows.annotate(actor_id=Coalesce(*(Subquery(one[:1]) for one in meant)))
        return named

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        name, _, key = search_term.partition("/")
        found = queryset.filter(name=name)
        return found.filter(begins_with(key)) if key else found, False

    @admin.display(description="inspector")
    def inspector(self, call: Any) -> str:
        """Of the actor that is meant, if there is one by now."""
        return NOTHING if call.actor_id is None else inspector_link(call.actor_id)

    @admin.display(description="stage")
    def how_far(self, call: OutboxCall) -> str:
        return call.stage(current().clock.now_ms())

    @admin.display(description="stored")
    def stored(self, call: OutboxCall) -> str:
        return moment(call.created_at)

    @admin.display(description="next attempt")
    def next_attempt(self, call: OutboxCall) -> str:
        return moment(None if call.failed_at is not None else call.next_at)

    @admin.display(description="given up")
    def given_up(self, call: OutboxCall) -> str:
        return moment(call.failed_at)

    @admin.display(description="last error")
    def last_error(self, call: OutboxCall) -> str:
        return shortened(call.error or NOTHING)

    @admin.display(description="body")
    def content(self, call: OutboxCall) -> str:
        return _shown(bytes(call.body))

    @admin.display(description="handle")
    def handle(self, call: OutboxCall) -> str:
        return _shown(bytes(call.target))


def _shown(stored: bytes) -> str:
    return too_large(len(stored)) or as_json(stored, cbor.decode)
