"""Delivers a call of the outbox to its actor, here or at the node that holds it.

`deliver` is what the relay of a node calls; `take` is the door `POST /actors/outbox`, by which it reaches the
owner, open to the platform's own processes alone. That the call is done once is the actor's affair.
"""

from __future__ import annotations

import asyncio
from dataclasses import astuple, replace
from functools import partial
from typing import Any, Final

from actors.api.transport import Target
from actors.errors import ActorError, error
from actors.gateway.elsewhere import check_hops, through_owner
from actors.gateway.entry import read_body
from actors.gateway.forward import Answer, Call
from actors.gateway.outbox import unpack_target
from actors.gateway.parcels import check_delivery, delivery_of
from actors.gateway.platform import Platform
from actors.gateway.records import ApiRequest
from actors.gateway.resolve import Unmade, check_target, claim_of, ensure
from actors.gateway.routes import url_of
from actors.gateway.wire import connect_request, error_in, wire_target
from actors.protocol import cbor
from actors.protocol.codec import codec_for
from actors.runtime.calls import current
from actors.runtime.deliveries import Delivery
from actors.runtime.task import ActorTask
from actors.storage.outbox import OutboxCall, OutboxRow
from actors.storage.store import HeldElsewhere

PATH: Final = "/actors/outbox"
_CBOR: Final = codec_for("cbor")


async def deliver(platform: Platform, row: OutboxRow) -> None:
    """Return when it is done, now or before. Raises what kept the actor from it."""
    # Whoever stored the call does not wait for it.
    current.set(None)
    found: ActorTask | HeldElsewhere | Answer = await _find(platform, row)
    if isinstance(found, HeldElsewhere):
        body = cbor.encode([row.row_id, row.attempts, *astuple(row.call)])
        call = Call("POST", url_of(PATH, ""), {b"content-type": b"application/octet-stream"}, body)
        found = await through_owner(platform, found, call, partial(_find, platform, row))
    if isinstance(found, ActorTask):
        await _do(platform, found, row)
    elif found.status != 200:
        raise error_in(found)


async def take(request: ApiRequest) -> Any:
    """Raises api.forbidden, guard.wrong_node, and as `deliver`."""
    platform, seal = request.platform, request.seal
    if seal is None:
        raise error("api.forbidden")
    body = await read_body(request.http, 2 * platform.config.max_input, seal)
    row_id, attempts, *call = cbor.decode(body)
    row = OutboxRow(row_id, attempts, OutboxCall(*call))
    found = await _find(platform, row)
    if isinstance(found, HeldElsewhere):
        check_hops(seal, found)
        raise error("guard.wrong_node", actor_id=found.actor_id)
    await _do(platform, found, row)
    return {}


async def _find(platform: Platform, row: OutboxRow) -> ActorTask | HeldElsewhere:
    node = await platform.ready()
    wire = wire_target(unpack_target(row.call), platform.config)
    check_target(platform.config, wire)
    try:
        return await ensure(node, claim_of(platform, wire), partial(_check, platform, row.call))
    except Unmade as unmade:
        raise unmade.error from None


def _check(platform: Platform, call: OutboxCall) -> None:
    """Raises what is wrong with the call itself: the class may have changed since it was stored."""
    definition = platform.registry.get(call.name)
    if call.kind == "action":
        definition.action(call.member).bind(_args(call))
    else:
        check_delivery(_delivery(call), definition)


async def _do(platform: Platform, task: ActorTask, row: OutboxRow) -> None:
    target: Target = unpack_target(row.call)
    request, receipt = connect_request(target, platform.config), Receipt()
    if row.call.kind == "action":
        task.call(request, row.call.member, _args(row.call), receipt, row.row_id)
    else:
        task.deliver(request, replace(_delivery(row.call), outbox=row.row_id), receipt)
    await receipt.done


def _args(call: OutboxCall) -> list[Any]:
    args: list[Any] = cbor.decode(call.body)["args"]
    return args


def _delivery(call: OutboxCall) -> Delivery:
    return delivery_of(call.member, _CBOR.http_queue_request(call.body))


class Receipt:
    """A `Reply` that says that the call is done, or why not: its result interests nobody."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def encode(self, output: Any) -> None:
        return None

    def encode_error(self, err: ActorError) -> ActorError:
        return err

    def deliver(self, frame: ActorError | None) -> None:
        if self.done.done():  # cancelled with its relay
            return
        if frame is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(frame)
