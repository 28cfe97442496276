"""Session: one actor-connect conversation, without I/O, for as long as its socket is open.

The consumer feeds it frames, it decodes them and hands them to the actor's task; answers go to the port when
the runtime says that they are durable. A frame is kept until then: if the actor falls asleep first, the next
generation gets it. Never awaits for a frame, never imports a web framework.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

from actors.conf import NodeConfig
from actors.errors import ActorError, error, sanitize
from actors.gateway.backlog import frame_size
from actors.gateway.client_socket import MAX_RUNS, ClientSocket
from actors.logs import SOCKET_REFUSED
from actors.protocol.codec import codec_for
from actors.protocol.keys import display_key
from actors.protocol.messages import ActionRequest, ActorSpecifier, ClientMessage, Frame
from actors.runtime.connections import Conn, ConnectRequest, Port
from actors.runtime.parking import Parking
from actors.runtime.task import ActorTask

INTERNAL_ERROR: Final = 1011

logger = logging.getLogger("actors.gateway")


class Session(ClientSocket["_Held"]):
    """Between one port and one actor: the `Socket` of its connection, served while `attach`ed to a task.

    `backlog` has its frames that a generation still has to deal with. While an actor thinks about a
    subscription, what came after it waits `_behind` it.
    """

    __slots__ = (
        "_behind",
        "_config",
        "_serving",
        "gone",
        "specifier",
    )

    def __init__(self, port: Port, request: ConnectRequest, parking: Parking, config: NodeConfig) -> None:
        super().__init__(port, request, parking)
        self.gone = False
        self.specifier: ActorSpecifier
        self._config = config
        self._serving: tuple[ActorTask, Conn[Any]] | None = None
        self._behind: list[_Held] | None = None

    # -- the client's side ---------------------------------------------------------------------------
    def receive(self, frame: Frame) -> None:
        """Handle one frame. What is wrong with it closes the connection or answers the action."""
        if frame_size(frame) > self._config.max_incoming_message:
            self.port.close(INTERNAL_ERROR, "message.incoming_too_long")
            return
        message = self._decoded(frame)
        if message is None:
            return
        held = _Held(self, self.backlog.next_index(), frame)
        if self._serving is None:
            self._wait(held)
            self._parking.knock(self.specifier.actor_id)
        elif self._behind is not None:
            self._wait(held)
            self._behind.append(held)
        else:
            self._pass(message, held, *self._serving)

    def _wait(self, held: _Held) -> None:
        held.waits = frame_size(held.frame)
        self.backlog.keep(held)

    def end(self, code: int, reason: str) -> None:
        """The client is gone: its connection to the actor ends, actions in flight go on."""
        self.gone = True
        if self._serving is not None:
            task, conn = self._serving
            task.close_connection(conn)
        else:
            self._parking.leave(self.specifier.actor_id, self)

    # -- the actor's side ----------------------------------------------------------------------------
    @property
    def waiting(self) -> bool:
        return self._serving is None and bool(self.backlog.held)

    def attach(self, task: ActorTask, conn: Conn[Any]) -> None:
        self._serving = task, conn
        self.specifier = ActorSpecifier(task.actor_id, task.generation, display_key(task.key))
        waiting = self.backlog.clear()
        if self.gone:
            task.close_connection(conn)
            return
        self._catch_up(waiting, task, conn)

    def detach(self) -> None:
        self._serving = None
        self._behind = None

    def close(self, code: int, reason: str) -> None:
        self.backlog.clear()
        self.port.close(code, reason)

    # -- frames --------------------------------------------------------------------------------------
    def _decoded(self, frame: Frame) -> ClientMessage | None:
        try:
            message = self.port.codec.decode_client(frame)
        except ActorError:
            SOCKET_REFUSED.say(logger, {"group": "actor", "code": "invalid_request"})
            self.port.close(INTERNAL_ERROR, "actor.invalid_request")
            return None
        if message.version > self.port.codec.version:
            self.port.codec = codec_for(self.port.codec.encoding, message.version)
        return message

    def _catch_up(self, waiting: Iterable[_Held], task: ActorTask, conn: Conn[Any]) -> None:
        """Frames that are kept nowhere any more, in order. One of them may make the others wait again."""
        for held in waiting:
            if self._behind is not None:
                self._wait(held)
                self._behind.append(held)
                continue
            message = self._decoded(held.frame)
            if message is not None:
                self._pass(message, held, task, conn)

    def _pass(self, message: ClientMessage, held: _Held, task: ActorTask, conn: Conn[Any]) -> None:
        if not conn.open:
            return  # Sent away: the close is on its way, behind what was sent before, and says why.
        if isinstance(message, ActionRequest):
            self._act(message, held, task, conn)
        elif message.subscribe:
            asking = task.subscribe(conn, message.event_name)
            if asking is not None:
                self._ask(asking, held)
        else:
            task.unsubscribe(conn, message.event_name)

    def _ask(self, asking: asyncio.Task[None], held: _Held) -> None:
        self.backlog.keep(held)
        behind: list[_Held] = []
        self._behind = behind
        asking.add_done_callback(lambda task: self._asked(task, held, behind))

    def _asked(self, asking: asyncio.Task[None], held: _Held, behind: list[_Held]) -> None:
        """The actor has decided. Cut off, the next one is asked; if it refused, the close is on its way."""
        if asking.cancelled() or not self.backlog.let_go(held) or self._behind is not behind:
            return
        if self._serving is not None and self._serving[1].open:
            self._behind = None
            self._catch_up([held for held in behind if self.backlog.let_go(held)], *self._serving)

    def _act(self, request: ActionRequest, held: _Held, task: ActorTask, conn: Conn[Any]) -> None:
        held.action_id = request.id
        held.runs += 1
        held.waits = 0
        self.backlog.keep(held)
        try:
            if request.fault is not None:
                raise request.fault
            if held.runs > MAX_RUNS:
                raise error("actor.outcome_unknown")
            task.dispatch(request.name, request.args, held, conn)
        except ActorError as err:
            held.deliver(held.encode_error(sanitize(err, self._config.expose_errors)))

    def check_outgoing(self, frame: Frame) -> Frame:
        """The frame itself. Raises message.outgoing_too_long: the answer of that action alone."""
        if frame_size(frame) > self._config.max_outgoing_message:
            raise error("message.outgoing_too_long")
        return frame


class _Held:
    """A frame from its arrival to its answer. For an action it is the one who waits: a `Reply`.

    The frame is kept and not its message: a handler may have changed the arguments when it was cut off.
    """

    __slots__ = ("_session", "action_id", "frame", "index", "runs", "waits")

    def __init__(self, session: Session, index: int, frame: Frame) -> None:
        self._session = session
        self.index = index
        self.frame = frame
        self.action_id = 0
        self.runs = 0
        self.waits = 0

    def encode(self, output: Any) -> Frame:
        session = self._session
        return session.check_outgoing(session.port.codec.action_response(self.action_id, output))

    def encode_error(self, err: ActorError) -> Frame:
        session = self._session
        return session.port.codec.error(err, self.action_id, session.specifier)

    def deliver(self, frame: Frame) -> None:
        session = self._session
        if session.backlog.let_go(self):
            session.port.write(frame)
