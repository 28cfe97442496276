"""Handle calls in a process that hosts a node: straight to the runtime, or on to the owner's node."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar

from actors.api.transport import Target
from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.chains import chain_headers
from actors.gateway.elsewhere import through_owner
from actors.gateway.forward import Answer, Call
from actors.gateway.listener import Listener, ValueReply, value_of
from actors.gateway.parcels import Parcel, QueueReply, check_delivery
from actors.gateway.platform import Platform
from actors.gateway.rays import ray_header
from actors.gateway.resolve import Unmade, check_target, claim_of, ensure, new_actor
from actors.gateway.routes import url_of
from actors.gateway.waking import Waking
from actors.gateway.wire import (
    HEADERS,
    Arguments,
    connect_request,
    creating_target,
    output_of,
    param_headers,
    wire_target,
)
from actors.protocol.keys import serialize_key
from actors.protocol.urls import DirectTarget, escape
from actors.runtime.atomic import beside_block
from actors.runtime.definition import ActorDefinition
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest, HeldElsewhere, NewActor

P = ParamSpec("P")
T = TypeVar("T")


class _Ask(NamedTuple):
    """What is asked of an actor: the last parts of its URL, and `check` before one is made for it.

    `ray` is the id of the request.
    """

    way: Literal["action", "queue"]
    name: str
    body: bytes
    check: Callable[[], object]
    ray: str | None


def _beside_block(
    method: Callable[Concatenate[Inside, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Inside, P], Coroutine[Any, Any, T]]:
    """What a call starts elsewhere must not inherit the atomic block that its caller is in."""

    @wraps(method)
    async def called(self: Inside, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await beside_block(self.clock, partial(method, self, *args, **kwargs))

    return called


class Inside:
    """Runs on the node's loop only."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.clock = platform.clock

    async def wake_due(self) -> int:
        """Have the actors woken whose alarms are due. Raises storage.unavailable."""
        node, platform = await self._platform.ready(), self._platform
        return await Waking(node.store, platform.forwarder, platform.clock, node.rousing.wake).due()

    @_beside_block
    async def call(self, target: Target, action: str, args: Arguments) -> Any:
        definition, own = self._definition(target)
        args.check(own.max_incoming_message)
        request = connect_request(target, self._platform.config)
        ask = _Ask(
            "action",
            action,
            args.body,
            lambda: definition.action(action).bind(args.values()),
            request.ray,
        )
        found = await self._reach(target, ask)
        if isinstance(found, Answer):
            return output_of(found)
        reply = ValueReply(own)
        found.call(request, action, args.values(), reply)
        return value_of(await reply.answer)

    @_beside_block
    async def post(self, target: Target, parcel: Parcel) -> Any:
        """A message into a queue; see `actors.api.transport.Transport`."""
        definition, own = self._definition(target)
        parcel.check(own.max_incoming_message)
        request = connect_request(target, self._platform.config)
        ask = _Ask(
            "queue",
            parcel.queue,
            parcel.body,
            lambda: check_delivery(parcel.delivery(), definition),
            request.ray,
        )
        found = await self._reach(target, ask)
        if isinstance(found, Answer):
            return parcel.response_of(found)
        reply = QueueReply(own)
        found.deliver(request, parcel.delivery(), reply)
        return parcel.response_in(await reply.answer)

    @_beside_block
    async def resolve(self, target: Target) -> str:
        """The id. An actor that `create` or `get_or_create` makes is started by its first call."""
        node = await self._platform.ready()
        if target.method == "create":
            return (await node.store.create(self._new_actor(target))).actor_id
        if target.method == "get_or_create":
            record, _ = await node.store.get_or_create(self._new_actor(target))
            return record.actor_id
        if target.method == "for_id":
            records = await node.store.get([target.actor_id or ""])
            found = next((record for record in records if record.destroyed_at is None), None)
        else:
            found = await node.store.find(target.name, serialize_key(target.key))
        if found is None:
            raise error("actor.not_found")
        return found.actor_id

    @_beside_block
    async def connect(self, target: Target) -> Listener:
        node, config = await self._platform.ready(), self._platform.config
        request = connect_request(target, config)
        found = await self._find(node, target, _nothing)
        if isinstance(found, HeldElsewhere):
            raise error("guard.not_available", feature="A lasting connection to an actor on another node")
        return await Listener.open(found, request, config.narrowed(found.definition.options))

    def _definition(self, target: Target) -> tuple[ActorDefinition, NodeConfig]:
        """The class, and the configuration with its own limits."""
        definition = self._platform.registry.get(target.name)
        return definition, self._platform.config.narrowed(definition.options)

    async def _reach(self, target: Target, ask: _Ask) -> ActorTask | Answer:
        """The actor if it is here, or comes here in the meantime; else the answer of its owner."""
        node, config = await self._platform.ready(), self._platform.config
        found = await self._find(node, target, ask.check)
        if not isinstance(found, HeldElsewhere):
            return found
        url = url_of(f"/gateway/{found.actor_id}/{ask.way}/{escape(ask.name)}", "")
        headers = {**HEADERS, **param_headers(target, config), **chain_headers(), **ray_header(ask.ray)}
        call = Call("POST", url, headers, ask.body)
        again = partial(node.ensure, ClaimRequest(actor_id=found.actor_id))
        return await through_owner(self._platform, found, call, again)

    async def _find(
        self, node: Node, target: Target, check: Callable[[], object]
    ) -> ActorTask | HeldElsewhere:
        wire = wire_target(target, self._platform.config)
        task: ActorTask | None
        if isinstance(wire, DirectTarget):
            task = node.local(wire.actor_id)
        else:
            task = node.local_by_key(wire.name, serialize_key(wire.key))
        if task is not None:
            return task
        check_target(self._platform.config, wire)
        try:
            return await ensure(node, claim_of(self._platform, wire), check)
        except Unmade as unmade:
            raise unmade.error from None

    def _new_actor(self, target: Target) -> NewActor:
        return new_actor(self._platform, creating_target(target, self._platform.config))


def _nothing() -> None:
    """A connection asks for nothing yet that could be wrong."""
