"""Session: one actor-connect conversation, without I/O.

The consumer feeds it frames, it decodes them and hands them to the actor's task; answers go to the port when
the runtime says that they are durable. Never awaits, never imports a web framework.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from actors.errors import ActorError, error, sanitize
from actors.protocol.codec import codec_for
from actors.protocol.keys import display_key
from actors.protocol.messages import ActionRequest, ActorSpecifier, Frame
from actors.runtime.connections import Conn, Port
from actors.runtime.task import ActorTask

INTERNAL_ERROR: Final = 1011
MAX_PENDING: Final = 256
"""Actions of one connection that may be unanswered: at this number the consumer stops reading."""


def frame_size(frame: Frame) -> int:
    """Bytes of a frame on the wire."""
    if isinstance(frame, str) and not frame.isascii():
        return len(frame.encode("utf-8", "surrogatepass"))
    return len(frame)


class Session:
    """Between one port and one actor. `pending` counts the actions that have no answer yet."""

    __slots__ = (
        "_answered",
        "_conn",
        "_expose_errors",
        "_max_incoming",
        "_max_outgoing",
        "_task",
        "pending",
        "port",
        "specifier",
    )

    def __init__(
        self,
        task: ActorTask,
        conn: Conn[Any],
        port: Port,
        max_incoming: int,
        max_outgoing: int,
        expose_errors: bool = False,
    ) -> None:
        self.port = port
        self.pending = 0
        self.specifier = ActorSpecifier(task.actor_id, task.generation, display_key(task.key))
        self._task = task
        self._conn = conn
        self._max_incoming = max_incoming
        self._max_outgoing = max_outgoing
        self._expose_errors = expose_errors
        self._answered: asyncio.Event | None = None

    def receive(self, frame: Frame) -> None:
        """Handle one frame. What is wrong with it closes the connection or answers the action."""
        if frame_size(frame) > self._max_incoming:
            self.port.close(INTERNAL_ERROR, "message.incoming_too_long")
            return
        try:
            message = self.port.codec.decode_client(frame)
        except ActorError:
            self.port.close(INTERNAL_ERROR, "actor.invalid_request")
            return
        if message.version > self.port.codec.version:
            self.port.codec = codec_for(self.port.codec.encoding, message.version)
        if isinstance(message, ActionRequest):
            self._act(message)
        elif message.subscribe:
            self._task.subscribe(self._conn, message.event_name)
        else:
            self._task.unsubscribe(self._conn, message.event_name)

    def _act(self, request: ActionRequest) -> None:
        reply = _SocketReply(self, request.id)
        self.pending += 1
        try:
            if request.fault is not None:
                raise request.fault
            self._task.dispatch(request.name, request.args, reply, self._conn)
        except ActorError as err:
            reply.deliver(reply.encode_error(sanitize(err, self._expose_errors)))

    async def pending_below(self, count: int) -> None:
        """Return when fewer than `count` actions are unanswered."""
        while self.pending >= count:
            if self._answered is None:
                self._answered = asyncio.Event()
            self._answered.clear()
            await self._answered.wait()

    def end(self) -> None:
        """The client is gone: its connection to the actor ends, actions in flight go on."""
        self._task.close_connection(self._conn)

    def answered(self) -> None:
        """One pending action has its answer."""
        self.pending -= 1
        if self._answered is not None:
            self._answered.set()

    def check_outgoing(self, frame: Frame) -> Frame:
        """The frame itself. Raises message.outgoing_too_long: the answer of that action alone."""
        if frame_size(frame) > self._max_outgoing:
            raise error("message.outgoing_too_long")
        return frame


class _SocketReply:
    """Waits for one action of a session: `actors.runtime.calls.Reply`."""

    __slots__ = ("_action_id", "_session")

    def __init__(self, session: Session, action_id: int) -> None:
        self._session = session
        self._action_id = action_id

    def encode(self, output: Any) -> Frame:
        session = self._session
        return session.check_outgoing(session.port.codec.action_response(self._action_id, output))

    def encode_error(self, err: ActorError) -> Frame:
        session = self._session
        return session.port.codec.error(err, self._action_id, session.specifier)

    def deliver(self, frame: Frame) -> None:
        session = self._session
        session.answered()
        session.port.write(frame)
