"""Hibernation: how the connections of one generation get into the next, while their sockets stay open.

Called by the task and its ending. What is stored is RivetKit's record of a connection, one row each, with the
state in it as MessagePack, like the actor's own.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from actors.errors import ActorError, sanitize
from actors.logs import NOT_HIBERNATED, RESTORED, ROWS_LEFT, UNREADABLE, named
from actors.protocol import cbor, persist
from actors.runtime.admission import Admission
from actors.runtime.calls import current
from actors.runtime.conn import Conn, ConnectRequest, Socket, SocketId
from actors.runtime.connections import Connections
from actors.runtime.definition import ConnStateDefinition
from actors.runtime.identity import Identity
from actors.runtime.parking import INTERNAL_ERROR
from actors.runtime.surroundings import Surroundings
from actors.storage.store import StoredConn, StoreInterrupted

RECORD_VERSION: Final = 4
RETRY: Final = 1.0
"""Seconds between two tries to remove rows."""
NOT_STORED: Final = "actor.hibernation_persist_failed"

logger = logging.getLogger(__name__)


class Hibernation:
    """`_restored` and `_departed` hold, while the actor starts, the clients that are back and those gone."""

    __slots__ = (
        "_admission",
        "_connections",
        "_departed",
        "_identity",
        "_restored",
        "_state",
        "_surroundings",
    )

    def __init__(
        self,
        identity: Identity,
        state: ConnStateDefinition,
        surroundings: Surroundings,
        connections: Connections,
        admission: Admission,
    ) -> None:
        self._identity = identity
        self._state = state
        self._surroundings = surroundings
        self._connections = connections
        self._admission = admission
        self._restored: Sequence[tuple[Conn[Any], Socket]] = ()
        self._departed: Sequence[Conn[Any]] = ()

    @property
    def possible(self) -> bool:
        """Whether sockets may outlive this generation: not when the node goes."""
        return not self._surroundings.parking.closed

    # -- starting ------------------------------------------------------------------------------------
    def restore(self, records: Sequence[bytes]) -> None:
        """The rows that this generation was claimed with. No hook runs, and no client is greeted again."""
        sockets = self._surroundings.parking.take(self._identity.actor_id)
        if not (records or sockets):
            return
        restored, departed = [], []
        for conn_id, (record, state) in self._decoded(records).items():
            socket = sockets.pop(SocketId(record.gateway_id, record.request_id), None)
            conn = self._revived(record, state, socket)
            if socket is None or socket.gone:
                departed.append(conn)
            else:
                self._connections.restore(conn, [wish.event_name for wish in record.subscriptions])
                restored.append((conn, socket))
            if RESTORED.wanted(logger):
                outcome = "dead_not_live" if socket is None else "live"
                RESTORED.say(logger, self._identity.fields(conn_id=conn_id, outcome=outcome))
        self._restored, self._departed = restored, departed
        for socket in sockets.values():
            # Nothing is stored of it, or nothing that can be read.
            socket.close(INTERNAL_ERROR, "actor.restarting")

    def resume(self, task: Any) -> None:
        """The generation serves: replay what waits, forget the rows, and see off who has gone."""
        restored, departed = self._restored, self._departed
        self._restored = self._departed = ()
        if restored or departed:
            self._admission.hold_farewells(self._forget())
        for conn in departed:
            self._admission.farewell(conn)
        # What is replayed is not called by whoever has woken the actor.
        token = current.set(None)
        try:
            for conn, socket in restored:
                socket.attach(task, conn)
        finally:
            current.reset(token)

    def refuse(self, failure: BaseException) -> None:
        """The generation could not start. Its rows stay, for the next one to see the clients off."""
        reason = sanitize(failure, self._surroundings.expose_errors).name
        for _, socket in self._restored:
            socket.close(INTERNAL_ERROR, reason)

    async def _forget(self) -> None:
        """Before any farewell: whom a row still names, the next generation would see off once more."""
        identity, clock = self._identity, self._surroundings.clock
        while True:
            try:
                await self._surroundings.store.forget_conns(identity.actor_id, identity.generation)
                return
            except (ActorError, StoreInterrupted) as failure:
                ROWS_LEFT.say(logger, identity.fields(error=named(failure)))
            await clock.sleep(RETRY)

    def _decoded(self, records: Sequence[bytes]) -> dict[str, tuple[persist.Conn, Any]]:
        """By connection id, the latest record of each; what cannot be read is left out."""
        decoded = {}
        for data in records:
            try:
                record, _ = persist.CONN_RECORD.decode(bytes(data))
                decoded[record.id] = record, self._state.decode(record.state)
            except Exception as failure:  # an author's type may fail in any way
                UNREADABLE.say(logger, self._identity.fields(error=named(failure)))
        return decoded

    def _revived(self, record: persist.Conn, state: Any, socket: Socket | None) -> Conn[Any]:
        if socket is None:
            request = ConnectRequest(cbor.decode(record.parameters))
            conn: Conn[Any] = Conn(request, conn_id=record.id)
        else:
            conn = Conn(socket.request, socket.port, self._connections, socket, record.id)
        conn.state = state
        conn.release()
        return conn

    # -- falling asleep ------------------------------------------------------------------------------
    def suspend(self) -> None:
        """The actor leaves for sleep: new frames wait at the gateway."""
        for _, socket in self._connections.sockets():
            socket.detach()

    def settle(self) -> None:
        """Before the last save: whose client has left, or whose state cannot be stored, is seen off now."""
        for conn, socket in self._connections.sockets():
            if socket.gone:
                self._connections.remove(conn)
            elif self._stored(conn, socket) is None:
                self._connections.dismiss(conn, INTERNAL_ERROR, NOT_STORED)

    def rows(self) -> list[StoredConn]:
        """What the next generation restores."""
        found = [self._stored(conn, socket) for conn, socket in self._connections.sockets()]
        return [row for row in found if row is not None]

    def park(self) -> None:
        """The rows are durable: the sockets wait."""
        conns = self._connections.withdraw()
        self._surroundings.parking.park(self._identity, [conn.socket for conn in conns if conn.socket])

    def _stored(self, conn: Conn[Any], socket: Socket) -> StoredConn | None:
        path, headers = socket.origin()
        try:
            record = persist.Conn(
                id=conn.id,
                parameters=cbor.encode(conn.params),
                state=self._state.encode(conn.state),
                subscriptions=[persist.Subscription(name) for name in sorted(conn.subscriptions)],
                gateway_id=socket.id.gateway_id,
                request_id=socket.id.request_id,
                # Nothing that was sent to a client is sent again.
                server_message_index=0,
                client_message_index=socket.acknowledged,
                request_path=path,
                request_headers=dict(headers),
            )
            return StoredConn(conn.id, persist.CONN_RECORD.encode(record, RECORD_VERSION))
        except Exception as failure:  # an author's value may fail in any way
            NOT_HIBERNATED.say(logger, self._identity.fields(error=named(failure)))
            return None
