"""The outbox part of the Store contract: calls that Django code stored in a transaction of its own.

The gateway stores them, the relay of a node claims and delivers them. A row is removed by the atomic block in
which its actor did what it asks (`BlockWrite.outbox`), and by nothing else: so it is done once. Of the calls
to one actor only the first is ever claimed, which keeps their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

CHANNEL: Final = "actors_outbox"
"""Whoever listens on it is told of every commit that stored a call."""
LEASE: Final = 15_000
"""Milliseconds that a claimed call is its node's alone. Renewed while it is being delivered."""
PAUSED: Final = "actor.paused"
"""How the error begins of a call that is put off because its actor is paused."""


@dataclass(frozen=True, slots=True)
class OutboxCall:
    """One call as it is stored. `member` is the wire name of an action or a queue.

    `body` is what the actor's door would get, `target` how the handle means its actor: both CBOR.
    """

    name: str
    key: str
    kind: Literal["action", "queue"]
    member: str
    body: bytes
    target: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A claimed call. `attempts` counts the deliveries that failed; `paused`: its actor is, so it waits."""

    row_id: int
    attempts: int
    call: OutboxCall
    paused: bool = False


@dataclass(frozen=True, slots=True)
class OutboxMark:
    """What has become of a call that could not be delivered. With `failed_at` nobody tries again."""

    row_id: int
    attempts: int
    next_at: int
    error: str
    failed_at: int | None = None


class OutboxStore(Protocol):
    """Fails as a `Store` does. Times are Unix milliseconds by the clock of whoever asks."""

    async def claim(self, now: int, limit: int) -> list[OutboxRow]:
        """Take calls that are due for LEASE, each the first one of its actor, the longest due first."""
        ...

    async def follow(self, call: OutboxCall, now: int) -> OutboxRow | None:
        """As `claim`, of one actor: what comes first after `call` has been dealt with."""
        ...

    async def renew(self, row_ids: list[int], now: int) -> None:
        """They are being delivered: another LEASE."""
        ...

    async def mark(self, mark: OutboxMark) -> None:
        """Unless it has been delivered meanwhile."""
        ...

    async def hasten(self, name: str, key: str, now: int) -> None:
        """An actor goes on: the first call to it is due, if it was put off because of the pause."""
        ...

    async def holds(self, row_id: int) -> bool:
        """Whether the call has not been delivered yet."""
        ...

    async def listen(self, heard: Callable[[], None]) -> None:
        """Have `heard` called when calls have been stored. To be repeated now and then: the line may break.

        Raises storage.unavailable.
        """
        ...
