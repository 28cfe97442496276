"""What an operator may tell any actor by its id: to sleep, and to start anew. Here, or say who has it.

For the management API. An actor that sleeps is not woken for an order.
"""

from __future__ import annotations

import contextlib

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import ActorRecord, ClaimRequest, HeldElsewhere


async def put_to_sleep(node: Node, actor_id: str) -> HeldElsewhere | None:
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
    records = await node.store.get([actor_id])
    if not records or records[0].destroyed_at is not None:
        raise error("actor.not_found")
    owner = await node.store.locate(actor_id)
    if owner is not None and owner.node_id != node.node_id:
        return HeldElsewhere(actor_id, owner)
    return records[0]
