"""Connections: who is connected to an actor, who wants which event, and the sending of events to them.

Everything sent joins the actor's stream. Whether a client may come in, and what hooks run, is `admission.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from actors.errors import ActorError
from actors.protocol.codec import Codec
from actors.protocol.messages import Frame
from actors.runtime.calls import ray_now
from actors.runtime.conn import Conn, ConnectRequest, EventName, Port, Socket
from actors.runtime.core import Core
from actors.runtime.definition import EventDefinition
from actors.runtime.kinds import Kind
from actors.runtime.watch import Aspect

__all__ = ["Conn", "ConnectRequest", "Connections", "Port"]

# The subscribers of one name, grouped by the codec that they speak. None: the muted, who are sent nothing.
_Groups = tuple[tuple[Codec | None, tuple[Conn[Any], ...]], ...]


class Connections:
    """The accepted connections of one actor. `left(conn)` is called once for each that goes."""

    __slots__ = (
        "_events",
        "_groups",
        "_left",
        "_open",
        "_stream",
        "_subscribers",
        "_view",
        "_watch",
        "_work",
    )

    def __init__(
        self,
        events: Mapping[str, EventDefinition],
        core: Core,
        left: Callable[[Conn[Any]], None],
    ) -> None:
        self._events = events
        self._stream = core.stream
        self._work = core.work
        self._watch = core.watch
        self._left = left
        self._open: dict[str, Conn[Any]] = {}
        self._view: Mapping[str, Conn[Any]] | None = None
        self._subscribers: dict[str, dict[Conn[Any], None]] = {}
        self._groups: dict[str, _Groups] = {}

    def __len__(self) -> int:
        return len(self._open)

    def sockets(self) -> list[tuple[Conn[Any], Socket]]:
        """The hibernatable connections."""
        return [(conn, conn.socket) for conn in self._open.values() if conn.socket is not None]

    def ending(self) -> list[Conn[Any]]:
        """The others, which end with this generation."""
        return [conn for conn in self._open.values() if conn.socket is None]

    def view(self) -> Mapping[str, Conn[Any]]:
        """The open connections by id: a snapshot, so the author may disconnect while iterating."""
        if self._view is None:
            self._view = MappingProxyType(dict(self._open))
        return self._view

    # -- coming and going ----------------------------------------------------------------------------
    def add(self, conn: Conn[Any]) -> None:
        """The client is in."""
        conn.open = True
        self._open[conn.id] = conn
        self._changed()
        if self._watch.followers:
            self._watch.tell("connection", "connected", conn.id, conn.request.ray)
        self._work.begin(_kind(conn))
        if conn.unwanted is not None:
            self.dismiss(conn, 1000, conn.unwanted)

    def restore(self, conn: Conn[Any], subscriptions: Iterable[str]) -> None:
        """A client of the generation before is back."""
        self.add(conn)
        for name in subscriptions:
            self.subscribe(conn, name)

    def remove(self, conn: Conn[Any]) -> bool:
        """Forget a client. False if it was not here (any more)."""
        if not conn.open:
            return False
        conn.open = False
        del self._open[conn.id]
        self._changed()
        if self._watch.followers:
            self._watch.tell("connection", "gone", conn.id, conn.request.ray)
        for name in tuple(conn.subscriptions):
            self.unsubscribe(conn, name)
        self._left(conn)
        self._work.end(_kind(conn))
        return True

    def disconnect(self, conn: Conn[Any], reason: str) -> None:
        """See `Conn.disconnect`."""
        conn.unwanted = reason
        self.dismiss(conn, 1000, reason)

    def cut_all(self, code: int, reason: str) -> None:
        """Close every socket now. For a generation that has ended: no hook runs."""
        for conn in self.withdraw():
            conn.close(code, reason)

    def withdraw(self) -> list[Conn[Any]]:
        """Forget every client, and close none. For a generation that has ended: no hook runs."""
        conns = list(self._open.values())
        self._open = {}
        self._changed()
        self._subscribers.clear()
        self._groups.clear()
        for conn in conns:
            conn.open = False
            self._work.end(_kind(conn))
        return conns

    def dismiss(self, conn: Conn[Any], code: int, reason: str) -> None:
        """Close one socket after what was sent before."""
        if self.remove(conn):
            parting = _Parting(conn)
            self._stream.emit(lambda _: conn.close(code, reason), None, parting)

    def _changed(self) -> None:
        self._view = None
        self.note()

    def note(self) -> None:
        """Something about who is connected is news to those who watch."""
        if self._watch.watchers:
            self._watch.note(Aspect.CONNECTIONS)

    # -- events --------------------------------------------------------------------------------------
    def subscribe(self, conn: Conn[Any], name: str) -> None:
        """Names that no event has are accepted and forgotten: a client cannot fill the memory with them."""
        if conn.open and name in self._events and name not in conn.subscriptions:
            conn.subscriptions.add(name)
            self._subscribers.setdefault(name, {})[conn] = None
            self._groups.pop(name, None)
            self.note()

    def unsubscribe(self, conn: Conn[Any], name: str) -> None:
        conn.subscriptions.discard(name)
        subscribers = self._subscribers.get(name)
        if subscribers is not None and conn in subscribers:
            del subscribers[conn]
            self._groups.pop(name, None)
            if not subscribers:
                del self._subscribers[name]
            self.note()

    def mute(self, conn: Conn[Any], muted: bool) -> None:
        """Send it no events, or events again, as long as its client is there, also through a sleep.

        What it misses is not kept for it. Its calls are answered as before.
        """
        conn.muted = muted
        if conn.socket is not None:
            conn.socket.muted = muted
        for name in conn.subscriptions:
            self._groups.pop(name, None)
        self.note()

    def broadcast(self, event: EventDefinition, args: Sequence[Any]) -> None:
        """Send to each subscriber under the name it subscribed with; encoded once per name and codec, now."""
        if not self._subscribers:
            return
        parcels = [
            (None if codec is None else codec.event(name, args), conns)
            for name in event.aliases | {event.name}
            for codec, conns in self._grouped(name)
        ]
        if parcels:
            self._stream.tell(_deliver, parcels)
            if self._watch.followers:
                receivers = sum(len(conns) for frame, conns in parcels if frame is not None)
                self._watch.tell("event", event.name, f"to {receivers}", ray_now())

    def send(self, conn: Conn[Any], event: str | EventName, args: Sequence[Any]) -> None:
        """See `Conn.send`."""
        if conn.port is None:
            return
        if conn.muted:
            self._stream.tell(_withhold, conn)
        else:
            name = self._name_for(conn, event if isinstance(event, str) else event.name)
            self._stream.tell(conn.write, conn.port.codec.event(name, args))

    def _name_for(self, conn: Conn[Any], name: str) -> str:
        event = self._events.get(name)
        if event is None or name in conn.subscriptions:
            return name
        return next((alias for alias in event.aliases if alias in conn.subscriptions), event.name)

    def _grouped(self, name: str) -> _Groups:
        groups = self._groups.get(name)
        if groups is None:
            groups = self._groups[name] = _group(self._subscribers.get(name, ()))
        return groups


class _Parting:
    """Stands in the stream for a close, as a reply does for an answer: `cut_all` knows the client no more."""

    __slots__ = ("_conn",)

    def __init__(self, conn: Conn[Any]) -> None:
        self._conn = conn

    def encode(self, output: Any) -> Any:
        return output

    def encode_error(self, err: ActorError) -> ActorError:
        return err

    def deliver(self, frame: Any) -> None:
        """The generation has ended before: the client connects again, to what is durable."""
        self._conn.close(1011, "actor.restarting")


def _kind(conn: Conn[Any]) -> Kind:
    return Kind.CONNECTION if conn.socket is None else Kind.HIBERNATABLE


def _group(conns: Iterable[Conn[Any]]) -> _Groups:
    by_codec: dict[Codec | None, list[Conn[Any]]] = {}
    for conn in conns:
        if conn.port is not None:
            by_codec.setdefault(None if conn.muted else conn.port.codec, []).append(conn)
    return tuple((codec, tuple(members)) for codec, members in by_codec.items())


def _deliver(parcels: Sequence[tuple[Frame | None, Sequence[Conn[Any]]]]) -> None:
    for frame, conns in parcels:
        if frame is None:
            for conn in conns:
                _withhold(conn)
            continue
        for conn in conns:
            conn.write(frame)


def _withhold(conn: Conn[Any]) -> None:
    """An event would go to a muted client now."""
    traffic = None if conn.port is None else conn.port.traffic
    if traffic is not None:
        traffic.dropped += 1
