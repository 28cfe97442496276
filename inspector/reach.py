"""The way from a page to an actor that is to do something: here, or at the node that hosts it.

Only deeds come this way: every function may wake the actor, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from actors.api.transport import Target
from actors.errors import error
from actors.gateway.elsewhere import through_owner
from actors.gateway.forward import Answer, Call
from actors.gateway.making import destroy_actor
from actors.gateway.platform import Platform, current
from actors.gateway.routes import url_of
from actors.gateway.transport import PlatformTransport
from actors.gateway.wire import error_in
from actors.storage.store import ClaimRequest, HeldElsewhere

T = TypeVar("T")


async def at_home(work: Coroutine[Any, Any, T]) -> T:
    """Do `work` on the loop of this process's node and wait for it on the caller's."""
    home = current().loop
    if home is None or home is asyncio.get_running_loop():
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))


async def wake(actor_id: str) -> None:
    """Returns when the actor is awake. Raises what its start raises."""
    await at_home(_wake(current(), actor_id))


async def sleep(actor_id: str) -> None:
    """Returns when the actor sleeps. It is not woken for it."""
    await at_home(_sleep(current(), actor_id))


async def destroy(actor_id: str) -> None:
    """Returns when the actor is gone."""
    await at_home(destroy_actor(current(), actor_id))


async def call(actor: Any, action: str, args: Sequence[Any]) -> Any:
    """The result of an action; wakes the actor. Raises what the action raises."""
    target = Target(actor.name, "for_id", actor_id=actor.pk)
    return await PlatformTransport(current()).call(target, action, args)


async def _wake(platform: Platform, actor_id: str) -> None:
    node = await platform.ready()
    again = partial(node.ensure, ClaimRequest(actor_id=actor_id))
    found = await again()
    if isinstance(found, HeldElsewhere):
        knock = Call("GET", url_of(f"/gateway/{actor_id}/health", ""))
        answer = await through_owner(platform, found, knock, again)
        if isinstance(answer, Answer) and answer.status != 200:
            raise error_in(answer)


async def _sleep(platform: Platform, actor_id: str) -> None:
    node = await platform.ready()
    task = node.local(actor_id)
    if task is not None:
        task.request_sleep()
        await task.stopped()
        return
    owner = await node.store.locate(actor_id)
    if owner is not None and owner.node_id != node.node_id:
        raise error("guard.not_available", feature="Putting an actor of another process to sleep")
