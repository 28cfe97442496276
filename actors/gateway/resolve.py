"""From a route to its actor: the task in this process, or the node that hosts it.

The common case, an actor that is awake here, is two dictionary look-ups and no await. Used by views,
consumers and the transport.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from actors.conf import NodeConfig
from actors.errors import MISSING, ActorError, error
from actors.gateway.platform import Platform
from actors.gateway.routes import Route
from actors.protocol import cbor
from actors.protocol.ids import is_actor_id, new_actor_id
from actors.protocol.keys import serialize_key
from actors.protocol.urls import DirectTarget, QueryTarget, Target
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest, HeldElsewhere, NewActor

POOL: Final = "default"
"""The only pool: every node hosts every actor class of the project."""


class Unmade(Exception):
    """There is no such actor, and `error` is why the request made none: it is wrong in itself."""

    def __init__(self, error: ActorError) -> None:
        super().__init__(error)
        self.error = error


async def find(
    platform: Platform, route: Route, check: Callable[[], object], claim: ClaimRequest | None = None
) -> ActorTask | HeldElsewhere:
    """The actor of `route`, awake here, or who holds it. With a `claim` the directory is asked anew.

    `check` raises what is wrong with the request itself: such a request finds an actor, but makes none.
    Raises Unmade then, and what `check_target`, `claim_of` and `Node.ensure` raise.
    """
    check_target(platform.config, route.target)
    node = platform.node or await platform.ready()
    if claim is None:
        task = None if platform.draining else hosted(node, route)
        if task is not None:
            return task
        return await ensure(node, claim_of(platform, route.target), check)
    return await node.ensure(claim)


async def ensure(node: Node, claim: ClaimRequest, check: Callable[[], object]) -> ActorTask | HeldElsewhere:
    """As `Node.ensure`, for a request that `check` has to find sound before it may make its actor."""
    if claim.new is None:
        return await node.ensure(claim)
    try:
        check()
    except ActorError as wrong:
        return await _existing(node, replace(claim, new=None), wrong)
    return await node.ensure(claim)


async def _existing(node: Node, claim: ClaimRequest, wrong: ActorError) -> ActorTask | HeldElsewhere:
    try:
        return await node.ensure(claim)
    except ActorError as missing:
        if missing.name == "actor.not_found":
            raise Unmade(wrong) from None
        raise


def hosted(node: Node, route: Route) -> ActorTask | None:
    """The task if the actor is awake in this process and takes calls."""
    target = route.target
    if isinstance(target, DirectTarget):
        return node.local(target.actor_id)
    return node.local_by_key(target.name, route.key)


def check_target(config: NodeConfig, target: Target) -> None:
    """Raises namespace.not_found, actor.no_runner_config_configured, actor.not_found for what is no id."""
    if isinstance(target, DirectTarget):
        if not is_actor_id(target.actor_id):
            raise error("actor.not_found")
        return
    if target.namespace != config.namespace:
        raise error("namespace.not_found")
    if target.method == "getOrCreate" and target.pool != POOL:
        raise error("actor.no_runner_config_configured", namespace=target.namespace, pool_name=target.pool)


def claim_of(platform: Platform, target: Target) -> ClaimRequest:
    """What to ask of the directory. Raises as `new_actor` does for a target that may make its actor."""
    if isinstance(target, DirectTarget):
        return ClaimRequest(actor_id=target.actor_id)
    key = serialize_key(target.key)
    new = None if target.method == "get" else new_actor(platform, target)
    return ClaimRequest(name=target.name, key=key, new=new)


def new_actor(platform: Platform, target: QueryTarget) -> NewActor:
    """The actor that `target` would make.

    Raises actor.not_registered, actor.input_too_large, and actor.invalid_request for an input that the class
    does not take: before anything is stored.
    """
    given = None if target.input is MISSING else cbor.encode(target.input)
    return NewActor(
        actor_id=new_actor_id(),
        name=target.name,
        key=serialize_key(target.key),
        input=check_input(platform, target.name, given),
        crash_policy=target.crash_policy,
        created_at=platform.clock.now_ms(),
    )


def check_input(platform: Platform, name: str, data: bytes | None) -> bytes | None:
    """The input of a new actor itself, CBOR. Raises as `new_actor` does."""
    definition = platform.registry.get(name)
    if data is not None and len(data) > platform.config.max_input:
        raise error("actor.input_too_large", max_size=platform.config.max_input)
    definition.check_input(None if data is None else cbor.decode(data))
    return data
