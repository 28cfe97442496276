"""A call on its way through an actor: who asked, what runs, who gets the answer.

`Reply` is implemented by the doors (socket, HTTP, in-process handle) and only ever called by the runtime.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from actors.errors import ActorError
from actors.runtime.chain import Chain, Home, Link, check_length, new_link
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.definition import ActionDefinition

T = TypeVar("T")


class Reply(Protocol):
    """Who waits for an action. `deliver` is called once, with a frame of `encode` or `encode_error`."""

    def encode(self, output: Any) -> Any:
        """The answer as a frame, right after the handler returned. May raise ActorError."""
        ...

    def encode_error(self, err: ActorError) -> Any:
        """`err` as a frame. It has been sanitized; must not raise."""
        ...

    def deliver(self, frame: Any) -> None:
        """Send it now: everything that it tells is durable. Must neither block nor raise."""
        ...


class Caller:
    """On whose behalf author code runs: what `self.conn` and `self.aborted` read, and who waits for it.

    `link` is the code itself, None for what runs in no actor here; `cause` the chain that waits for it.
    """

    __slots__ = ("_expiry", "cause", "conn", "link", "request")

    def __init__(self, link: Link | None, cause: Chain = (), conn: Conn[Any] | None = None) -> None:
        self.link = link
        self.cause = cause
        self.conn = conn
        self.request: ConnectRequest | None = None
        self._expiry: asyncio.Future[None] | None = None

    @property
    def expired(self) -> bool:
        """Whether it has used up its time."""
        return self._expiry is not None and self._expiry.done()

    @property
    def expiry(self) -> asyncio.Future[None]:
        """Done when it has; to be waited for, not to be cancelled."""
        if self._expiry is None:
            self._expiry = asyncio.get_running_loop().create_future()
        return self._expiry

    def expire(self) -> None:
        if not self.expiry.done():
            self.expiry.set_result(None)

    def connection(self) -> Conn[Any] | None:
        """The connection of the call; an HTTP call gets its own when the handler first asks."""
        if self.conn is None and self.request is not None:
            self.conn = Conn(self.request)
        return self.conn

    @property
    def ray(self) -> str | None:
        """The id of the request that has led to this code, None where none has."""
        request = self.request if self.conn is None else self.conn.request
        return None if request is None else request.ray

    def chain(self) -> Chain:
        """Who waits for a call that this code makes."""
        return self.cause if self.link is None else (*self.cause, self.link)


class Running(Caller):
    """`run`, and the tasks that it starts."""


class Invocation(Caller):
    """One action from acceptance to its end. `answered` once its reply has joined the stream."""

    __slots__ = ("action", "answered", "args", "home", "reply", "started", "task")

    def __init__(
        self,
        home: Home,
        action: ActionDefinition,
        args: Sequence[Any],
        reply: Reply,
        conn: Conn[Any] | None,
        request: ConnectRequest | None,
    ) -> None:
        # Not super().__init__, and not chain_now(): this runs for every call.
        caller = current.get()
        self.cause = () if caller is None else check_length(caller.chain())
        self.conn = conn
        self._expiry = None
        self.link = None  # only calls of its own need one
        self.request = request
        self.action = action
        self.answered = False
        self.args = args
        self.home = home
        self.reply = reply
        self.started = False
        self.task: asyncio.Task[None] | None = None

    def chain(self) -> Chain:
        """Nobody waits any more for code that an answered action has left behind."""
        if self.answered:
            return ()
        if self.link is None:
            self.link = new_link(self.home, self.action.name)
        return (*self.cause, self.link)


current: ContextVar[Caller | None] = ContextVar("actors.runtime.current", default=None)


def chain_now() -> Chain:
    """Who waits for what the running code is about to do. Raises actor.call_chain_too_long."""
    caller = current.get()
    return () if caller is None else check_length(caller.chain())


def ray_now() -> str | None:
    """The id of the request that has led to the running code, for logs and for those who follow."""
    caller = current.get()
    return None if caller is None else caller.ray


@contextmanager
def led_to_by(ray: str) -> Iterator[None]:
    """Inside the block calls are of the request with that id. For code that runs in no actor."""
    caller = Caller(None)
    caller.request = ConnectRequest(ray=ray)
    token = current.set(caller)
    try:
        yield
    finally:
        current.reset(token)


async def run_as(caller: Caller, awaitable: Awaitable[T]) -> T:
    """`awaitable` in a task of its own, on behalf of `caller` and of nobody whose context was copied."""
    current.set(caller)
    return await awaitable
