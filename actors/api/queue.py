"""Queue: messages that an actor works on one after another, each until it is done. See docs/queues.md.

Declared on the class, it sends and receives on `self`; callers' handles only send (`queue_handle.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import (
    Any,
    Concatenate,
    Final,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    cast,
    get_args,
    overload,
)

from actors.api.calls import Call, DirectCall
from actors.api.methods import Method, refuse_on_self
from actors.api.naming import wire_names
from actors.api.queue_types import QueueTypes
from actors.api.words import check_words
from actors.errors import ActorError, error
from actors.runtime.definition import QueueDefinition
from actors.runtime.message import DeadLetter, Message
from actors.runtime.queue import Mailbox
from actors.runtime.queue_limits import MAX_DELAY, is_number

T = TypeVar("T")
R = TypeVar("R")
T2 = TypeVar("T2")
P = ParamSpec("P")

DEFAULT_ATTEMPTS: Final = 5
DEFAULT_LEASE: Final = 30.0
DEFAULT_BACKOFF: Final = 1.0
MOST_LETTERS: Final = 100

Letters: TypeAlias = DeadLetter[Any] | int | Iterable[DeadLetter[Any] | int] | None


def _sending(send: Callable[Concatenate[Any, P], Call[R]]) -> Method[Callable[P, Call[R]]]:
    """A plain method, which handles offer `on_commit` of besides."""
    send.on_commit = refuse_on_self  # type: ignore[attr-defined]
    return cast(Method[Callable[P, Call[R]]], send)


class Manner(TypedDict, total=False):
    """How a message is sent: it can be had after `delay` seconds, before those of a lower `priority`, and
    instead of nothing only if none with the key `dedupe` is there.
    """

    delay: float
    priority: int
    dedupe: str | None


class Waiting(Manner, total=False):
    """`timeout`: for how many seconds the sender waits."""

    timeout: float | None


class HasMailbox(Protocol):
    """The part of an ActorContext that queues need."""

    @property
    def mailbox(self) -> Mailbox: ...


class Consumer(Generic[T, R]):
    """Messages of one queue, or of several: `self.jobs | self.mail`. By priority, then the oldest first.

    A message is handed out under a lease, and counted as an attempt before anybody sees it: an actor that
    ends meanwhile, however it ends, gets it again. All methods raise actor.aborted once the actor is on its
    way to sleep or destruction, storage.unavailable, and queue.invalid_request.
    """

    __slots__ = ("_context", "_names")

    def __init__(self, context: HasMailbox, *names: str) -> None:
        self._context = context
        self._names = names

    def __or__(self, other: Consumer[T2, Any]) -> Consumer[T | T2, Any]:
        if not isinstance(other, Consumer):
            return NotImplemented
        return Consumer(self._context, *self._names, *other._names)

    async def next(self, timeout: float | None = None) -> Message[T, R] | None:
        """The next message, waited for `timeout` seconds, without end if None; None if none comes."""
        return next(iter(await self.next_batch(1, timeout)), None)

    async def next_batch(self, count: int, timeout: float | None = None) -> list[Message[T, R]]:
        """Up to `count` messages that are there, or the first that comes; none if none comes in time."""
        return await self._context.mailbox.receive(self._names, count, timeout)

    async def try_next(self) -> Message[T, R] | None:
        """The next message if there is one now."""
        return await self.next(timeout=0)

    async def wait(self, timeout: float | None = None) -> bool:
        """Whether a message is there to be had within `timeout` seconds; takes none."""
        return await self._context.mailbox.wait(self._names, timeout)

    async def __aiter__(self) -> AsyncIterator[Message[T, R]]:
        """One message after another, until the actor is on its way out.

        Raises queue.previous_message_not_completed where the body leaves one in hand: it would come again.
        """
        while True:
            try:
                message = await self.next()
            except ActorError as end:
                if end.name == "actor.aborted":
                    return
                raise
            if message is not None:
                yield message
                if message.in_hand:
                    raise error("queue.previous_message_not_completed")


class BoundQueue(Consumer[T, R]):
    """One queue: of a living actor, or as its callers see it, who may `send` and `send_and_wait`."""

    __slots__ = ("_definition", "_types")

    def __init__(self, context: HasMailbox, queue: Queue[T, R]) -> None:
        super().__init__(context, queue.definition.name)
        self._definition = queue.definition
        self._types = queue.types

    @property
    def name(self) -> str:
        """The published wire name: what `Message.queue` says."""
        return self._definition.name

    # -- sending -------------------------------------------------------------------------------------
    @_sending
    def send(self, body: T, **how: Unpack[Manner]) -> Call[None]:
        """Store a message; returns once it is durable.

        It can be had after `delay` seconds, before those of a lower `priority`. With a `dedupe` key nothing
        is stored while a message with that key is not completed yet. Raises queue.invalid_payload,
        queue.message_too_large, queue.full, queue.invalid_request: then nothing was stored.
        """
        label = self._label("send")
        check_words("queue.invalid_request", label, Manner, how)
        return DirectCall(label, self._send(body, how))

    def send_and_wait(self, body: T, **how: Unpack[Waiting]) -> Call[R]:
        """As `send`, and wait for the response with which the message is completed.

        Raises queue.timed_out after `timeout` seconds; the message stays. queue.dead_letter if it is given
        up, queue.completion_waiter_dropped if the actor ends before.
        """
        label = self._label("send_and_wait")
        check_words("queue.invalid_request", label, Waiting, how)
        return DirectCall(label, self._send_and_wait(body, **how))

    async def _send(self, body: T, how: Manner) -> None:
        await self._context.mailbox.send(self._definition, self._definition.encode(body), **how)

    async def _send_and_wait(self, body: T, timeout: float | None = None, **how: Unpack[Manner]) -> R:
        encoded = self._definition.encode(body)
        response = await self._context.mailbox.send_and_wait(self._definition, encoded, timeout, **how)
        return cast(R, self._types.read_response(response))

    # -- dead letters --------------------------------------------------------------------------------
    async def dead_letters(self, limit: int = MOST_LETTERS) -> list[DeadLetter[T]]:
        """Messages that were given up after their last attempt, the oldest first."""
        return await self._context.mailbox.dead_letters.find(self._definition, limit)

    async def replay(self, letters: Letters = None) -> int:
        """Let dead letters, or those with these ids, begin anew with all their attempts. None: all of them.

        Returns how many.
        """
        return await self._context.mailbox.dead_letters.replay(self._definition, _ids(letters))

    async def discard(self, letters: Letters = None) -> int:
        """Remove dead letters, or those with these ids. None: all of them. Returns how many."""
        return await self._context.mailbox.dead_letters.discard(self._definition, _ids(letters))

    def _label(self, verb: str) -> str:
        return f"{self._definition.name}.{verb}()"


def _ids(letters: Letters) -> list[int] | None:
    if letters is None:
        return None
    several = letters if isinstance(letters, Iterable) and not isinstance(letters, str | bytes) else [letters]
    return [_id(letter) for letter in several]


def _id(letter: Any) -> int:
    number = letter.id if isinstance(letter, DeadLetter) else letter
    if type(number) is not int:
        raise error("queue.invalid_request", reason=f"{number!r} is neither a dead letter nor its id")
    return number


class Queue(Generic[T, R]):
    """`jobs = Queue(Job)`, or `Queue[int | str, None]()` for types that are no classes.

    The second type is that of the responses, if messages are completed with any: `Queue(Job, Receipt)`.
    A message that is handed out `max_attempts` times and never completed becomes a dead letter. `lease`: for
    how many seconds it is in hand before it is handed out again. `backoff`: how many seconds one that was
    given back waits for its second attempt; twice as long for each after that, an hour at most.
    """

    definition: QueueDefinition
    types: QueueTypes

    @overload
    def __init__(
        self: Queue[T2, Any],
        body: type[T2],
        /,
        *,
        max_attempts: int = ...,
        lease: float = ...,
        backoff: float = ...,
        name: str | None = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        body: type[T],
        response: type[R],
        /,
        *,
        max_attempts: int = ...,
        lease: float = ...,
        backoff: float = ...,
        name: str | None = ...,
    ) -> None: ...
    @overload
    def __init__(
        self, *, max_attempts: int = ..., lease: float = ..., backoff: float = ..., name: str | None = ...
    ) -> None: ...
    def __init__(
        self,
        *types: Any,
        max_attempts: int = DEFAULT_ATTEMPTS,
        lease: float = DEFAULT_LEASE,
        backoff: float = DEFAULT_BACKOFF,
        name: str | None = None,
    ) -> None:
        self._types = types
        self._name = name
        self.max_attempts = max_attempts
        self.lease = lease
        self.backoff = backoff
        self.attribute = ""

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        names = wire_names(attribute, self._name)
        self.types = types = QueueTypes(names[0], self._declared)
        self.definition = QueueDefinition(
            name=names[0],
            encode=types.encode,
            decode=types.decode,
            respond=types.respond,
            aliases=frozenset(names[1:]),
            max_attempts=self.max_attempts,
            lease=self.lease,
            backoff=self.backoff,
        )

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any) -> BoundQueue[T, R]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else BoundQueue(instance._context, self)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a client may send to, the published one first."""
        return (self.definition.name, *sorted(self.definition.aliases))

    def faults(self) -> Iterator[str]:
        """What is wrong with the numbers, in words for the author."""
        attempts: Any = self.max_attempts
        if not isinstance(attempts, int) or isinstance(attempts, bool) or attempts < 1:
            yield f"max_attempts is a whole number from 1, not {attempts!r}"
        if not is_number(self.lease) or not 0 < self.lease <= MAX_DELAY:
            yield f"lease is a number of seconds above 0, not {self.lease!r}"
        if not is_number(self.backoff) or not 0 <= self.backoff <= MAX_DELAY:
            yield f"backoff is a number of seconds from 0, not {self.backoff!r}"

    def _declared(self) -> tuple[Any, Any]:
        """The types in brackets or in parentheses; Any for what is not given."""
        written = getattr(self, "__orig_class__", None)
        body, response, *_ = (*(get_args(written) if written else self._types), Any, Any)
        return body, response
