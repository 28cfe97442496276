"""The way from a page to an actor that is to do something: here, or at the node that hosts it.

What wakes the actor says so. Who only looks goes by `looking`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from actors.api.transport import Target
from actors.gateway.dependencies import Finding, found_lately
from actors.gateway.elsewhere import through_owner
from actors.gateway.forward import JSON, Answer, Call
from actors.gateway.inspector_routes import Inspected, endpoint_of
from actors.gateway.making import destroy_actor
from actors.gateway.orders_api import give, order_call
from actors.gateway.platform import Platform, current
from actors.gateway.routes import url_of
from actors.gateway.transport import PlatformTransport
from actors.gateway.wire import error_in
from actors.runtime.connections import ConnectRequest
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
    """Returns when the actor sleeps, or has been told to by its own node. It is not woken for it."""
    await at_home(_sleep(current(), actor_id))


async def order(actor_id: str, word: str) -> None:
    """An order of `actors.runtime.orders`: returns as it does, and raises what it raises. Wakes nobody."""
    await at_home(give(current(), actor_id, word))


async def destroy(actor_id: str) -> None:
    """Returns when the actor is gone."""
    await at_home(destroy_actor(current(), actor_id))


async def dependencies_found() -> Sequence[Finding]:
    """What the platform stands on, and how it does."""
    return await at_home(found_lately(current()))


async def call(actor: Any, action: str, args: Sequence[Any]) -> Any:
    """The result of an action; wakes the actor. Raises what the action raises."""
    target = Target(actor.name, "for_id", actor_id=actor.pk)
    return await PlatformTransport(current()).call(target, action, args)


async def through_inspector(actor_id: str, method: str, path: str, body: bytes) -> bytes:
    """Change something by the endpoint `path` of `/inspector`, with its body as JSON. Wakes the actor.

    Returns the endpoint's answer, as JSON. Raises what the endpoint raises, as inspector.state_changed.
    """
    return await at_home(_through_inspector(current(), actor_id, Call(method, path, JSON, body)))


async def change(actor_id: str, path: str, body: bytes) -> bool:
    """As `through_inspector`, where the answer is a number or a truth: whether there was anything to do."""
    return any(msgspec.json.decode(await through_inspector(actor_id, "POST", path, body)).values())


async def _through_inspector(platform: Platform, actor_id: str, asked: Call) -> bytes:
    node = await platform.ready()
    again = partial(node.ensure, ClaimRequest(actor_id=actor_id))
    found = await again()
    if isinstance(found, HeldElsewhere):
        url = url_of(f"/gateway/{actor_id}/inspector{asked.url}", "")
        answer = await through_owner(platform, found, Call(asked.method, url, JSON, asked.body), again)
        if isinstance(answer, Answer):
            _check(answer)
            return answer.body
        found = answer
    inspected = Inspected(found, asked.url, "", asked.body, ConnectRequest())
    return await endpoint_of(asked.method, asked.url)(inspected)


def _check(answer: Answer) -> None:
    if answer.status != 200:
        raise error_in(answer)


async def _wake(platform: Platform, actor_id: str) -> None:
    node = await platform.ready()
    again = partial(node.ensure, ClaimRequest(actor_id=actor_id))
    found = await again()
    if isinstance(found, HeldElsewhere):
        knock = Call("GET", url_of(f"/gateway/{actor_id}/health", ""))
        answer = await through_owner(platform, found, knock, again)
        if isinstance(answer, Answer):
            _check(answer)


async def _sleep(platform: Platform, actor_id: str) -> None:
    node = await platform.ready()
    task = node.local(actor_id)
    if task is not None:
        task.request_sleep()
        await task.stopped()
        return
    owner = await node.store.locate(actor_id)
    if owner is not None and owner.node_id != node.node_id:
        call = order_call(platform.config, actor_id, "sleep")
        _check(await platform.forwarder.send(owner.address, call, hops=1))
