"""Message: what a consumer holds of one message, until it says what has become of it.

Made by the mailbox. A message that is neither completed nor given back comes again when its lease runs out.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from actors.errors import MISSING, ActorError
from actors.runtime.backlog import Entry

NO_RESPONSE: Final[Any] = MISSING
"""For type checkers: a queue that declares what its completions are is to be given one."""

T_co = TypeVar("T_co", covariant=True)
R_contra = TypeVar("R_contra", contravariant=True)


class Holder(Protocol):
    """The mailbox, as a message in hand needs it."""

    async def complete(self, entry: Entry, attempt: int, response: Any) -> None: ...
    async def give_back(
        self, entry: Entry, attempt: int, delay: float | None, reason: str | None
    ) -> None: ...
    async def failed(self, entry: Entry, attempt: int, failure: Exception) -> None: ...
    def extend(self, entry: Entry, attempt: int, seconds: float | None) -> None: ...


class Message(Generic[T_co, R_contra]):
    """`async with message:` completes it at the end of the block, and gives it back if the block raises.

    As with an action, an exception ends that work and is logged, and whoever works through the queue goes on.

    `id` counts from 1 in each actor, `queue` is the published name. `attempt` counts how often it has been
    handed out, this time included: above 1 an earlier attempt may have got any part of its work done.
    `created_at` is in Unix milliseconds.
    """

    __slots__ = ("_completed", "_entry", "_holder", "attempt", "body", "created_at", "id", "queue")

    def __init__(self, holder: Holder, entry: Entry, body: T_co) -> None:
        self._holder = holder
        self._entry = entry
        self._completed = False
        self.id = entry.message_id
        self.queue = entry.name
        self.attempt = entry.attempts
        self.created_at = entry.created_at
        self.body = body

    @property
    def completed(self) -> bool:
        """Whether `complete` has returned, and no atomic block was rolled back with it."""
        return self._completed and self._entry.place == "leaving"

    @property
    def in_hand(self) -> bool:
        """Whether it is yet to be completed or given back, by whoever has it here and now."""
        return self._entry.place == "held" and self._entry.attempts == self.attempt

    async def complete(self, response: R_contra = NO_RESPONSE) -> None:
        """The work is done: store the state, then remove the message, then answer who waits for it.

        Raises queue.already_completed; queue.lease_expired if it was given back meanwhile, so that somebody
        else may work on it; queue.invalid_completion_payload for a response that the queue does not declare.
        If it raises anything else the message is still in hand.
        """
        await self._holder.complete(self._entry, self.attempt, response)
        self._completed = True

    async def retry(self, delay: float | None = None, reason: str | None = None) -> None:
        """Give it back, to be handed out again after `delay` seconds; None: as the queue's backoff says.

        The last attempt makes a dead letter. Raises as `complete` does.
        """
        await self._holder.give_back(self._entry, self.attempt, delay, reason)

    def extend(self, seconds: float | None = None) -> None:
        """Let the lease run for `seconds` from now; None: as long as at first. Raises as `complete` does."""
        self._holder.extend(self._entry, self.attempt, seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if isinstance(exc, Exception):
            await self._holder.failed(self._entry, self.attempt, exc)
        elif exc is None and self.in_hand:  # else the block has said itself what has become of it
            await self._complete_without_response()
        return isinstance(exc, Exception)

    async def _complete_without_response(self) -> None:
        """A block that forgets the response which its queue declares has failed."""
        try:
            await self.complete()
        except ActorError as refusal:
            if refusal.name != "queue.invalid_completion_payload":
                raise
            await self._holder.failed(self._entry, self.attempt, refusal)

    def __repr__(self) -> str:
        return f"<Message {self.id} of {self.queue}, attempt {self.attempt}>"


class DeadLetter(Generic[T_co]):
    """A message that was given up. `body` is plain data if it is no message of its queue any more."""

    __slots__ = ("attempts", "body", "created_at", "died_at", "error", "id")

    def __init__(self, entry: Entry, body: T_co) -> None:
        self.id = entry.message_id
        self.body = body
        self.attempts = entry.attempts
        self.created_at = entry.created_at
        self.died_at = entry.died_at or 0
        self.error = entry.error or ""

    def __repr__(self) -> str:
        return f"<DeadLetter {self.id}: {self.error}>"
