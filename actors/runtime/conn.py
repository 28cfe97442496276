"""One connection: the end that authors hold (`Conn`) and the end that the gateway gives.

That is a `Port`; one that outlives the generations of its actor has a `Socket` around it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from actors.errors import error
from actors.protocol.codec import Codec
from actors.protocol.messages import Frame

S = TypeVar("S")

ID_LENGTH: Final = 4


@dataclass(slots=True)
class Traffic:
    """What has gone over a websocket since it was opened, in frames and bytes; `unsent` bytes are held.

    `dropped` frames were meant for the client and do not go: it is muted, raw, or being closed. `heard_at` is
    when its last frame came, in Unix milliseconds.
    """

    received: int = 0
    received_bytes: int = 0
    sent: int = 0
    sent_bytes: int = 0
    unsent: int = 0
    dropped: int = 0
    heard_at: int | None = None


class Port(Protocol):
    """The gateway's end of a socket. The session may upgrade `codec` while the connection lives."""

    codec: Codec

    @property
    def traffic(self) -> Traffic | None:
        """None where nothing is counted: in Python."""
        ...

    @property
    def round_trip(self) -> float | None:
        """Seconds that a packet takes there and back, read now; None where nobody knows."""
        ...

    def write(self, frame: Frame) -> None:
        """Never blocks and never raises: the gateway bounds what is unsent."""
        ...

    def close(self, code: int, reason: str) -> None: ...


@dataclass(slots=True)
class ConnectRequest:
    """What a caller brings: params of the client, and what Django knows of it.

    `opened_at` of a websocket in Unix milliseconds; None for a call. `ray` is the id of the request, or of
    the opening of the socket.
    """

    params: Any = None
    user: Any = None
    session: Any = None
    scope: Any = None
    opened_at: int | None = None
    ray: str | None = None


@dataclass(frozen=True, slots=True)
class SocketId:
    """A socket among those of all gateways: the gateway's id, and its own there.

    Raises actor.invalid_request unless each is of 4 bytes.
    """

    gateway_id: bytes
    request_id: bytes

    def __post_init__(self) -> None:
        for name, given in (("gateway_id", self.gateway_id), ("request_id", self.request_id)):
            if len(given) != ID_LENGTH:
                reason = f"{name} of a hibernatable websocket must be exactly 4 bytes, got {len(given)}"
                raise error("actor.invalid_request", reason=reason)


class Socket(Protocol):
    """A hibernatable connection's end at the gateway: it stays open while its actor sleeps.

    It keeps each frame until its answer has left, and gives what it has kept to the next generation.
    """

    id: SocketId
    port: Port
    request: ConnectRequest
    muted: bool
    """For the connection of the next generation."""

    @property
    def gone(self) -> bool:
        """Whether the client has left, and nothing of what it said is worth waking for."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether a frame waits for the next generation."""
        ...

    @property
    def acknowledged(self) -> int:
        """Index of the last frame before which, and which itself, nothing is unanswered. Wraps at 65,536."""
        ...

    def origin(self) -> tuple[str, Mapping[str, str]]:
        """Path and lower-cased headers of the request that opened it, without credentials."""
        ...

    def attach(self, task: Any, conn: Conn[Any]) -> None:
        """A generation (an `ActorTask`) serves from now on: it gets what waits, in order."""
        ...

    def detach(self) -> None:
        """The generation takes no more frames."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the port, and forget what waits."""
        ...


class EventName(Protocol):
    """An event, or the definition of one: something with a wire name."""

    @property
    def name(self) -> str: ...


class RawEnd(Protocol):
    """A raw websocket, as others than its handler see it. `actors.RawWebSocket` is the real one."""

    @property
    def path(self) -> str: ...

    def send(self, data: Frame) -> None: ...

    def close(self, code: int = 1000, reason: str = "") -> None: ...


class ConnOwner(Protocol):
    """The actor behind a connection, as the connection sees it."""

    def send(self, conn: Conn[Any], event: str | EventName, args: tuple[Any, ...]) -> None: ...

    def disconnect(self, conn: Conn[Any], reason: str) -> None: ...


class Conn(Generic[S]):
    """A client of the actor. `Conn[str]` says that `state` is a str; authors set it in `on_connect`.

    An HTTP call has a connection as well, for its own length: it receives no events. Nor does a raw
    websocket, which is reached through `websocket`; for everybody else that is None.
    """

    __slots__ = (
        "_held",
        "_id",
        "_owner",
        "muted",
        "open",
        "port",
        "request",
        "socket",
        "state",
        "subscriptions",
        "unwanted",
        "websocket",
    )

    def __init__(
        self,
        request: ConnectRequest,
        port: Port | None = None,
        owner: ConnOwner | None = None,
        socket: Socket | None = None,
        conn_id: str | None = None,
    ) -> None:
        self.request = request
        self.port = port
        # None: it ends with its generation.
        self.socket = socket
        self.state: S = None  # type: ignore[assignment]  # the author's on_connect gives it its value
        self.subscriptions: set[str] = set()
        self.open = False
        # An operator has muted it: it is sent no events.
        self.muted = socket is not None and socket.muted
        # Why it is to be closed as soon as it is let in: on_connect has disconnected it.
        self.unwanted: str | None = None
        self.websocket: RawEnd | None = None
        self._owner = owner
        self._id = conn_id
        # Frames wait here until the gateway has greeted the client: its first frame must be the greeting.
        self._held: list[Frame] | None = []

    @property
    def id(self) -> str:
        """A UUID, known to the client."""
        if self._id is None:
            self._id = str(uuid.uuid4())
        return self._id

    @property
    def params(self) -> Any:
        """What the client came with."""
        return self.request.params

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
        end = self.socket or self.port
        if end is not None:
            self.release()
            end.close(code, reason)
