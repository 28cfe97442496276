"""One connection: the end that authors hold (`Conn`) and the end that the gateway gives (`Port`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from actors.protocol.codec import Codec
from actors.protocol.messages import Frame

S = TypeVar("S")


class Port(Protocol):
    """The gateway's end of a socket. The session may upgrade `codec` while the connection lives."""

    codec: Codec

    def write(self, frame: Frame) -> None:
        """Never blocks and never raises: the gateway bounds what is unsent."""
        ...

    def close(self, code: int, reason: str) -> None: ...


@dataclass(slots=True)
class ConnectRequest:
    """What a caller brings: params of the client, and what Django knows of it."""

    params: Any = None
    user: Any = None
    session: Any = None
    scope: Any = None


class EventName(Protocol):
    """An event, or the definition of one: something with a wire name."""

    @property
    def name(self) -> str: ...


class ConnOwner(Protocol):
    """The actor behind a connection, as the connection sees it."""

    def send(self, conn: Conn[Any], event: str | EventName, args: tuple[Any, ...]) -> None: ...

    def disconnect(self, conn: Conn[Any], reason: str) -> None: ...


class Conn(Generic[S]):
    """A client of the actor. `Conn[str]` says that `state` is a str; authors set it in `on_connect`.

    An HTTP call has a connection as well, for its own length: it receives no events.
    """

    __slots__ = (
        "_held",
        "_id",
        "_owner",
        "open",
        "params",
        "port",
        "request",
        "state",
        "subscriptions",
        "unwanted",
    )

    def __init__(
        self, request: ConnectRequest, port: Port | None = None, owner: ConnOwner | None = None
    ) -> None:
        self.request = request
        self.params = request.params
        self.port = port
        self.state: S = None  # type: ignore[assignment]  # the author's on_connect gives it its value
        self.subscriptions: set[str] = set()
        self.open = False
        # Why it is to be closed as soon as it is let in: on_connect has disconnected it.
        self.unwanted: str | None = None
        self._owner = owner
        self._id: str | None = None
        # Frames wait here until the gateway has greeted the client: its first frame must be the greeting.
        self._held: list[Frame] | None = []

    @property
    def id(self) -> str:
        """A UUID, known to the client."""
        if self._id is None:
            self._id = str(uuid.uuid4())
        return self._id

    @property
    def user(self) -> Any:
        """Django's user, if the door authenticated one."""
        return self.request.user

    @property
    def session(self) -> Any:
        """Django's session, if there is one."""
        return self.request.session

    def send(self, event: str | EventName, *args: Any) -> None:
        """Send an event to this client alone, in order with all that the actor sends."""
        if self._owner is not None:
            self._owner.send(self, event, args)

    def disconnect(self, reason: str = "") -> None:
        """Close with code 1000 after everything that was sent before."""
        if self._owner is not None:
            self._owner.disconnect(self, reason)

    def write(self, frame: Frame) -> None:
        """For the runtime: pass a frame to the port, or keep it until `release`."""
        if self._held is not None:
            self._held.append(frame)
        elif self.port is not None:
            self.port.write(frame)

    def release(self) -> None:
        """For the runtime: the client has been greeted."""
        held, self._held = self._held, None
        for frame in held or ():
            self.write(frame)

    def close(self, code: int, reason: str) -> None:
        """For the runtime: end the socket now."""
        if self.port is not None:
            self.release()
            self.port.close(code, reason)
