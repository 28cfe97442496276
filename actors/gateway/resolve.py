"""From a route to its actor: the task in this process, or the node that hosts it.

The common case, an actor that is awake here, is two dictionary look-ups and no await. Used by views,
consumers and the transport.
"""

from __future__ import annotations

from typing import Final

from actors.clock import Clock
from actors.conf import NodeConfig
from actors.errors import MISSING, error
from actors.gateway.routes import Route
from actors.protocol import cbor
from actors.protocol.ids import is_actor_id, new_actor_id
from actors.protocol.keys import serialize_key
from actors.protocol.urls import DirectTarget, QueryTarget, Target
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest, NewActor

POOL: Final = "default"
"""The only pool: every node hosts every actor class of the project."""


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


def claim_of(target: Target, config: NodeConfig, clock: Clock) -> ClaimRequest:
    """What to ask of the directory. Raises actor.input_too_large."""
    if isinstance(target, DirectTarget):
        return ClaimRequest(actor_id=target.actor_id)
    key = serialize_key(target.key)
    new = None if target.method == "get" else new_actor(target, config, clock)
    return ClaimRequest(name=target.name, key=key, new=new)


def new_actor(target: QueryTarget, config: NodeConfig, clock: Clock) -> NewActor:
    """The actor that `target` would make. Raises actor.input_too_large."""
    return NewActor(
        actor_id=new_actor_id(),
        name=target.name,
        key=serialize_key(target.key),
        input=None if target.input is MISSING else check_input(config, cbor.encode(target.input)),
        crash_policy=target.crash_policy,
        created_at=clock.now_ms(),
    )


def check_input(config: NodeConfig, data: bytes) -> bytes:
    """The input itself. Raises actor.input_too_large."""
    if len(data) > config.max_input:
        raise error("actor.input_too_large", max_size=config.max_input)
    return data
