"""KvWriter: group commit of the KV writes of all actors of a node. One object per node, on its loop.

Idle, it writes at once; while a write is in flight the next batch collects. Within a batch the calls of an
actor take effect in their order. Never reads, and never decides what an actor does about a failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.logs import KV_NOT_SWEPT, KV_WRITE_FAILED, named
from actors.storage.kv import KvStore, KvWrite
from actors.storage.kv_effect import merged
from actors.storage.store import StoreInterrupted, StoreRejected

MAX_CALLS: Final = 500
MAX_BYTES: Final = 1024 * 1024

SWEEP_EVERY: Final = 60_000
SWEEP_AFTER: Final = 60_000
"""Milliseconds for which an expired key is left alone: another node's clock may be behind."""
SWEEP_ROWS: Final = 1000

logger = logging.getLogger(__name__)


class KvCall(Protocol):
    """One call of an actor that changes keys. It is answered once; the answers must not raise."""

    @property
    def write(self) -> KvWrite: ...
    def committed(self) -> None: ...
    def fenced(self) -> None: ...
    def failed(self, error: ActorError) -> None: ...


class KvWriter:
    """One transaction at a time."""

    def __init__(self, store: KvStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[KvCall] = []
        self._lane: asyncio.Task[None] | None = None
        self._closed = False
        self._sweep_at = 0

    def submit(self, call: KvCall) -> None:
        """Write it with the next batch."""
        if self._closed:
            call.failed(error("storage.unavailable"))
            return
        self._waiting.append(call)
        if self._lane is None:
            self._lane = self._clock.spawn(self._run(), name="KV writer")

    async def close(self) -> None:
        """Stop now and answer every leftover: what is in flight as unknown, the rest as not stored."""
        self._closed = True
        if self._lane is not None:
            self._lane.cancel()
            await asyncio.gather(self._lane, return_exceptions=True)
        waiting, self._waiting = self._waiting, []
        _fail(waiting, error("storage.unavailable"))

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._commit(self._collect())
                await self._sweep()
        finally:
            self._lane = None

    def _collect(self) -> list[KvCall]:
        """The next batch, bounded in calls and bytes."""
        size = 0
        for count, call in enumerate(self._waiting, start=1):
            size += sum(len(entry.key) + len(entry.value) for entry in call.write.put)
            if size >= MAX_BYTES or count == MAX_CALLS:
                batch, self._waiting = self._waiting[:count], self._waiting[count:]
                return batch
        batch, self._waiting = self._waiting, []
        return batch

    async def _commit(self, batch: list[KvCall]) -> None:
        """Write a batch, in parts if the database refuses it, until each call has its answer."""
        parts = [batch]
        try:
            while parts:
                singles = await self._write(parts[0])
                parts[:1] = singles
        except asyncio.CancelledError:
            for part in parts:
                _fail(part, error("actor.outcome_unknown"))
            raise

    async def _write(self, part: list[KvCall]) -> list[list[KvCall]]:
        """One transaction. Answers the part, or returns its calls to be tried one by one."""
        try:
            written = await self._apply(part)
        except StoreRejected as refusal:
            if len(part) > 1:
                return [[call] for call in part]
            _fail(part, error("kv.invalid_request", reason=str(refusal)))
        except StoreInterrupted:
            # It may even come later: only a new generation puts an end to the doubt.
            _fail(part, error("actor.outcome_unknown"))
        except ActorError as failure:
            _fail(part, failure)
        except Exception as failure:
            KV_WRITE_FAILED.say(logger, {"calls": len(part), "error": named(failure)}, failure)
            _fail(part, error("actor.outcome_unknown"))
        else:
            _answer(part, written)
        return []

    async def _apply(self, part: Sequence[KvCall]) -> set[tuple[str, int]]:
        """The generations whose calls were written; the others have been fenced."""
        # In the order in which commits lock the same rows.
        writes = sorted(merged([call.write for call in part]), key=lambda write: write.actor_id)
        applied = await self._store.write(writes)
        return {
            (write.actor_id, write.generation) for write, done in zip(writes, applied, strict=True) if done
        }

    async def _sweep(self) -> None:
        """Now and then remove what has expired, whose keys it ever was; sooner again if there is more."""
        now = self._clock.now_ms()
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_EVERY
        try:
            if await self._store.sweep(now - SWEEP_AFTER, SWEEP_ROWS) == SWEEP_ROWS:
                self._sweep_at = now
        except (ActorError, StoreInterrupted, StoreRejected) as failure:
            KV_NOT_SWEPT.say(logger, {"error": named(failure)})


def _answer(calls: Sequence[KvCall], written: set[tuple[str, int]]) -> None:
    for call in calls:
        if (call.write.actor_id, call.write.generation) in written:
            call.committed()
        else:
            call.fenced()


def _fail(calls: Sequence[KvCall], failure: ActorError) -> None:
    for call in calls:
        call.failed(failure)
