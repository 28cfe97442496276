"""What a generation owns in the store beside its state: how it takes that over, and when it ends for it.

Used by the rows of queues and of schedules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from actors.errors import ActorError, error
from actors.runtime.identity import Identity
from actors.runtime.stream import Owner
from actors.storage.store import StoreInterrupted

T = TypeVar("T")


async def taken_over(opening: Awaitable[T | None], identity: Identity, owner: Owner) -> T:
    """What `opening` gives this generation. Raises storage.unavailable; actor.fenced, which ends it."""
    try:
        contents = await opening
    except StoreInterrupted as failure:
        raise error("storage.unavailable") from failure
    if contents is None:
        owner.fence()
        raise error("actor.fenced", actor_id=identity.actor_id, generation=identity.generation)
    return contents


def heed(written: asyncio.Future[Any], owner: Owner) -> None:
    """End a generation that has lost its actor, or cannot know what it wrote. For a write that is over."""
    failure = None if written.cancelled() else written.exception()
    if not isinstance(failure, ActorError):
        return
    if failure.name == "actor.fenced":
        owner.fence()
    elif failure.name == "actor.outcome_unknown":
        owner.store_failed(failure)
