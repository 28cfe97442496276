"""What an operator does, written down before it is done, and told afterwards how it went."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from actors.errors import ActorError
from inspector.models import AuditEntry, Deed

DONE: Final = "done"
BROKEN: Final = "failed"


@asynccontextmanager
async def audited(user: Any, actor: Any, deed: Deed, **what: Any) -> AsyncIterator[AuditEntry]:
    """A row around one deed. `what` is `before` and `after`; an error becomes its outcome and goes on."""
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
        outcome = DONE
    except ActorError as err:
        outcome = err.name
        raise
    finally:
        entry.outcome = outcome
        await entry.asave(update_fields=["outcome", "before", "after"])
