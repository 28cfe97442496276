"""QueueWriter: group commit of the queues of all actors of a node. One object per node, on its loop.

Idle, it writes at once; while a write is in flight the next batch collects. It answers each write once and
never decides what an actor does about a failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.logs import QUEUE_WRITE_FAILED, named
from actors.storage.queue import Bodies, QueueStore, QueueWrite
from actors.storage.store import StoreInterrupted, StoreRejected

MAX_WRITES: Final = 500
MAX_BYTES: Final = 1024 * 1024

REPEAT_FOR: Final = 10.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0

logger = logging.getLogger(__name__)

_Entry = tuple[QueueWrite, asyncio.Future[Bodies]]


class QueueWriter:
    """Writes of one actor reach the store in the order in which they were submitted."""

    def __init__(self, store: QueueStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: deque[_Entry] = deque()
        self._lane: asyncio.Task[None] | None = None
        self._closed = False

    def submit(self, write: QueueWrite) -> asyncio.Future[Bodies]:
        """The bodies of what was marked, once all is durable. It is written whether or not anybody waits.

        Raises actor.fenced if the actor is no longer ours; storage.unavailable or queue.message_invalid if
        nothing was written; actor.outcome_unknown.
        """
        answer: asyncio.Future[Bodies] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_retrieved)
        if self._closed:
            answer.set_exception(error("storage.unavailable"))
            return answer
        self._waiting.append((write, answer))
        if self._lane is None:
            self._lane = self._clock.spawn(self._run(), name="queue writer")
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

    def _collect(self) -> list[_Entry]:
        """The next batch; it ends before a write of another generation of an actor that is in it."""
        batch: list[_Entry] = []
        generations: dict[str, int] = {}
        size = 0
        while self._waiting and len(batch) < MAX_WRITES and size < MAX_BYTES:
            write = self._waiting[0][0]
            if generations.setdefault(write.actor_id, write.generation) != write.generation:
                break
            batch.append(self._waiting.popleft())
            size += sum(len(put.body) for put in write.puts)
        return batch

    async def _write(self, batch: Sequence[_Entry]) -> None:
        try:
            bodies = await self._ask(_merged([write for write, _ in batch]))
        except StoreRejected as refusal:
            await self._single_out(batch, refusal)
        except ActorError as failure:
            _fail(batch, failure)
        except Exception as failure:
            QUEUE_WRITE_FAILED.say(logger, {"writes": len(batch), "error": named(failure)}, failure)
            _fail(batch, error("actor.outcome_unknown"))
        else:
            for write, answer in batch:
                _answer(write, answer, bodies.get(write.actor_id))

    async def _single_out(self, batch: Sequence[_Entry], refusal: StoreRejected) -> None:
        """One message that the database refuses must not fail its neighbours."""
        if len(batch) > 1:
            for entry in batch:
                await self._write([entry])
        else:
            _fail(batch, error("queue.message_invalid", reason=str(refusal)))

    async def _ask(self, writes: list[QueueWrite]) -> Mapping[str, Bodies]:
        """Repeat an interrupted write until it is known to be done: nothing is done twice by that."""
        give_up_at = self._clock.monotonic() + REPEAT_FOR
        pause = FIRST_PAUSE
        interrupted = False
        while True:
            try:
                return await self._store.write(writes)
            except (ActorError, StoreInterrupted) as failure:
                interrupted = interrupted or isinstance(failure, StoreInterrupted)
                if not interrupted:
                    raise
                if self._clock.monotonic() + pause > give_up_at:
                    raise error("actor.outcome_unknown") from failure
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _merged(writes: Sequence[QueueWrite]) -> list[QueueWrite]:
    """One write for each actor, by their ids: two nodes that meet lock the rows in the same order."""
    by_actor: dict[str, list[QueueWrite]] = {}
    for write in writes:
        by_actor.setdefault(write.actor_id, []).append(write)
    return [_joined(by_actor[actor_id]) for actor_id in sorted(by_actor)]


def _joined(writes: Sequence[QueueWrite]) -> QueueWrite:
    """The last word on each message counts, and on the alarm."""
    if len(writes) == 1:
        return writes[0]
    drops = {message_id for write in writes for message_id in write.drops}
    marks = {mark.message_id: mark for write in writes for mark in write.marks}
    return QueueWrite(
        writes[0].actor_id,
        writes[0].generation,
        [put for write in writes for put in write.puts],
        [mark for message_id, mark in marks.items() if message_id not in drops],
        sorted(drops),
        next((write.alarm for write in reversed(writes) if write.alarm is not None), None),
    )


def _answer(write: QueueWrite, answer: asyncio.Future[Bodies], bodies: Bodies | None) -> None:
    if answer.done():
        return
    if bodies is None:
        answer.set_exception(error("actor.fenced", actor_id=write.actor_id, generation=write.generation))
    else:
        answer.set_result(bodies)


def _fail(batch: Sequence[_Entry] | deque[_Entry], failure: ActorError) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(failure)


def _retrieved(answer: asyncio.Future[Bodies]) -> None:
    """Whoever submitted it may have gone: that is no error of its own."""
    if not answer.cancelled():
        answer.exception()
