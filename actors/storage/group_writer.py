"""GroupWriter: group commit of what the actors of a node write, in one part of the store. On the node's loop.

Idle, it writes at once; while a write is in flight the next batch collects. It answers each write once and
never decides what an actor does about a failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.logs import GROUP_WRITE_FAILED, named
from actors.storage.store import StoreInterrupted, StoreRejected

MAX_WRITES: Final = 500
MAX_BYTES: Final = 1024 * 1024

REPEAT_FOR: Final = 10.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0

logger = logging.getLogger(__name__)


class OwnedWrite(Protocol):
    """What one generation of an actor writes."""

    @property
    def actor_id(self) -> str: ...
    @property
    def generation(self) -> int: ...


W = TypeVar("W", bound=OwnedWrite)
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Part(Protocol[W, A_co]):
    """The part of the store that is written to, and what is to be known of its writes."""

    @property
    def name(self) -> str:
        """For the log."""
        ...

    async def write(self, writes: Sequence[W]) -> Mapping[str, A_co]:
        """One transaction, each actor at most once. Who is left out has been fenced. May be repeated."""
        ...

    def join(self, writes: Sequence[W]) -> W:
        """One write with the effect of `writes`, which are of one generation, one after the other."""
        ...

    def weigh(self, write: W) -> int:
        """Its bytes, about."""
        ...

    def refusal(self, reason: str) -> ActorError:
        """What the caller is told whose data the database refuses."""
        ...


class GroupWriter(Generic[W, A]):
    """Writes of one actor reach the store in the order in which they were submitted."""

    def __init__(self, part: Part[W, A], clock: Clock) -> None:
        self._part = part
        self._clock = clock
        self._waiting: deque[tuple[W, asyncio.Future[A]]] = deque()
        self._lane: asyncio.Task[None] | None = None
        self._closed = False

    def submit(self, write: W) -> asyncio.Future[A]:
        """Done once all is durable. It is written whether or not anybody waits.

        Raises actor.fenced if the actor is no longer ours; storage.unavailable, or the part's refusal, if
        nothing was written; actor.outcome_unknown.
        """
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_retrieved)
        if self._closed:
            answer.set_exception(error("storage.unavailable"))
            return answer
        self._waiting.append((write, answer))
        if self._lane is None:
            self._lane = self._clock.spawn(self._run(), name=f"{self._part.name} writer")
        return answer

    async def close(self) -> None:
        """Stop now and answer every leftover: what is in flight as unknown, the rest as not stored."""
        self._closed = True
        if self._lane is not None:
            self._lane.cancel()
            await asyncio.gather(self._lane, return_exceptions=True)
        _fail(self._waiting, error("storage.unavailable"))
        self._waiting.clear()

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._collect()
                try:
                    await self._write(batch)
                except asyncio.CancelledError:
                    _fail(batch, error("actor.outcome_unknown"))
                    raise
        finally:
            self._lane = None

    def _collect(self) -> list[tuple[W, asyncio.Future[A]]]:
        """The next batch; it ends before a write of another generation of an actor that is in it."""
        batch: list[tuple[W, asyncio.Future[A]]] = []
        generations: dict[str, int] = {}
        size = 0
        while self._waiting and len(batch) < MAX_WRITES and size < MAX_BYTES:
            write = self._waiting[0][0]
            if generations.setdefault(write.actor_id, write.generation) != write.generation:
                break
            batch.append(self._waiting.popleft())
            size += self._part.weigh(write)
        return batch

    async def _write(self, batch: Sequence[tuple[W, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._ask(self._merged([write for write, _ in batch]))
        except StoreRejected as refusal:
            await self._single_out(batch, refusal)
        except ActorError as failure:
            _fail(batch, failure)
        except Exception as failure:
            fields = {"part": self._part.name, "writes": len(batch), "error": named(failure)}
            GROUP_WRITE_FAILED.say(logger, fields, failure)
            _fail(batch, error("actor.outcome_unknown"))
        else:
            for write, answer in batch:
                if answer.done():
                    continue
                if write.actor_id in answers:
                    answer.set_result(answers[write.actor_id])
                else:
                    fenced = error("actor.fenced", actor_id=write.actor_id, generation=write.generation)
                    answer.set_exception(fenced)

    async def _single_out(self, batch: Sequence[tuple[W, asyncio.Future[A]]], refusal: StoreRejected) -> None:
        """What the database refuses must not fail its neighbours."""
        if len(batch) > 1:
            for entry in batch:
                await self._write([entry])
        else:
            _fail(batch, self._part.refusal(str(refusal)))

    async def _ask(self, writes: list[W]) -> Mapping[str, A]:
        """Repeat an interrupted write until it is known to be done: nothing is done twice by that."""
        give_up_at = self._clock.monotonic() + REPEAT_FOR
        pause = FIRST_PAUSE
        interrupted = False
        while True:
            try:
                return await self._part.write(writes)
            except (ActorError, StoreInterrupted) as failure:
                interrupted = interrupted or isinstance(failure, StoreInterrupted)
                if not interrupted:
                    raise
                if self._clock.monotonic() + pause > give_up_at:
                    raise error("actor.outcome_unknown") from failure
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _merged(self, writes: Sequence[W]) -> list[W]:
        """One write for each actor, by their ids: two nodes that meet lock the rows in the same order."""
        by_actor: dict[str, list[W]] = {}
        for write in writes:
            by_actor.setdefault(write.actor_id, []).append(write)
        return [self._part.join(by_actor[actor_id]) for actor_id in sorted(by_actor)]


def _fail(batch: Iterable[tuple[W, asyncio.Future[A]]], failure: ActorError) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(failure)


def _retrieved(answer: asyncio.Future[A]) -> None:
    """Whoever submitted it may have gone: that is no error of its own."""
    if not answer.cancelled():
        answer.exception()
