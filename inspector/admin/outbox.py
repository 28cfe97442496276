"""The outbox in the admin: calls that were given up are tried again, or discarded. Wakes nobody by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.contrib import admin

from actors.admin import OutboxCallAdmin
from actors.gateway import outbox_operator
from actors.gateway.platform import current
from actors.models import OutboxCall
from inspector.admin.doing import Doing, Operated
from inspector.models import Deed

NOT_GIVEN_UP: Final = "it has not been given up: it waits, is being delivered, or is done."


@dataclass(frozen=True, slots=True)
class Addressee:
    """As the audit wants an actor; there need not be one: without `pk` nobody has it yet."""

    pk: str
    name: str
    key: str
    destroyed_at: None = None

    def __str__(self) -> str:
        return f"{self.name}[{self.key}]"


async def retry(call: OutboxCall) -> bool:
    return await sync_to_async(outbox_operator.retry)(call.pk, current().clock.now_ms())


async def discard(call: OutboxCall) -> bool:
    return await sync_to_async(outbox_operator.discard)(call.pk)


def described(call: OutboxCall) -> Mapping[str, Any]:
    return {"id": call.pk, "kind": call.kind, "member": call.member, "error": call.error}


class OperatedCallAdmin(Operated, OutboxCallAdmin):
    doings = (
        Doing(
            "retry",
            "Try again",
            Deed.RETRY,
            retry,
            described,
            question="These calls are delivered after all. What was called later may have been done before.",
            otherwise=NOT_GIVEN_UP,
        ),
        Doing(
            "discard",
            "Discard",
            Deed.FORGET,
            discard,
            described,
            question="These calls go for good, and nobody does what they ask for.",
            otherwise=NOT_GIVEN_UP,
        ),
    )

    def actor_of(self, row: Any) -> Any:
        return Addressee(row.actor_id or "", row.name, row.key)


admin.site.unregister(OutboxCall)
admin.site.register(OutboxCall, OperatedCallAdmin)
