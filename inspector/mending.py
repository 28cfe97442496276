"""A state that its class cannot read: the actor does not start, so its state is put right in storage.

Called for an edit that has found that out. All else that is stored of the actor stays as it is.
"""

from __future__ import annotations

from typing import Any, Final

from actors.errors import error
from actors.gateway.platform import Platform, current
from actors.runtime.state import fitting
from actors.storage.store import StateWrite
from inspector.reach import at_home
from inspector.typed import typed_value

UNREADABLE: Final = "protocol.invalid_persisted_data"
"""What the start of such an actor raises, and its row keeps."""


async def mend(actor_id: str, text: str, revision: int) -> None:
    """Put the state that was typed in the place of that revision.

    Raises inspector.state_changed, also while a node has the actor, and actor.invalid_request for what is no
    state of its class either.
    """
    await at_home(_mend(current(), actor_id, typed_value("state", text), revision))


async def _mend(platform: Platform, actor_id: str, tree: Any, revision: int) -> None:
    """Nobody had the actor once its generation was known, and nobody has it while it has the same: who comes
    then raises it, and the write is fenced.
    """
    store = await platform.store()
    (record,) = await store.get([actor_id])
    held = await store.locate(actor_id) is not None
    if held or await store.revisions([actor_id]) != {actor_id: (record.generation, revision)}:
        raise error("inspector.state_changed")
    known = platform.registry.get(record.name)
    if known.state is None:
        raise error("actor.state_not_enabled")
    whole = known.state.encode(fitting(known.state, tree, known.options.max_state_size))
    if not await store.commit([StateWrite(actor_id, record.generation, revision + 1, whole)]):
        raise error("inspector.state_changed")
