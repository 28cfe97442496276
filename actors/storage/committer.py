"""The committer: group commit of the states of all actors of a node. One object per node, on its loop.

Idle, it writes at once; while a commit is in flight the next batch collects. Actors touch it and are called
back; it never looks into a state and never decides what an actor does about a failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from actors.clock import Clock
from actors.errors import ActorError, error, sanitize
from actors.logs import COMMIT_FAILED, COMMIT_MISHEARD, COMMITTED, NOT_ENCODED, named
from actors.storage.readback import read_back
from actors.storage.store import StateWrite, Store, StoreInterrupted, StoreRejected

MAX_ROWS: Final = 500
MAX_BYTES: Final = 1024 * 1024
LARGE_ROW: Final = 64 * 1024

logger = logging.getLogger(__name__)


class Committable(Protocol):
    """One generation of one actor, as the committer sees it.

    `prepare` encodes the state; None means nothing to write, and each write is answered once. If it raises,
    `failed` is called with that error. The answers must not block and must not raise.
    """

    @property
    def actor_id(self) -> str: ...
    def prepare(self) -> StateWrite | None: ...
    def committed(self) -> None: ...
    def fenced(self) -> None: ...
    def failed(self, error: ActorError) -> None: ...


@dataclass(slots=True)
class CommitStats:
    """Counted since start. `commits` are batches sent, `rows` and `bytes` what was written durably."""

    commits: int = 0
    rows: int = 0
    bytes: int = 0
    largest_batch: int = 0
    fenced: int = 0
    failed: int = 0


_Entry = tuple[Committable, StateWrite]


class Committer:
    """Two lanes, one commit at a time on each: rows over LARGE_ROW do not hold up the small ones."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.stats = CommitStats()
        self._store = store
        self._clock = clock
        self._closed = False
        # Waiting for a batch, in the order of their first touch.
        self._touched: OrderedDict[Committable, None] = OrderedDict()
        # Touched again while their write was in flight on the large lane.
        self._held: list[Committable] = []
        self._in_flight: set[str] = set()
        self._large: list[_Entry] = []
        self._small_lane: asyncio.Task[None] | None = None
        self._large_lane: asyncio.Task[None] | None = None
        self._resting: list[asyncio.Future[None]] = []

    def touch(self, committable: Committable) -> None:
        """Its state may have changed. Cheap and idempotent; the batch is prepared in the next loop turn."""
        self._touched[committable] = None
        if self._small_lane is None:
            self._wake()

    async def idle(self) -> None:
        """Wait until nothing is touched or in flight."""
        while self._small_lane is not None or self._large_lane is not None:
            rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._resting.append(rest)
            await rest

    async def close(self) -> None:
        """Stop now and answer every leftover: what is in flight as unknown, the rest as not stored."""
        self._closed = True
        lanes = [lane for lane in (self._small_lane, self._large_lane) if lane is not None]
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        self._fail(self._large, error("storage.unavailable"))
        self._large = []
        self._refuse_touched()

    # -- lanes ---------------------------------------------------------------------------------------
    def _wake(self) -> None:
        if self._closed:
            self._refuse_touched()
        elif self._small_lane is None and self._touched:
            self._small_lane = self._clock.spawn(self._run_small(), name="committer")

    async def _run_small(self) -> None:
        try:
            while self._touched:
                batch = self._collect()
                if batch:
                    await self._commit(batch)
                elif self._touched:
                    await self._clock.sleep(0)
        finally:
            self._small_lane = None
            self._rest()

    async def _run_large(self) -> None:
        try:
            while self._large:
                batch, self._large = _cut(self._large)
                await self._commit(batch)
                self._touched.update(dict.fromkeys(self._held))
                self._held.clear()
                self._wake()
        finally:
            self._large_lane = None
            self._rest()

    def _rest(self) -> None:
        if self._small_lane is None and self._large_lane is None:
            for rest in self._resting:
                if not rest.done():
                    rest.set_result(None)
            self._resting.clear()

    # -- collecting ----------------------------------------------------------------------------------
    def _collect(self) -> list[_Entry]:
        """Encode the next batch: bounded in rows and bytes, without actors that are in flight."""
        batch: list[_Entry] = []
        size = 0
        for _ in range(min(len(self._touched), MAX_ROWS)):
            committable, _none = self._touched.popitem(last=False)
            if committable.actor_id in self._in_flight:
                self._held.append(committable)
                continue
            write = self._prepare(committable)
            if write is None:
                continue
            self._in_flight.add(write.actor_id)
            if len(write.state) > LARGE_ROW:
                self._send_large((committable, write))
                continue
            batch.append((committable, write))
            size += len(write.state)
            if size >= MAX_BYTES:
                break
        return batch

    def _prepare(self, committable: Committable) -> StateWrite | None:
        """A state that cannot be encoded fails alone."""
        try:
            return committable.prepare()
        except ActorError as failure:
            refusal = failure
        except Exception as failure:
            NOT_ENCODED.say(logger, {"actor_id": committable.actor_id, "error": named(failure)}, failure)
            refusal = sanitize(failure)
        self.stats.failed += 1
        _report(committable, refusal)
        return None

    def _send_large(self, entry: _Entry) -> None:
        self._large.append(entry)
        if self._large_lane is None:
            self._large_lane = self._clock.spawn(self._run_large(), name="committer, large rows")

    # -- writing -------------------------------------------------------------------------------------
    async def _commit(self, batch: list[_Entry]) -> None:
        """Write a batch, in parts if the database refuses it, until each entry has its answer."""
        # Two nodes that write the same rows lock them in the same order.
        parts = [sorted(batch, key=_actor_id)]
        try:
            while parts:
                halves = await self._write(parts[-1])
                parts.pop()
                parts.extend(halves)
        except asyncio.CancelledError:
            for part in parts:
                self._fail(part, error("actor.outcome_unknown"))
            raise

    async def _write(self, part: list[_Entry]) -> list[list[_Entry]]:
        """One transaction. Answers the part, or returns the halves to be tried instead."""
        self.stats.commits += 1
        self.stats.largest_batch = max(self.stats.largest_batch, len(part))
        try:
            written = await self._store.commit([write for _, write in part])
        except StoreRejected as refusal:
            return self._bisect(part, refusal)
        except StoreInterrupted:
            self._settle(part, await read_back(self._store, self._clock, list(map(_actor_id, part))))
        except ActorError as failure:
            self._fail(part, failure)
        except Exception as failure:
            COMMIT_FAILED.say(logger, {"delta_count": len(part), "error": named(failure)}, failure)
            self._fail(part, error("actor.outcome_unknown"))
        else:
            if COMMITTED.wanted(logger):
                size = sum(len(write.state) for _, write in part)
                fields = {"delta_count": len(part), "delta_bytes": size, "written": len(written)}
                COMMITTED.say(logger, fields)
            self._answer(part, written)
        return []

    def _bisect(self, part: list[_Entry], refusal: StoreRejected) -> list[list[_Entry]]:
        """Halve until the row at fault stands alone, and fail it alone."""
        if len(part) > 1:
            middle = len(part) // 2
            return [part[middle:], part[:middle]]
        reason = str(refusal)
        self._fail(part, error("actor.state_not_serializable", actor=part[0][1].actor_id, reason=reason))
        return []

    # -- answering -----------------------------------------------------------------------------------
    def _answer(self, part: list[_Entry], written: frozenset[str]) -> None:
        stats = self.stats
        for committable, write in part:
            self._in_flight.discard(write.actor_id)
            try:
                if write.actor_id in written:
                    stats.rows += 1
                    stats.bytes += len(write.state)
                    committable.committed()
                else:
                    stats.fenced += 1
                    committable.fenced()
            except Exception as bug:
                COMMIT_MISHEARD.say(logger, {"actor_id": write.actor_id, "error": named(bug)}, bug)

    def _settle(self, part: list[_Entry], stored: Mapping[str, tuple[int, int]] | None) -> None:
        """Answer by what was read back. An older revision is no proof of failure: ours may still come."""
        if stored is None:
            self._fail(part, error("actor.outcome_unknown"))
            return
        generations = {actor_id: generation for actor_id, (generation, _) in stored.items()}
        durable = [e for e in part if stored.get(e[1].actor_id) == (e[1].generation, e[1].revision)]
        lost = [e for e in part if generations.get(e[1].actor_id) != e[1].generation]
        answered = {_actor_id(entry) for entry in (*durable, *lost)}
        self._answer([*durable, *lost], frozenset(map(_actor_id, durable)))
        self._fail([e for e in part if _actor_id(e) not in answered], error("actor.outcome_unknown"))

    def _fail(self, part: list[_Entry], failure: ActorError) -> None:
        self.stats.failed += len(part)
        for committable, write in part:
            self._in_flight.discard(write.actor_id)
            _report(committable, failure)

    def _refuse_touched(self) -> None:
        touched = [*self._touched, *self._held]
        self._touched.clear()
        self._held.clear()
        for committable in touched:
            _report(committable, error("storage.unavailable"))


def _report(committable: Committable, failure: ActorError) -> None:
    try:
        committable.failed(failure)
    except Exception as bug:
        COMMIT_MISHEARD.say(logger, {"actor_id": committable.actor_id, "error": named(bug)}, bug)


def _cut(entries: list[_Entry]) -> tuple[list[_Entry], list[_Entry]]:
    """The first batch of encoded rows, and the rest."""
    size = 0
    for count, (_, write) in enumerate(entries, start=1):
        size += len(write.state)
        if size >= MAX_BYTES or count == MAX_ROWS:
            return entries[:count], entries[count:]
    return entries, []


def _actor_id(entry: tuple[Any, StateWrite]) -> str:
    return entry[1].actor_id
