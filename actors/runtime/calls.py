"""A call on its way through an actor: who asked, what runs, who gets the answer.

`Reply` is implemented by the doors (socket, HTTP, in-process handle) and only ever called by the runtime.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Protocol

from actors.errors import ActorError
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.definition import ActionDefinition


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
    """On whose behalf author code runs: what `self.conn` and `self.aborted` read."""

    __slots__ = ("conn", "expired", "request")

    def __init__(self, conn: Conn[Any] | None = None, request: ConnectRequest | None = None) -> None:
        self.conn = conn
        self.request = request
        self.expired = False

    def connection(self) -> Conn[Any] | None:
        """The connection of the call; an HTTP call gets its own when the handler first asks."""
        if self.conn is None and self.request is not None:
            self.conn = Conn(self.request)
        return self.conn


class Invocation(Caller):
    """One action from acceptance to its end. `answered` once its reply has joined the stream."""

    __slots__ = ("action", "answered", "args", "reply", "started", "task")

    def __init__(
        self,
        action: ActionDefinition,
        args: Sequence[Any],
        reply: Reply,
        conn: Conn[Any] | None,
        request: ConnectRequest | None,
    ) -> None:
        # Not super().__init__: this runs for every call.
        self.conn = conn
        self.request = request
        self.expired = False
        self.action = action
        self.args = args
        self.reply = reply
        self.started = False
        self.answered = False
        self.task: asyncio.Task[None] | None = None


current: ContextVar[Caller | None] = ContextVar("actors.runtime.current", default=None)
