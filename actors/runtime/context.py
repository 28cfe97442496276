"""ActorContext: what an author's instance reaches through `self`. One per generation; never outlives it.

The author's API delegates to it, and `ActorDefinition.new_instance` is called with it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from actors.errors import ActorError, error
from actors.logs import DISENGAGED, ENGAGED, LogEvent
from actors.protocol import cbor
from actors.runtime.abort import Abort, Aborted
from actors.runtime.atomic import Atomic, Blocks
from actors.runtime.author_log import AuthorLog
from actors.runtime.block import refuse_inside
from actors.runtime.calls import Caller, current, run_as
from actors.runtime.chain import new_link
from actors.runtime.conn import Conn
from actors.runtime.connections import Connections
from actors.runtime.core import Core
from actors.runtime.definition import EventDefinition
from actors.runtime.hooks import Noted
from actors.runtime.identity import Identity
from actors.runtime.kinds import POLICIES, Kind
from actors.runtime.kv import ActorKv
from actors.runtime.queue import Mailbox
from actors.runtime.schedule import Scheduler

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Life(Protocol):
    """The part of the task that authors may ask something of."""

    @property
    def abort(self) -> Abort: ...

    def ask_sleep(self) -> None: ...

    def ask_destroy(self) -> None: ...


class ActorContext:
    """See the module docstring. `stored_input` is CBOR, None if the actor was made without input."""

    __slots__ = (
        "_connections",
        "_core",
        "_identity",
        "_kv",
        "_life",
        "_log",
        "_mailbox",
        "_scheduler",
        "_stored_input",
        "_vars",
        "blocks",
    )

    def __init__(self, identity: Identity, core: Core, kv: ActorKv, stored_input: bytes | None) -> None:
        self._identity = identity
        self._core = core
        self._kv = kv
        self._stored_input = stored_input
        self._vars: Any = None
        self._log: AuthorLog | None = None
        self._connections: Connections
        self._life: Life
        self.blocks: Blocks
        self._mailbox: Mailbox | None = None
        self._scheduler: Scheduler

    def attach(
        self, connections: Connections, mailbox: Mailbox | None, scheduler: Scheduler, life: Life
    ) -> None:
        """The parts that exist only after the context does."""
        self._connections = connections
        self._mailbox = mailbox
        self._scheduler = scheduler
        self._life = life

    # -- who it is -----------------------------------------------------------------------------------
    @property
    def actor_id(self) -> str:
        return self._identity.actor_id

    @property
    def name(self) -> str:
        """The wire name of the class."""
        return self._identity.name

    @property
    def key(self) -> tuple[str, ...]:
        return self._identity.key

    @property
    def input(self) -> Any:
        """What the creator gave, None if nothing. Decoded anew at each access."""
        return None if self._stored_input is None else cbor.decode(self._stored_input)

    @property
    def log(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger whose records carry actor_id, actor_name, generation and ray_id."""
        if self._log is None:
            self._log = AuthorLog(self._identity)
        return self._log

    # -- what it keeps -------------------------------------------------------------------------------
    @property
    def state(self) -> Any:
        """Raises actor.state_not_enabled if the class declares none."""
        if not self._core.state.enabled:
            raise error("actor.state_not_enabled")
        return self._core.state.value

    @state.setter
    def state(self, value: Any) -> None:
        if not self._core.state.enabled:
            raise error("actor.state_not_enabled")
        self._core.state.value = value

    @property
    def kv(self) -> ActorKv:
        """The keys of the actor."""
        return self._kv

    @property
    def vars(self) -> Any:
        """As long-lived as this generation, never stored: a namespace until the author sets another."""
        if self._vars is None:
            self._vars = SimpleNamespace()
        return self._vars

    @vars.setter
    def vars(self, value: Any) -> None:
        self._vars = value

    async def save(self) -> None:
        """Return when the state as it is now is durable. If it cannot be stored, the actor ends.

        Raises actor.starting in on_migrate, where there is no state yet.
        """
        if self._core.state.held:
            raise error("actor.starting")
        refuse_inside("save()")
        await self._core.stream.saved()

    def atomic(self, seconds: float) -> Atomic:
        """For `async with`: one transaction. See `Blocks`."""
        return self.blocks.atomic(seconds)

    @property
    def mailbox(self) -> Mailbox:
        """The actor's queues. Raises actor.not_configured for a class that declares none."""
        if self._mailbox is None:
            raise error("actor.not_configured", component="queue")
        return self._mailbox

    @property
    def scheduler(self) -> Scheduler:
        """What the actor is to do and when."""
        return self._scheduler

    # -- who is there --------------------------------------------------------------------------------
    @property
    def conn(self) -> Conn[Any]:
        """The connection on whose behalf this code runs. Raises actor.no_connection where there is none."""
        caller = current.get()
        conn = None if caller is None else caller.connection()
        if conn is None:
            raise error("actor.no_connection", where="this code")
        return conn

    @property
    def conns(self) -> Mapping[str, Conn[Any]]:
        """The open connections by id: a snapshot. HTTP calls are not among them."""
        return self._connections.view()

    def broadcast(self, event: EventDefinition, args: Sequence[Any]) -> None:
        """Send an event to every subscriber, in order with all that the actor sends."""
        self._connections.broadcast(event, args)

    # -- how it lives --------------------------------------------------------------------------------
    @property
    def aborted(self) -> Aborted:
        """Whether to come to an end: the actor is stopping, or this action has used up its time."""
        return Aborted(self._life.abort, current.get())

    def sleep(self) -> None:
        """Ask to be put to sleep. Raises actor.starting while starting, actor.stopping while ending."""
        self._life.ask_sleep()

    def destroy(self) -> None:
        """Ask to be destroyed. Raises as `sleep` does; stronger than a sleep that was asked for before."""
        refuse_inside("destroy()")
        self._life.ask_destroy()

    def keep_awake(self, awaitable: Awaitable[T]) -> asyncio.Task[T]:
        """Run `awaitable` in the background; the actor does not fall asleep before it ends."""
        return self._background(Kind.KEEP_AWAKE, awaitable)

    def wait_until(self, awaitable: Awaitable[Any]) -> None:
        """Run `awaitable` in the background; a sleep that begins meanwhile waits for it within its grace."""
        self._background(Kind.WAIT_UNTIL, awaitable)

    def _background(self, kind: Kind, awaitable: Awaitable[T]) -> asyncio.Task[T]:
        if not isinstance(awaitable, Awaitable):
            name = POLICIES[kind].label
            raise TypeError(f"{name}() takes an awaitable, as {name}(self.work()), not {awaitable!r}.")
        try:
            refuse_inside(f"{POLICIES[kind].label}()")
            steps = Noted(awaitable, self._core.stream.note_write)
            task = self._core.work.spawn(kind, run_as(self._on_its_own(kind), steps))
        except ActorError:
            if inspect.iscoroutine(awaitable):
                awaitable.close()
            raise
        if ENGAGED.wanted(logger):
            self._note(ENGAGED, kind)
            task.add_done_callback(lambda _: self._note(DISENGAGED, kind))
        return task

    def _note(self, event: LogEvent, kind: Kind) -> None:
        label = POLICIES[kind].label
        count = self._core.work.counts().get(label, 0)
        event.say(logger, self._identity.fields(kind=label, count=count))

    def _on_its_own(self, kind: Kind) -> Caller:
        """The same connection, but a chain of its own: whoever began this does not wait for it."""
        caller = current.get()
        conn = None if caller is None else caller.connection()
        return Caller(new_link(self._identity, POLICIES[kind].label), conn=conn)
