"""What an operator does, written down before it is done, and told afterwards how it went."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from actors.errors import ActorError
from inspector.models import BROKEN, DONE, NOTHING, AuditEntry, Deed

AUDITED_CHARS: Final = 10_000
"""Of a text before and after; what is longer is cut."""


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
    try:
        with ending(entry):
            yield entry
    finally:
        await entry.asave(update_fields=["outcome", "before", "after"])


@contextmanager
def ending(entry: AuditEntry) -> Iterator[None]:
    """Tells the entry how what is done in it has ended; saves nothing."""
    outcome = BROKEN
    try:
        yield
        outcome = entry.outcome or DONE
    except ActorError as err:
        outcome = err.name
        raise
    finally:
        entry.outcome = outcome


def note(entry: AuditEntry, found: bool) -> None:
    """`found`: whether there was anything to do."""
    entry.outcome = DONE if found else NOTHING
