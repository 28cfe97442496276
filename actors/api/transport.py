"""Transport: how a handle reaches its actor, wherever that lives.

Handles call it; the face binds the real one in `AppConfig.ready()` (in a node: straight to the runtime or to
the owner's address; elsewhere: over HTTP). This floor never learns which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from actors.runtime.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a handle means: by id, or by wire name and key. `input` is only for what is made.

    `user` and `session` are Django's, for calls within the node's own process (`actors.testing`).
    """

    name: str
    method: Literal["get", "get_or_create", "create", "for_id"]
    key: tuple[str, ...] = ()
    actor_id: str | None = None
    input: Any = None
    params: Any = None
    user: Any = None
    session: Any = None


class EventStream(Protocol):
    """An open connection as callers see it: actions over it, events from it."""

    async def call(self, action: str, args: Sequence[Any]) -> Any: ...
    async def subscribe(self, event: str) -> None: ...
    async def next_event(self) -> tuple[str, list[Any]]:
        """The next event of any subscription. Raises ActorError when the connection has ended."""
        ...

    async def close(self) -> None: ...


class Transport(Protocol):
    """Values in and out are plain wire values (what `protocol.values` encodes), never live objects."""

    async def call(self, target: Target, action: str, args: Sequence[Any]) -> Any: ...

    def call_blocking(self, target: Target, action: str, args: Sequence[Any], timeout: float) -> Any:
        """For threads without a running loop. Raises TimeoutError after `timeout` seconds."""
        ...

    async def send(self, target: Target, delivery: Delivery) -> Any:
        """Put a message into a queue; with `wait` the response that it is completed with, None without one.

        Raises queue.timed_out.
        """
        ...

    def send_blocking(self, target: Target, delivery: Delivery, timeout: float) -> Any:
        """As `call_blocking`."""
        ...

    def call_on_commit(self, target: Target, action: str, args: Sequence[Any]) -> None:
        """Have the action called once Django's transaction is committed: see `BoundMethod.on_commit`."""
        ...

    def send_on_commit(self, target: Target, delivery: Delivery) -> None:
        """As `call_on_commit`, for a message that nobody waits for."""
        ...

    async def resolve(self, target: Target) -> str:
        """The actor's id, made first if the target says so."""
        ...

    def resolve_blocking(self, target: Target, timeout: float) -> str: ...

    async def connect(self, target: Target) -> EventStream: ...
