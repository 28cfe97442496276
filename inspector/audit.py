"""What an operator does, written down before it is done, and told afterwards how it went."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actors.errors import ActorError
from inspector.models import BROKEN, DONE, NOTHING, AuditEntry, Deed


@asynccontextmanager
async def audited(user: Any, actor: Any, deed: Deed, **what: Any) -> AsyncIterator[AuditEntry]:
    """A row around one deed. `what` is `before` and `after`; an error becomes its outcome and goes on.

    A deed that may find nothing to do says with `note` whether it did.
    """
    entry = await AuditEntry.objects.acreate(
        user=user,
        who=user.get_username(),
        actor_id=actor.pk,
        actor=f"{actor.name}[{actor.key}]",
        deed=deed,
        **what,
    )
    outcome = BROKEN
    try:
        yield entry
        outcome = entry.outcome or DONE
    except ActorError as err:
        outcome = err.name
        raise
    finally:
        entry.outcome = outcome
        await entry.asave(update_fields=["outcome", "before", "after"])


def note(entry: AuditEntry, found: bool) -> None:
    """`found`: whether there was anything to do."""
    entry.outcome = DONE if found else NOTHING
