"""What an operator may tell any actor by its id: to sleep, to start anew, to save, to pause and to go on.

For the management API. Each is carried out here, or says who has the actor. One that sleeps is not woken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import (
    ActorRecord,
    ClaimRequest,
    HeldElsewhere,
    HoldChange,
    Store,
    StoreInterrupted,
)

Order: TypeAlias = Callable[[Node, str, Clock], Awaitable[HeldElsewhere | None]]


async def put_to_sleep(node: Node, actor_id: str, clock: Clock) -> HeldElsewhere | None:
    """Returns once it has been told; whoever sleeps already goes on sleeping. Raises actor.not_found."""
    task = await _awake(node, actor_id)
    if isinstance(task, HeldElsewhere):
        return task
    if isinstance(task, ActorTask):
        task.request_sleep()
    return None


async def start_anew(node: Node, actor_id: str, clock: Clock) -> HeldElsewhere | None:
    """A new generation in place of one that is awake, or of one that has crashed and waits for its restart.

    Returns once it has been told; the start comes behind the end. Raises actor.not_found.
    """
    task = await _awake(node, actor_id)
    if isinstance(task, HeldElsewhere):
        return task
    if isinstance(task, ActorTask):
        task.request_sleep()
        clock.spawn(_again(node, actor_id, task), name="actor start anew")
    elif task.restart_at is not None:
        clock.spawn(_again(node, actor_id, None), name="actor start anew")
    return None


async def save(node: Node, actor_id: str, clock: Clock) -> HeldElsewhere | None:
    """Returns when its state as it is now is durable, as that of one that sleeps is.

    Raises actor.not_found, actor.starting, and what keeps the state from being stored.
    """
    task = await _awake(node, actor_id)
    if isinstance(task, HeldElsewhere):
        return task
    if isinstance(task, ActorTask):
        if task.ending:
            await task.stopped()
        else:
            await task.serving.save()
    return None


async def hold(node: Node, actor_id: str, clock: Clock, change: HoldChange) -> HeldElsewhere | None:
    """Write the mark where it lasts, and then let the actor know. Returns when nothing begins any more.

    The mark comes first: a claim sees it, or we see the claim. Repeating it does no harm. Raises
    actor.not_found, actor.outcome_unknown.
    """
    store, now = node.store, clock.now_ms()
    try:
        record = await store.hold(actor_id, change, now)
    except StoreInterrupted:
        raise error("actor.outcome_unknown") from None
    if record is None:
        raise error("actor.not_found")
    owner = await store.locate(actor_id)
    if owner is not None and owner.node_id != node.node_id:
        return HeldElsewhere(actor_id, owner)
    task = await node.arrived(actor_id, (record.name, record.key))
    if task is not None:
        await task.inspection.hold.look(partial(_read, store, actor_id))
    if change.calls is False:
        for key in (record.key, actor_id):  # of calls to its key, and to its id
            await store.outbox.hasten(record.name, key, now)
    return None


ORDERS: Final[Mapping[str, Order]] = {
    "sleep": put_to_sleep,
    "reschedule": start_anew,
    "save": save,
    "pause": partial(hold, change=HoldChange(calls=True)),
    "resume": partial(hold, change=HoldChange(calls=False)),
    "pause-queues": partial(hold, change=HoldChange(queues=True)),
    "resume-queues": partial(hold, change=HoldChange(queues=False)),
}
"""By the word that a door has for each."""


async def _again(node: Node, actor_id: str, before: ActorTask | None) -> None:
    if before is not None:
        await before.stopped()
    with contextlib.suppress(ActorError):  # logged where it failed; the record shows it
        await node.ensure(ClaimRequest(actor_id=actor_id))


async def _awake(node: Node, actor_id: str) -> ActorTask | ActorRecord | HeldElsewhere:
    """The task if it is here, who has it if it is elsewhere, its record if it is nowhere."""
    task = node.resident(actor_id)
    if task is not None:
        return task
    record = await _read(node.store, actor_id)
    if record is None:
        raise error("actor.not_found")
    owner = await node.store.locate(actor_id)
    if owner is not None and owner.node_id != node.node_id:
        return HeldElsewhere(actor_id, owner)
    return record


async def _read(store: Store, actor_id: str) -> ActorRecord | None:
    records = await store.get([actor_id])
    return records[0] if records and records[0].destroyed_at is None else None
