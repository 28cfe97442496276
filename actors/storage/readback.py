"""Reading back: what an interrupted write of states left behind. Used by the committer and atomic blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from actors.clock import Clock
from actors.errors import ActorError
from actors.storage.store import Store, StoreInterrupted

READ_BACK_FOR: Final = 10.0
READ_BACK_FIRST: Final = 0.1
READ_BACK_LONGEST: Final = 1.0


async def read_back(
    store: Store, clock: Clock, actor_ids: Sequence[str]
) -> Mapping[str, tuple[int, int]] | None:
    """The stored (generation, revision), asked until the database answers; None if it does not."""
    give_up_at = clock.monotonic() + READ_BACK_FOR
    pause = READ_BACK_FIRST
    while True:
        try:
            return await store.revisions(actor_ids)
        except (ActorError, StoreInterrupted):
            if clock.monotonic() + pause > give_up_at:
                return None
        await clock.sleep(pause)
        pause = min(pause * 2, READ_BACK_LONGEST)
