"""Actors in the admin: wake, put to sleep, destroy."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from actors.admin import ActorAdmin
from actors.gateway.permissions import DELETE
from actors.models import Actor
from inspector import reach
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


class OperatedActorAdmin(Operated, ActorAdmin):
    doings = (
        Doing("wake", "Wake", Deed.WAKE, wake),
        Doing("sleep", "Put to sleep", Deed.SLEEP, sleep),
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


admin.site.unregister(Actor)
admin.site.register(Actor, OperatedActorAdmin)
