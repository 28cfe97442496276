"""Queue messages and dead letters in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from actors.admin.belongings import Belonging, Condition
from actors.admin.values import NOTHING, as_json, moment, too_large
from actors.gateway.platform import current
from actors.keyset import Order
from actors.models import GivenUp, QueuedMessage
from actors.protocol import cbor


class Stage(Condition):
    """How far a message is. Whether somebody has it in hand right now, only the node of its actor knows."""

    title = "stage"
    parameter_name = "stage"
    conditions = {
        "waiting": lambda now: Q(available_at__lte=now, attempts=0),
        "delayed": lambda now: Q(available_at__gt=now),
        "handed out": lambda now: Q(available_at__lte=now, attempts__gt=0),
    }


class MessageAdmin(Belonging):
    tab = "queue"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "name", "type", "key", "inspector")}),
        ("Delivery", {"fields": ("sent", "not_before", "priority", "attempts", "dedupe", "error")}),
        ("Data", {"fields": ("content",)}),
    )
    readonly_fields: ClassVar[Any] = ("type", "key", "inspector", "sent", "not_before", "content", "given_up")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("body", "trace", "actor__input")

    @admin.display(description="sent")
    def sent(self, message: QueuedMessage) -> str:
        return moment(message.created_at)

    @admin.display(description="not before")
    def not_before(self, message: QueuedMessage) -> str:
        return moment(message.available_at)

    @admin.display(description="given up")
    def given_up(self, message: QueuedMessage) -> str:
        return moment(message.died_at)

    @admin.display(description="body")
    def content(self, message: QueuedMessage) -> str:
        stored = bytes(message.body)
        return too_large(len(stored)) or as_json(stored, cbor.decode)


@admin.register(QueuedMessage)
class QueuedMessageAdmin(MessageAdmin):
    list_display = ("id", "name", "key", "type", "stage", "sent", "not_before", "attempts", "inspector")
    list_filter = (Stage,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(died_at__isnull=True)

    @admin.display(description="stage")
    def stage(self, message: QueuedMessage) -> str:
        if message.available_at > current().clock.now_ms():
            return "delayed"
        return "handed out" if message.attempts else "waiting"


@admin.register(GivenUp)
class GivenUpAdmin(MessageAdmin):
    fieldsets = (*MessageAdmin.fieldsets, ("Trace of the last attempt", {"fields": ("traced",)}))
    readonly_fields = (*MessageAdmin.readonly_fields, "traced")
    keyset = Order(("died_at", "actor_id", "id"))
    list_display = ("id", "name", "key", "type", "given_up", "attempts", "error", "inspector")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(died_at__isnull=False)

    @admin.display(description="trace")
    def traced(self, message: QueuedMessage) -> str:
        return NOTHING if message.trace is None else format_html("<pre>{}</pre>", message.trace)
