"""The outbox as callers fill it: one row for each call, written by Django in the caller's own transaction.

Used by the transport of handles, from sync code only. Whatever can be wrong with a call is told here, where
its caller can still do something about it. Delivers nothing: see `relay.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal

from django.db import DEFAULT_DB_ALIAS, connections

from actors.api.transport import Target
from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.parcels import Parcel, check_delivery
from actors.gateway.platform import Platform
from actors.gateway.resolve import check_target, new_actor
from actors.gateway.wire import Arguments, connect_request, creating_target, wire_target
from actors.protocol import cbor
from actors.protocol.keys import serialize_key
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Delivery
from actors.storage.outbox import OutboxCall
from actors.storage.outbox_postgres import parameters
from actors.storage.queries import QUERIES
from actors.storage.text import check_text

Write = Callable[[OutboxCall], None]


class Outbox:
    """`write` stores a call that has been found sound, so that it is there when Django has committed."""

    def __init__(self, platform: Platform, write: Write) -> None:
        self._platform = platform
        self._write = write

    def call(self, target: Target, action: str, args: Sequence[Any]) -> None:
        """See `actors.api.transport.Transport`."""
        definition, own = self._checked(target)
        arguments = Arguments(args, own.max_incoming_message)
        definition.action(action).bind(arguments.values())
        self._store(target, "action", action, arguments.body)

    def send(self, target: Target, delivery: Delivery) -> None:
        """As `call`, for a message."""
        definition, own = self._checked(target)
        parcel = Parcel(delivery, own.max_incoming_message)
        check_delivery(parcel.delivery(), definition)
        self._store(target, "queue", parcel.queue, parcel.body)

    def _checked(self, target: Target) -> tuple[ActorDefinition, NodeConfig]:
        """The class, and the configuration with its own limits. Raises what is wrong with the target."""
        check_place()
        platform, config = self._platform, self._platform.config
        if target.user is not None or target.session is not None:
            raise error("actor.invalid_request", reason="on_commit() is in nobody's name: use a plain handle")
        definition = platform.registry.get(target.name)
        check_target(config, wire_target(target, config))
        connect_request(target, config)
        if target.method == "get_or_create":
            new_actor(platform, creating_target(target, config))
        return definition, config.narrowed(definition.options)

    def _store(self, target: Target, kind: Literal["action", "queue"], member: str, body: bytes) -> None:
        # By its id an actor is in a line of its own.
        key = target.actor_id or serialize_key(target.key)
        check_text(target.name, key, member)
        now = self._platform.clock.now_ms()
        self._write(OutboxCall(target.name, key, kind, member, body, pack_target(target), now))


def check_place() -> None:
    """Raises outbox.not_here where no transaction of Django's on the actors' database can be meant."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise error("outbox.not_here", where="async code")
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            where = f"a transaction of the database {connection.alias!r}: actors are in {DEFAULT_DB_ALIAS!r}"
            raise error("outbox.not_here", where=where)


def write_by_django(call: OutboxCall) -> None:
    """On Django's own connection, so in the transaction that is open there. Raises its DatabaseError."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(QUERIES["outbox_add"], parameters(call))


def pack_target(target: Target) -> bytes:
    """How a handle means its actor, as it is stored."""
    return cbor.encode(
        {
            "method": target.method,
            "key": list(target.key),
            "actor_id": target.actor_id,
            "input": target.input,
            "params": target.params,
        }
    )


def unpack_target(call: OutboxCall) -> Target:
    """What `pack_target` has stored."""
    stored = cbor.decode(call.target)
    key = tuple(stored["key"])
    return Target(call.name, stored["method"], key, stored["actor_id"], stored["input"], stored["params"])
