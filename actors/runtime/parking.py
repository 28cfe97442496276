"""Parking: where the sockets wait whose actors sleep, and from where they wake them. One per node.

Actors come by when they fall asleep and when they start; the gateway when a client speaks or leaves. Knows
nothing of connections: those are rows until the actor is awake again.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from actors.clock import Clock
from actors.errors import sanitize
from actors.logs import NOT_WOKEN, named
from actors.runtime.calls import current
from actors.runtime.conn import ID_LENGTH, Socket, SocketId
from actors.runtime.identity import Identity

GOING_AWAY: Final = 1001
INTERNAL_ERROR: Final = 1011

logger = logging.getLogger(__name__)


class _Lot:
    """The sockets of one sleeping actor."""

    __slots__ = ("identity", "sockets", "waking")

    def __init__(self, identity: Identity, sockets: dict[SocketId, Socket]) -> None:
        self.identity = identity
        self.sockets = sockets
        self.waking = False


class Parking:
    """`wake` starts an actor, or raises why not. `closed`: no socket outlives its actor any more."""

    __slots__ = ("_clock", "_gateway_id", "_lots", "_numbers", "_wake", "closed")

    def __init__(self, clock: Clock, wake: Callable[[Identity], Awaitable[None]]) -> None:
        self._clock = clock
        self._wake = wake
        self._lots: dict[str, _Lot] = {}
        self._gateway_id = os.urandom(ID_LENGTH)
        self._numbers = itertools.cycle(range(256**ID_LENGTH))
        self.closed = False

    def __len__(self) -> int:
        return sum(len(lot.sockets) for lot in self._lots.values())

    def new_id(self) -> SocketId:
        """For a socket that has been opened."""
        return SocketId(self._gateway_id, next(self._numbers).to_bytes(ID_LENGTH, "big"))

    # -- the actor's side ----------------------------------------------------------------------------
    def park(self, identity: Identity, sockets: Iterable[Socket]) -> None:
        """The actor has fallen asleep, and its connections are stored."""
        parked = list(sockets)
        if parked:
            here = {socket.id: socket for socket in parked if not socket.gone}
            self._lots[identity.actor_id] = _Lot(identity, here)
        if any(socket.gone or socket.waiting for socket in parked):
            self.knock(identity.actor_id)

    def take(self, actor_id: str) -> dict[SocketId, Socket]:
        """The actor starts: its sockets are its own again."""
        lot = self._lots.pop(actor_id, None)
        return {} if lot is None else lot.sockets

    # -- the gateway's side --------------------------------------------------------------------------
    def knock(self, actor_id: str) -> None:
        """Wake the actor if it sleeps here. If it cannot be woken, its sockets are closed with the reason."""
        lot = self._lots.get(actor_id)
        if lot is not None and not (lot.waking or self.closed):
            lot.waking = True
            self._clock.spawn(self._rouse(lot), name="wake by a socket")

    def leave(self, actor_id: str, socket: Socket) -> None:
        """The client has gone: the actor is woken to see it off."""
        lot = self._lots.get(actor_id)
        if lot is not None and lot.sockets.pop(socket.id, None) is not None:
            self.knock(actor_id)

    async def _rouse(self, lot: _Lot) -> None:
        # Whatever code has parked the socket or spoken through it does not wait for this.
        current.set(None)
        actor_id = lot.identity.actor_id
        try:
            await self._wake(lot.identity)
        except Exception as failure:
            NOT_WOKEN.say(logger, lot.identity.fields(error=named(failure)))
            if self._lots.get(actor_id) is lot:
                self.cut(actor_id, INTERNAL_ERROR, sanitize(failure).name)

    # -- closing -------------------------------------------------------------------------------------
    def cut(self, actor_id: str, code: int, reason: str) -> None:
        """Close the sockets of one actor."""
        for socket in self.take(actor_id).values():
            socket.close(code, reason)

    def cut_all(self, code: int, reason: str) -> None:
        for actor_id in tuple(self._lots):
            self.cut(actor_id, code, reason)

    def close(self) -> None:
        """The node goes. What is stored of connections stays: the next start sees their clients off."""
        self.closed = True
        self.cut_all(GOING_AWAY, "ws.going_away")
