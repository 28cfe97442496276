"""Actors in the admin: wake, put to sleep, pause, resume, destroy; and who is connected to one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from actors.admin import ActorAdmin
from actors.gateway.permissions import DELETE
from actors.models import Actor
from inspector import reach
from inspector.admin.connected import shown_connections
from inspector.admin.doing import Doing, Operated
from inspector.models import Deed


async def wake(actor: Actor) -> bool:
    await reach.wake(actor.pk)
    return True


async def sleep(actor: Actor) -> bool:
    await reach.sleep(actor.pk)
    return True


async def destroy(actor: Actor) -> bool:
    await reach.destroy(actor.pk)
    return True


async def pause(actor: Actor) -> bool:
    await reach.order(actor.pk, "pause")
    return True


async def resume(actor: Actor) -> bool:
    await reach.order(actor.pk, "resume")
    return True


class OperatedActorAdmin(Operated, ActorAdmin):
    doings = (
        Doing("wake", "Wake", Deed.WAKE, wake),
        Doing("sleep", "Put to sleep", Deed.SLEEP, sleep),
        Doing("pause", "Pause", Deed.HOLD, pause),
        Doing("resume", "Resume", Deed.LET_GO, resume),
        Doing(
            "destroy",
            "Destroy",
            Deed.DESTROY,
            destroy,
            permission=DELETE,
            question="These actors end, and all that they keep is gone: state, keys, messages, schedules.",
        ),
    )

    def actor_of(self, row: Any) -> Any:
        return row

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_fieldsets(request, obj), ("Connections", {"fields": ("connected",)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), "connected"]

    @admin.display(description="connected")
    def connected(self, actor: Actor) -> str:
        return shown_connections(actor)


admin.site.unregister(Actor)
admin.site.register(Actor, OperatedActorAdmin)
