"""A state that its class cannot read: the actor does not start, so its state is put right in storage.

Called for an edit that has found that out. All else that is stored of the actor stays as it is.
"""

from __future__ import annotations

from typing import Any, Final

from actors.errors import error
from actors.gateway.platform import Platform, current
from actors.runtime.state import fitting
from actors.storage.store import StateWrite, Store
from inspector.reach import at_home
from inspector.typed import typed_value

UNREADABLE: Final = "protocol.invalid_persisted_data"
"""What the start of such an actor raises, and its row keeps."""


PATIENCE: Final = 5.0
"""Seconds for who has the actor to let go of it: the edit itself has just made it start, and fail."""

PAUSE: Final = 0.05


async def mend(actor_id: str, text: str, revision: int) -> None:
    """Put the state that was typed in the place of that revision.

    Raises inspector.state_changed, also if a node keeps the actor for longer than PATIENCE, and
    actor.invalid_request for what is no state of its class either.
    """
    await at_home(_mend(current(), actor_id, typed_value("state", text), revision))


async def _mend(platform: Platform, actor_id: str, tree: Any, revision: int) -> None:
    store, clock = await platform.store(), platform.clock
    (record,) = await store.get([actor_id])
    known = platform.registry.get(record.name)
    if known.state is None:
        raise error("actor.state_not_enabled")
    whole = known.state.encode(fitting(known.state, tree, known.options.max_state_size))
    deadline = clock.monotonic() + PATIENCE
    while not await _put(store, actor_id, whole, revision):
        if clock.monotonic() >= deadline:
            raise error("inspector.state_changed")
        await clock.sleep(PAUSE)


async def _put(store: Store, actor_id: str, whole: bytes, revision: int) -> bool:
    """False: a node has the actor, or has just come. A start that fails raises the generation and no more.

    Nobody had the actor once its generation was known, and nobody has it while it has the same: who comes
    then raises it, and the write is fenced.
    """
    (record,) = await store.get([actor_id])
    held = await store.locate(actor_id) is not None
    generation, stored = (await store.revisions([actor_id])).get(actor_id, (0, None))
    if stored != revision:
        raise error("inspector.state_changed")
    if held or generation != record.generation:
        return False
    return bool(await store.commit([StateWrite(actor_id, record.generation, revision + 1, whole)]))
