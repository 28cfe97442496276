"""ActorTask: one generation of one actor, from claim to end. The face of the runtime for gateways.

Owns the collaborators and is the only one that moves along the lifecycle table. There is no loop in it: an
actor that nobody uses costs nothing but its memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from actors.errors import ActorError, error, sanitize
from actors.logs import (
    COMMAND,
    NOT_ENDED,
    NOT_STARTED,
    NOT_STORED,
    RUN_FAILED,
    STOPPED_AGAIN,
    TRANSITION,
    named,
)
from actors.protocol.keys import parse_key
from actors.runtime.abort import Abort
from actors.runtime.calls import Reply, Running, current
from actors.runtime.chain import new_link
from actors.runtime.conn import Conn, ConnectRequest, Port, Socket
from actors.runtime.context import ActorContext
from actors.runtime.crash import report
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Delivery
from actors.runtime.dispatch import started_error
from actors.runtime.ending import Ending
from actors.runtime.entrance import Entrance
from actors.runtime.hooks import Noted, run_hook
from actors.runtime.http import Request
from actors.runtime.identity import Identity
from actors.runtime.inspection import Inspection
from actors.runtime.kinds import Kind
from actors.runtime.lifecycle import Event, State, transition
from actors.runtime.parts import Parts, assemble
from actors.runtime.requests import Exchange
from actors.runtime.sleep import IdleTimer
from actors.runtime.starting import Starting
from actors.runtime.surroundings import Surroundings
from actors.runtime.tether import Tether
from actors.runtime.websocket import RawWebSocket
from actors.storage.store import Claimed

logger = logging.getLogger(__name__)


class Host(Protocol):
    """The node, as its actors see it."""

    def moved(self, task: ActorTask) -> None:
        """Called after every change of `task.state`."""
        ...

    def crashed(self, task: ActorTask) -> float:
        """Seconds until an actor that is to be restarted starts again."""
        ...


class ActorTask:
    """Made of a successful claim; `start` it once. Every call on it is for the node's event loop."""

    __slots__ = (
        "_ending",
        "_entrance",
        "_host",
        "_idle",
        "_parts",
        "_stopped",
        "_surroundings",
        "_tether",
        "context",
        "definition",
        "identity",
        "state",
    )

    def __init__(
        self, definition: ActorDefinition, claimed: Claimed, surroundings: Surroundings, host: Host
    ) -> None:
        record = claimed.record
        key = parse_key(record.key)
        self.identity = Identity(record.actor_id, record.name, key, record.key, record.generation)
        self.definition = definition
        self.state = State.LOADING
        self._surroundings = surroundings
        self._host = host
        self._stopped: asyncio.Future[None] | None = None
        self._tether = tether = Tether(self, Abort(surroundings.clock))
        self._parts: Parts = assemble(self.identity, definition, surroundings, tether, claimed)
        self.context: ActorContext = self._parts.context
        self._entrance = Entrance(tether, self._parts, definition, surroundings.warnings)
        self._ending = Ending(tether, self._parts, definition, surroundings, record.crash_policy)
        options = definition.options
        timeout = None if options.no_sleep else options.sleep_timeout
        work = self._parts.work
        self._idle = IdleTimer(self.identity, surroundings.clock, work, timeout, tether.fall_asleep)

    # -- who it is -----------------------------------------------------------------------------------
    @property
    def actor_id(self) -> str:
        return self.identity.actor_id

    @property
    def name(self) -> str:
        """The wire name of the class."""
        return self.identity.name

    @property
    def key(self) -> tuple[str, ...]:
        return self.identity.key

    @property
    def serialized_key(self) -> str:
        return self.identity.serialized_key

    @property
    def generation(self) -> int:
        return self.identity.generation

    @property
    def connections(self) -> int:
        """How many sockets are open."""
        return len(self._parts.connections)

    @property
    def inspection(self) -> Inspection:
        """What the inspector sees and may change, of an actor that serves."""
        return self._parts.inspection

    @property
    def sleeps_in(self) -> float | None:
        """Seconds until it falls asleep if nobody comes; None while something holds it awake."""
        return self._idle.left()

    @property
    def destroyed(self) -> bool:
        """Whether this generation ended by removing the actor."""
        return self._ending.destroyed

    # -- the way in ----------------------------------------------------------------------------------
    def dispatch(self, action: str, args: Sequence[Any], reply: Reply, conn: Conn[Any] | None) -> None:
        """Start an action and return at once; `reply` gets the answer.

        Raises, before anything has started: actor.action_not_found, actor.overloaded, actor.stopping,
        actor.invalid_request, actor.call_chain_too_long, connection.not_found.
        """
        self._entrance.dispatch(action, args, reply, conn)

    def call(
        self,
        request: ConnectRequest,
        action: str,
        args: Sequence[Any],
        reply: Reply,
        outbox: int | None = None,
    ) -> None:
        """Start the action of an HTTP call, which has a connection of its own. Raises as `dispatch` does.

        `outbox`: the stored call that this delivers, see `delivery.py`.
        """
        self._entrance.call(request, action, args, reply, outbox)

    def request(self, request: Request, exchange: Exchange) -> asyncio.Task[None]:
        """Run `on_request`; the task returned is its work. Raises as `call` does."""
        return self._entrance.request(request, exchange)

    def deliver(self, request: ConnectRequest, delivery: Delivery, reply: Reply) -> None:
        """Take a message into a queue; `reply` gets its `Outcome`. Raises as `call` does."""
        self._entrance.deliver(request, delivery, reply)

    async def connect(self, request: ConnectRequest, port: Port, socket: Socket | None = None) -> Conn[Any]:
        """Let a client in: on_before_connect, create_conn_state, on_connect. Raises what refuses it.

        With a `socket` the connection hibernates: it lets the actor sleep, and outlives this generation.

        Frames for the new connection are written from the next loop turn on, so that the gateway can greet
        the client first, right after this returned.
        """
        return await self._entrance.connect(request, port, socket)

    def websocket(self, websocket: RawWebSocket) -> None:
        """Run `on_websocket` for a connection that `connect` has just let in."""
        self._parts.websockets.start(websocket, self._parts.instance)

    def subscribe(self, conn: Conn[Any], event: str) -> asyncio.Task[None] | None:
        """Subscribe at once; or ask `can_subscribe` first, in the task returned: whatever else the client
        sends has to wait for its end. The connection of a client that is refused is closed.

        Raises actor.stopping.
        """
        return self._entrance.subscribe(conn, event)

    def unsubscribe(self, conn: Conn[Any], event: str) -> None:
        self._parts.connections.unsubscribe(conn, event)

    @property
    def serving(self) -> Inspection:
        """`inspection`, for whoever changes something. Raises actor.starting, actor.stopping."""
        self._entrance.check_open()
        return self._parts.inspection

    def close_connection(self, conn: Conn[Any]) -> None:
        """The client has gone: on_disconnect runs, once."""
        self._parts.connections.remove(conn)

    async def rouse(self) -> None:
        """An alarm has woken the actor: let it find what is due. Raises storage.unavailable, actor.fenced."""
        await self._parts.deliveries.rouse()

    # -- starting ------------------------------------------------------------------------------------
    async def start(self, claimed: Claimed) -> None:
        """Load or create the state, run the hooks, and serve. Raises what failed, as a client may see it."""
        starting = Starting(self._parts, self.definition, self._surroundings.clock)
        try:
            await starting.run(claimed)
            self._check_loading()
        except BaseException as failure:
            # A generation that falls on the way cancels its hooks, but its callers are not to be cancelled.
            self._check_loading()
            self._start_failed(failure, starting.hook_failed)
            if isinstance(failure, Exception):
                raise sanitize(failure, self._surroundings.expose_errors) from failure
            raise
        self.move(Event.STARTED)
        self._idle.start()
        self._parts.hibernation.resume(self)
        self._run()
        self._parts.scheduler.due.start(claimed.due_at)
        if self._ending.wish is not None:
            self._begin_ending()

    def _check_loading(self) -> None:
        if self.state is not State.LOADING:
            raise error("actor.restarting") from None

    def _start_failed(self, failure: BaseException, by_hook: bool) -> None:
        NOT_STARTED.say(logger, self.identity.fields(error=named(failure)), failure)
        self._note_crash(failure, by_hook)
        self._give_back()
        self._parts.hibernation.refuse(failure)
        self.move(Event.START_FAILED)

    def _run(self) -> None:
        hook = self.definition.hooks.run
        if hook is not None:
            self._parts.work.spawn(Kind.RUN, self._steps(hook)).add_done_callback(self._run_over)

    async def _steps(self, hook: Callable[..., Any]) -> None:
        current.set(Running(new_link(self.identity, "run")))
        await Noted(run_hook(hook, self._parts.instance), self._parts.stream.note_write)

    def _run_over(self, task: asyncio.Task[None]) -> None:
        failure = None if task.cancelled() else task.exception()
        if failure is None or self.state is State.TERMINATED:
            return
        RUN_FAILED.say(logger, self.identity.fields(error=named(failure)), failure)
        self._note_crash(failure, by_hook=True)
        self._request(Event.DESTROY if self._ending.crash.destroys else Event.SLEEP)

    def _note_crash(self, failure: BaseException, by_hook: bool) -> None:
        crash = self._ending.crash
        crash.note(failure, by_hook=by_hook)
        if crash.policy == "restart":
            crash.pause = self._host.crashed(self)

    # -- ending --------------------------------------------------------------------------------------
    @property
    def ending(self) -> bool:
        """Whether the actor is on its way out."""
        return self.state is not State.LOADING and self.state is not State.STARTED

    @property
    def restart_pause(self) -> float | None:
        """Seconds after which an actor that has crashed is to be started again."""
        return self._ending.crash.pause

    def request_sleep(self, grace: float | None = None) -> None:
        """Go to sleep, within `grace` seconds if given. Remembered while starting; may be repeated."""
        if grace is not None:
            self._ending.limit = min(grace, self._ending.limit)
        self._request(Event.SLEEP)

    def request_destroy(self) -> None:
        """Be destroyed: on_destroy, then state and key are gone. Stronger than a sleep that has begun."""
        self._request(Event.DESTROY)

    def ask_sleep(self) -> None:
        """`self.sleep()` of an author."""
        self._entrance.check_open()
        self.request_sleep()

    def ask_destroy(self) -> None:
        """`self.destroy()` of an author."""
        self._entrance.check_open()
        self.request_destroy()

    def _request(self, wish: Event) -> None:
        if COMMAND.wanted(logger):
            COMMAND.say(logger, self.identity.fields(command=wish.value, state=self.state.value))
        self._ending.want(wish)
        if self.state is State.STARTED:
            self._begin_ending()
        elif self.state is not State.LOADING:
            before = self.state
            self.move(wish)
            if self.state is before and before is not State.TERMINATED:
                fields = self.identity.fields(reason=wish.value, current_reason=before.value)
                STOPPED_AGAIN.say(logger, fields)

    def _begin_ending(self) -> None:
        if not self._ending.begun:
            self._ending.begun = True
            self._surroundings.clock.spawn(self._end(), name="actor ending")

    async def _end(self) -> None:
        # In a task of its own: whoever asked finishes what it is doing before anything changes.
        if self.state is not State.STARTED or self._ending.wish is None:
            return
        self.move(self._ending.wish)
        self._idle.stop()
        if self._ending.wish is Event.SLEEP:
            self._parts.hibernation.suspend()
        try:
            await self._ending.run()
        except Exception as bug:  # of ours, and it must not leave a half-dead actor behind
            NOT_ENDED.say(logger, self.identity.fields(error=named(bug)), bug)
            self.fence()

    async def stopped(self) -> None:
        """Return when this generation has terminated."""
        if self.state is not State.TERMINATED:
            if self._stopped is None:
                self._stopped = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._stopped)

    def fence(self) -> None:
        """This generation no longer owns the actor: stop at once, save nothing, answer nothing as done."""
        self._fall(Event.FENCED, error("actor.outcome_unknown"))

    def store_failed(self, err: ActorError) -> None:
        """The state could not be stored: drop it. The next generation starts from what is durable."""
        if self.state is State.TERMINATED:
            return
        NOT_STORED.say(logger, self.identity.fields(error=named(err)))
        self._ending.crash.failure = report(err)
        self._give_back()
        self._fall(Event.STORE_FAILED, started_error(err, self._surroundings.expose_errors))

    def _fall(self, event: Event, answer: ActorError) -> None:
        if self.state is not State.TERMINATED:
            self._parts.stream.end(answer)
            self._parts.dispatcher.abandon()
            self.move(event)

    def _give_back(self) -> None:
        """Let the directory know, in the background. If it cannot be told, the next claim works anyway."""
        ending = self._ending
        given = ending.remove() if ending.crash.destroys else ending.give_back()
        self._surroundings.clock.spawn(given, name="actor release")

    def move(self, event: Event) -> None:
        """Follow the lifecycle table."""
        before = self.state
        self.state = transition(before, event)
        if self.state is before:
            return
        if self.ending and not self._tether.abort:
            self._tether.abort.set()
            self._parts.hold.end()
            self._parts.deliveries.abort()
            self._parts.scheduler.due.suspend()
        if self.state is State.TERMINATED:
            self._terminate()
        if TRANSITION.wanted(logger):
            TRANSITION.say(logger, self.identity.fields(old=before.value, new=self.state.value))
        self._host.moved(self)

    def _terminate(self) -> None:
        self._idle.stop()
        self._parts.close()
        self._tether.cut()
        if self._stopped is not None and not self._stopped.done():
            self._stopped.set_result(None)
