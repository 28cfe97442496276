"""Queue messages and dead letters in the admin: requeue and discard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin

from actors.admin import GivenUpAdmin, QueuedMessageAdmin
from actors.models import GivenUp, QueuedMessage
from inspector.admin.doing import Doing, Operated, through
from inspector.models import Deed


def letter(message: QueuedMessage) -> Mapping[str, Any]:
    """What the inspector's endpoints call it."""
    return {"name": message.name, "ids": [message.id]}


class OperatedMessageAdmin(Operated, QueuedMessageAdmin):
    doings = (
        Doing(
            "requeue",
            "Requeue",
            Deed.REQUEUE,
            through("/queue/requeue", letter),
            letter,
            question=(
                "These messages can be had at once. What somebody has in hand is taken away: another attempt "
                "begins beside the first, so it may be worked on twice."
            ),
            otherwise="it can be had already, or is gone.",
        ),
        Doing(
            "discard",
            "Discard",
            Deed.PURGE,
            through("/queue/purge", letter),
            letter,
            question="These messages go for good, unless somebody has them in hand. Nobody processes them.",
        ),
    )


class OperatedLetterAdmin(Operated, GivenUpAdmin):
    doings = (
        Doing("requeue", "Requeue", Deed.REPLAY, through("/queue/replay", letter), letter),
        Doing(
            "discard",
            "Discard",
            Deed.DISCARD,
            through("/queue/discard", letter),
            letter,
            question="These messages go for good, and nobody will process them.",
        ),
    )


admin.site.unregister([QueuedMessage, GivenUp])
admin.site.register(QueuedMessage, OperatedMessageAdmin)
admin.site.register(GivenUp, OperatedLetterAdmin)
