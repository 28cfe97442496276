"""Inspection: what somebody outside sees of one running actor, and changes in it. The inspector's seam.

Reads values as they are now, in memory. What it changes goes the way of everything that the actor does: into
the next commit, behind the fence, and is durable when the call returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from actors.errors import ActorError, error
from actors.runtime.amendment import Amendment
from actors.runtime.backlog import Entry
from actors.runtime.conn import Conn, ConnectRequest, Port, Traffic
from actors.runtime.connections import Connections
from actors.runtime.core import Core
from actors.runtime.definition import ActorDefinition, QueueDefinition, TabDefinition
from actors.runtime.queue import Mailbox
from actors.runtime.queue_limits import check_size
from actors.runtime.removal import Removal
from actors.runtime.requeue import Requeue
from actors.runtime.schedule import Scheduler
from actors.runtime.watch import Attachment, Follower, Watcher
from actors.runtime.work import Holder


@dataclass(frozen=True, slots=True)
class SeenConn:
    """A connection as others than its author see it. `state` is whatever the author made it.

    `events` are those that it is subscribed to; `encoding` is None for a raw websocket and a call, `port` for
    a call. `muted`: it is sent no events.
    """

    id: str
    request: ConnectRequest
    state: Any
    events: Sequence[str]
    encoding: str | None
    hibernatable: bool
    port: Port | None = None
    muted: bool = False

    @property
    def params(self) -> Any:
        """What the client came with."""
        return self.request.params

    @property
    def traffic(self) -> Traffic | None:
        """None for a call, and in Python."""
        return None if self.port is None else self.port.traffic

    @property
    def round_trip(self) -> float | None:
        """As of its port, read now."""
        return None if self.port is None else self.port.round_trip


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message that waits in a queue, without its body. `created_at` in Unix milliseconds."""

    id: int
    name: str
    created_at: int


@dataclass(frozen=True, slots=True)
class SeenQueue:
    """`size` messages wait, of `max_size` that may; `messages` are the first of them."""

    size: int
    max_size: int
    messages: Sequence[SeenMessage]

    @property
    def truncated(self) -> bool:
        """Whether more wait than are shown."""
        return self.size > len(self.messages)


class Inspection:
    """One per generation, made with its parts; gateways reach it as `ActorTask.inspection`.

    Of the `scheduler` an inspector may ask everything that looks, and to cancel. `hold`: what is paused.
    """

    __slots__ = (
        "_connections",
        "_definition",
        "_mailbox",
        "_state",
        "_stream",
        "_watch",
        "_work",
        "hold",
        "scheduler",
    )

    def __init__(
        self,
        definition: ActorDefinition,
        core: Core,
        connections: Connections,
        mailbox: Mailbox | None,
        scheduler: Scheduler,
    ) -> None:
        self._definition = definition
        self._state = core.state
        self._stream = core.stream
        self._watch = core.watch
        self._work = core.work
        self._connections = connections
        self._mailbox = mailbox
        self.hold = core.hold
        self.scheduler = scheduler

    # -- looking -------------------------------------------------------------------------------------
    @property
    def state_enabled(self) -> bool:
        """Whether the class declares a state."""
        return self._state.enabled

    @property
    def state(self) -> Any:
        """The author's own value, not a copy; None without a state. For encoding at once."""
        return self._state.value

    @property
    def state_share(self) -> float:
        """How much of the room for its state the actor has used, from 0 to 1."""
        return self._state.size / self._definition.options.max_state_size

    def actions(self) -> list[str]:
        """The names of the actions, each once, ascending."""
        return sorted({action.name for action in self._definition.actions.values()})

    @property
    def tabs(self) -> Sequence[TabDefinition]:
        """What the class changes about the inspector's tabs."""
        return self._definition.tabs

    def connections(self) -> Sequence[SeenConn]:
        return [_seen_conn(conn) for conn in self._connections.view().values()]

    def holders(self) -> Sequence[Holder]:
        """What holds the actor awake."""
        return self._work.holders()

    @property
    def acted(self) -> tuple[str, float] | None:
        """See `Watch.acted`."""
        return self._watch.acted

    @property
    def queue_size(self) -> int:
        """Messages in the queues, as far as this generation knows them."""
        return 0 if self._mailbox is None else len(self._mailbox)

    async def queue(self, limit: int) -> SeenQueue:
        """The first `limit` messages of all queues together. Raises storage.unavailable."""
        messages: list[SeenMessage] = []
        if self._mailbox is not None:
            messages = [_seen(entry) for entry in islice(await self._mailbox.contents(), limit)]
        return SeenQueue(self.queue_size, self._definition.options.max_queue_size, messages)

    # -- watching ------------------------------------------------------------------------------------
    @property
    def attached(self) -> int:
        """How many watch."""
        return len(self._watch.watchers)

    def attach(self, watcher: Watcher) -> Attachment:
        """Tell `watcher` of changes until the attachment is closed. Does not keep the actor awake."""
        return Attachment(self._watch, watcher)

    def follow(self, follower: Follower) -> None:
        """Tell `follower` of each thing that happens, until it leaves. Does not keep the actor awake."""
        self._watch.follow(follower)

    def leave(self, follower: Follower) -> None:
        self._watch.leave(follower)

    def end(self) -> None:
        """The generation is over."""
        self._watch.end()

    def check_revision(self, revision: int) -> None:
        """Raises inspector.state_changed unless the state is what was stored as `revision`."""
        if self._state.revision != revision or self._state.differs(self._state.encode()):
            raise error("inspector.state_changed")

    # -- changing ------------------------------------------------------------------------------------
    async def save(self) -> None:
        """Return when the state as it is now is durable, whatever the throttle. Raises as `Stream.saved`."""
        await self._stream.saved()

    async def replace_state(self, tree: Any) -> None:
        """Put a state made of plain data in place of the actor's. Durable when it returns.

        Raises actor.state_not_enabled, and actor.invalid_request for what is no such state: then nothing has
        changed. Raises as `Stream.saved` does.
        """
        self._state.replace(tree)
        await self._stream.saved()

    async def enqueue(self, name: str, tree: Any) -> SeenMessage:
        """Put a message of plain data into the queue of that name, past `can_publish`. Durable on return.

        Raises actor.invalid_request for a queue that there is not, and as `Mailbox.send`.
        """
        mailbox, queue = self._queue_of(name)
        message_id = await mailbox.send(queue, queue.encode(tree))
        entry = (await mailbox.contents()).find(message_id)
        # Somebody may have dealt with it already.
        return SeenMessage(message_id, queue.name, 0) if entry is None else _seen(entry)

    def disconnect(self, conn_id: str, reason: str) -> bool:
        """Close a connection with code 1000, after what it was sent before. False if there is none."""
        conn = self._connections.view().get(conn_id)
        if conn is not None:
            self._connections.disconnect(conn, reason)
        return conn is not None

    def tell(self, conn_id: str, name: str, args: Sequence[Any]) -> bool:
        """Send an event of the class to one client alone. False if there is no such connection.

        Raises actor.invalid_request for an event that there is not, for what is no payload of it, and where a
        connection receives none.
        """
        event = self._definition.events.get(name)
        if event is None:
            raise error("actor.invalid_request", reason=f"the actor has no event {name!r}")
        try:
            event.check(args)
        except ActorError as unfit:
            reason = f"these are no arguments of {name}: {unfit.metadata['reason']}"
            raise error("actor.invalid_request", reason=reason) from unfit
        conn = self._receiver(conn_id)
        if conn is None:
            return False
        if conn.muted:
            raise error("actor.invalid_request", reason="this connection is muted: unmute it first")
        conn.send(name, *args)
        return True

    def mute(self, conn_id: str, muted: bool) -> bool:
        """See `Connections.mute`. False if there is no such connection, or it is so already.

        Raises actor.invalid_request where a connection receives no events.
        """
        conn = self._receiver(conn_id)
        if conn is None or conn.muted is muted:
            return False
        self._connections.mute(conn, muted)
        return True

    def replace_conn_state(self, conn_id: str, expected: Any, tree: Any) -> bool:
        """Put a state made of plain data in place of that of a connection.

        False if there is no such connection, or its state is not what is expected, plain data as well.
        Raises actor.invalid_request for what is no such state, and where a connection has none.
        """
        conn, states = self._connections.view().get(conn_id), self._definition.conn_state
        if conn is None:
            return False
        if conn.state is None and self._definition.hooks.create_conn_state is None:
            raise error("actor.invalid_request", reason="this connection has no state")
        try:
            before, after = (states.stored(states.read(plain)) for plain in (expected, tree))
            now = states.stored(conn.state)
        except Exception as unfit:  # an author's type may refuse in any way
            reason = unfit.metadata["reason"] if isinstance(unfit, ActorError) else str(unfit)
            raise error("actor.invalid_request", reason=f"this is no state of it: {reason}") from unfit
        if now != before:
            return False
        conn.state = after
        self._connections.note()
        return True

    def _receiver(self, conn_id: str) -> Conn[Any] | None:
        """The connection, None if there is none. Raises actor.invalid_request if it receives no events."""
        conn = self._connections.view().get(conn_id)
        if conn is not None and (conn.port is None or conn.websocket is not None):
            raise error("actor.invalid_request", reason="this connection receives no events")
        return conn

    async def purge(self, name: str, message_ids: Sequence[int] | None) -> int:
        """Remove messages of a queue that nobody has in hand, None: all. Returns and raises as `revive`."""
        mailbox, queue = self._queue_of(name)
        return await (await mailbox.by_hand(Removal)).of(queue, message_ids)

    async def requeue(self, name: str, message_ids: Sequence[int] | None) -> int:
        """Let messages be had at once: None, all that are put off; by id also from the hand of a consumer.

        Returns and raises as `revive`.
        """
        mailbox, queue = self._queue_of(name)
        return await (await mailbox.by_hand(Requeue)).of(queue, message_ids)

    async def front(self, name: str, message_id: int) -> bool:
        """Let a message that waits be had first of its queue, and at once. False: it does not wait.

        Raises as `revive`.
        """
        mailbox, queue = self._queue_of(name)
        return await (await mailbox.by_hand(Amendment)).front(queue, message_id)

    async def rewrite(self, name: str, message_id: int, expected: bytes, tree: Any) -> bool:
        """Give a message that waits a body of plain data. False: it does not wait, or its body is another.

        `expected` is the body as stored. Raises as `enqueue`.
        """
        mailbox, queue = self._queue_of(name)
        body = queue.encode(tree)
        check_size(queue.name, body, self._definition.options.max_queue_message_size)
        return await (await mailbox.by_hand(Amendment)).edit(queue, message_id, expected, body)

    async def revive(self, name: str, message_ids: Sequence[int] | None) -> int:
        """Let dead letters of a queue be handed out anew, None: all. Returns how many, durably.

        Raises actor.invalid_request for a queue that there is not, and storage.unavailable.
        """
        mailbox, queue = self._queue_of(name)
        return await mailbox.dead_letters.replay(queue, message_ids)

    async def discard(self, name: str, message_ids: Sequence[int] | None) -> int:
        """Remove dead letters of a queue, None: all. Returns and raises as `revive`."""
        mailbox, queue = self._queue_of(name)
        return await mailbox.dead_letters.discard(queue, message_ids)

    def _queue_of(self, name: str) -> tuple[Mailbox, QueueDefinition]:
        queue = self._definition.queues.get(name)
        if queue is None or self._mailbox is None:
            raise error("actor.invalid_request", reason=f"the actor has no queue {name!r}")
        return self._mailbox, queue


def _seen_conn(conn: Conn[Any]) -> SeenConn:
    request = conn.request if conn.socket is None else conn.socket.request
    encoding = None if conn.port is None or conn.websocket is not None else conn.port.codec.encoding
    return SeenConn(
        id=conn.id,
        request=request,
        state=conn.state,
        events=sorted(conn.subscriptions),
        encoding=encoding,
        hibernatable=conn.socket is not None,
        port=conn.port,
        muted=conn.muted,
    )


def _seen(entry: Entry) -> SeenMessage:
    return SeenMessage(entry.message_id, entry.name, entry.created_at)
