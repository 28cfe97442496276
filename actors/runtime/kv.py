"""ActorKv: the keys of one generation of one actor, in bytes. What authors reach as `self.kv` stands on it.

A write is durable when it returns; reads come from memory where they can. Checks no sizes and no types: that
is the API's business. After the end of its generation it refuses everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Self, cast

from actors.clock import Clock
from actors.errors import MISSING, ActorError, Missing, error
from actors.logs import KV_CALL, named
from actors.runtime.identity import Identity
from actors.runtime.kv_cache import Known, KvCache
from actors.runtime.kv_stage import KvStage
from actors.runtime.stream import Owner, Stream
from actors.runtime.surroundings import Surroundings
from actors.storage.kv import KvEntry, KvRange, KvWrite

logger = logging.getLogger(__name__)


class ActorKv:
    """Calls of one actor that change keys take effect in the order in which they were made.

    Every call raises actor.stopping after the end, actor.fenced if another generation owns the actor,
    storage.unavailable if nothing was changed, actor.outcome_unknown if nobody knows.
    """

    __slots__ = ("_cache", "_change", "_ended", "_identity", "_owner", "_stream", "_surroundings")

    def __init__(self, identity: Identity, surroundings: Surroundings, owner: Owner, stream: Stream) -> None:
        self._stream = stream
        self._identity = identity
        self._surroundings = surroundings
        self._owner = owner
        self._cache: KvCache | None = None
        self._change: asyncio.Future[None] | None = None
        self._ended = False

    # -- reading -------------------------------------------------------------------------------------
    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values in the order of `keys`, None where there is none."""
        with self._line("get", len(keys)) as line:
            cache, now = self._open(), self._surroundings.clock.now_ms()
            known = {key: cache.lookup(key) for key in keys}
            stage = self._stage()
            if stage is not None:
                known.update(stage.known(keys))
            unknown = [key for key, entry in known.items() if entry is MISSING]
            if unknown:
                found, _ = await self._read(cache, unknown, now)
                known.update((entry.key, entry) for entry in found)
            values = [_value(known[key], now) for key in keys]
            line.results = len(values) - values.count(None)
            return values

    async def list(self, span: KvRange, *, reverse: bool, limit: int) -> list[tuple[bytes, bytes]]:
        """The first pairs of a range, or the last ones, last first."""
        with self._line("list", 0) as line:
            self._open()
            now = self._surroundings.clock.now_ms()
            ask = partial(self._surroundings.store.kv.list, self._identity.actor_id, reverse=reverse)
            stage = self._stage()
            if stage is None:
                found = await ask(span, now, limit=limit)
            else:
                found = await stage.list(ask, span, now, reverse=reverse, limit=limit)
            line.results = len(found)
            return [(entry.key, entry.value) for entry in found]

    async def _read(self, cache: KvCache, keys: Sequence[bytes], now: int) -> tuple[Sequence[KvEntry], bool]:
        """What the store has of them, and whether no write to them began meanwhile."""
        reading = cache.begin_read(keys)
        try:
            found = await self._surroundings.store.kv.get(self._identity.actor_id, keys, now)
        except BaseException:
            cache.end_read(reading, None)
            raise
        cache.end_read(reading, found)
        return found, reading.undisturbed

    # -- writing -------------------------------------------------------------------------------------
    async def put(self, pairs: Sequence[tuple[bytes, bytes]], ttl: float | None) -> None:
        """Store all of them or none; of pairs with the same key the last. They expire after `ttl` seconds."""
        with self._line("put", len(pairs)):
            await self._write(put=self._entries(pairs, ttl))

    async def delete(self, keys: Sequence[bytes]) -> None:
        """Remove all of them or none."""
        with self._line("delete", len(keys)):
            await self._write(removed=[KvRange.of_key(key) for key in keys])

    async def delete_range(self, span: KvRange) -> None:
        """Remove what the range holds when this takes effect."""
        with self._line("delete_range", 0):
            await self._write(removed=[span])

    async def compare_and_set(
        self, key: bytes, expected: bytes | None, value: bytes | None, ttl: float | None
    ) -> bool:
        """Store `value`, if what is there is `expected`; None stands for no key. Whether it was."""
        with self._line("compare_and_set", 1) as line:
            entry = await self._settled(key)
            while self._shut_out():
                await self._stream.passage("kv")
                entry = await self._settled(key)
            if _value(entry, self._surroundings.clock.now_ms()) != expected:
                return False
            # Nothing was awaited since, and nobody else writes: the key is still as it was.
            if value is None:
                await self._write(removed=[KvRange.of_key(key)])
            else:
                await self._write(put=self._entries([(key, value)], ttl))
            line.results = 1
            return True

    def _entries(self, pairs: Sequence[tuple[bytes, bytes]], ttl: float | None) -> Sequence[KvEntry]:
        now = self._surroundings.clock.now_ms()
        expires_at = None if ttl is None else now + max(int(ttl * 1000), 1)
        return [KvEntry(key, value, expires_at) for key, value in dict(pairs).items()]

    async def _write(self, removed: Sequence[KvRange] = (), put: Sequence[KvEntry] = ()) -> None:
        write = KvWrite(self._identity.actor_id, self._identity.generation, removed, put)
        if self._shut_out():
            await self._stream.passage("kv")
        cache = self._open()
        stage = self._stage()
        if stage is not None:
            stage.effect.add(write)
            return
        cache.begin_write(write)
        call = _Call(self, write)
        self._surroundings.kv.submit(call)
        await call.done

    async def _settled(self, key: bytes) -> Known:
        """The key as it is, with no write to it under way: true until something is awaited."""
        while True:
            cache = self._open()
            stage = self._stage()
            staged = MISSING if stage is None else stage.effect.lookup(key)
            if not isinstance(staged, Missing):
                return staged
            if cache.busy(key):
                await self._next_change()
                continue
            known = cache.lookup(key)
            if not isinstance(known, Missing):
                return known
            found, undisturbed = await self._read(cache, [key], self._surroundings.clock.now_ms())
            if undisturbed:
                return next(iter(found), None)

    # -- atomic blocks -------------------------------------------------------------------------------
    def _shut_out(self) -> bool:
        """Whether other code has a block open."""
        block = self._stream.block
        return block is not None and not block.mine

    def _stage(self) -> KvStage | None:
        """Of the block that the running code is in."""
        block = self._stream.block
        if block is None or not block.mine:
            return None
        stage = block.staged.setdefault("kv", KvStage(self, self._identity))
        return cast(KvStage, stage)

    def begin_write(self, write: KvWrite) -> None:
        """For a stage: the block writes it, and `answered` is called."""
        self._open().begin_write(write)

    # -- ending --------------------------------------------------------------------------------------
    async def at_rest(self) -> None:
        """Return when no write is under way, also none whose caller has been cancelled."""
        while self._cache is not None and not self._cache.resting():
            await self._next_change()

    def end(self) -> None:
        """The generation is over."""
        self._ended = True

    # -- the writer's side ---------------------------------------------------------------------------
    def answered(self, write: KvWrite, *, durable: bool) -> None:
        """For the calls of this object: the writer has answered one."""
        if self._cache is not None:
            self._cache.end_write(write, durable=durable)
        change, self._change = self._change, None
        if change is not None:
            change.set_result(None)

    def fenced(self) -> ActorError:
        """For the calls of this object: the generation has ended. Returns what to raise."""
        self._owner.fence()
        identity = self._identity
        return error("actor.fenced", actor_id=identity.actor_id, generation=identity.generation)

    def lost(self, err: ActorError) -> None:
        """For the calls of this object: only the next generation can know what is stored."""
        self._owner.store_failed(err)

    # -- every call ----------------------------------------------------------------------------------
    def _open(self) -> KvCache:
        """Raises what refuses a call."""
        if self._ended:
            raise error("actor.stopping")
        if not self._surroundings.lease.valid():
            raise self.fenced()
        if self._cache is None:
            self._cache = KvCache()
        return self._cache

    async def _next_change(self) -> None:
        if self._change is None:
            self._change = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._change)

    def _line(self, operation: str, keys: int) -> _Line:
        return _Line(self._surroundings.clock, self._identity, operation, keys)


class _Call:
    """One write on its way. A caller that is cancelled does not take it back."""

    __slots__ = ("_kv", "done", "write")

    def __init__(self, kv: ActorKv, write: KvWrite) -> None:
        self._kv = kv
        self.write = write
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def committed(self) -> None:
        self._kv.answered(self.write, durable=True)
        if not self.done.done():
            self.done.set_result(None)

    def fenced(self) -> None:
        self._refuse(self._kv.fenced())

    def failed(self, error: ActorError) -> None:
        self._refuse(error)
        if error.name == "actor.outcome_unknown":
            self._kv.lost(error)

    def _refuse(self, failure: ActorError) -> None:
        self._kv.answered(self.write, durable=False)
        if not self.done.done():
            self.done.set_exception(failure)


class _Line:
    """The log line of one call. Never holds a key."""

    __slots__ = ("_begun", "_clock", "_fields", "_identity", "results")

    def __init__(self, clock: Clock, identity: Identity, operation: str, keys: int) -> None:
        self._clock = clock
        self._identity = identity
        self._fields: dict[str, Any] = {"operation": operation, "key_count": keys}
        self.results = 0

    def __enter__(self) -> Self:
        self._begun = self._clock.monotonic()
        return self

    def __exit__(self, kind: object, failure: BaseException | None, traceback: object) -> None:
        if KV_CALL.wanted(logger):
            elapsed = int((self._clock.monotonic() - self._begun) * 1_000_000)
            outcome = "ok" if failure is None else named(failure)
            fields = {"result_count": self.results, "elapsed_us": elapsed, "outcome": outcome}
            KV_CALL.say(logger, self._identity.fields(**self._fields, **fields))


def _value(entry: Known | Missing, now: int) -> bytes | None:
    if isinstance(entry, KvEntry) and not entry.expired(now):
        return entry.value
    return None
