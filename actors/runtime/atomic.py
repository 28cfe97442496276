"""Blocks: the atomic blocks of one actor, one after the other. `self.atomic()` of the author ends here.

While one is open the stream is held: nothing leaves and nothing else is stored. At its end everything is
written in one transaction, or undone; what cannot be undone alone ends the generation.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextvars import Token, copy_context
from types import TracebackType
from typing import Final, Protocol, TypeVar

from actors.clock import Clock, Timeout
from actors.errors import ActorError, error
from actors.logs import BLOCK_MIXED
from actors.runtime.block import Block, Delivered, DeliveredBefore, InBlock, current_block
from actors.runtime.calls import Caller, Invocation, Running, current
from actors.runtime.core import Core
from actors.runtime.identity import Identity
from actors.runtime.lifecycle import State
from actors.runtime.stream import Owner
from actors.runtime.surroundings import Surroundings
from actors.storage.readback import read_back
from actors.storage.store import (
    AfterCommit,
    BlockWrite,
    StoreInterrupted,
    StoreRejected,
)

DELIVERY: Final = 10.0
"""Seconds that a call of the outbox may take: its actor does nothing else meanwhile."""
MAX_BLOCK: Final = 4 * 1024 * 1024
"""Bytes of keys, values, messages and arguments of schedules."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Stage(Owner, Protocol):
    """The task behind the blocks."""

    @property
    def state(self) -> State: ...


class Line(Protocol):
    """The dispatcher: actions that come while a block is open wait for its end."""

    def unstarted(self) -> int:
        """Those that count as writers and have done nothing yet."""
        ...

    def resume(self) -> None:
        """A block has ended."""
        ...


class Blocks:
    """See the module docstring."""

    __slots__ = (
        "_clock",
        "_identity",
        "_in_line",
        "_line",
        "_owner",
        "_state",
        "_store",
        "_stream",
        "_turn",
    )

    def __init__(
        self,
        identity: Identity,
        core: Core,
        surroundings: Surroundings,
        owner: Stage,
        line: Line,
    ) -> None:
        self._identity = identity
        self._state = core.state
        self._stream = core.stream
        self._store = surroundings.store
        self._clock = surroundings.clock
        self._owner = owner
        self._line = line
        self._turn = asyncio.Lock()
        # Writers that wait for their turn: they change nothing meanwhile.
        self._in_line = 0

    def atomic(self, seconds: float) -> Atomic:
        """For `async with`. Raises atomic.* here and at its entry, and what its end says."""
        if not (type(seconds) in (int, float) and 0 < seconds < math.inf):
            reason = f"timeout is a number of seconds above 0, not {seconds!r}"
            raise error("atomic.invalid_request", reason=reason)
        block = self._stream.block
        if block is not None and block.mine and block.delivered is not None:
            return Part(self, self._clock, seconds, block.delivered)
        return Atomic(self, self._clock, seconds)

    def delivery(self, row_id: int, *, alters: bool = True) -> Atomic:
        """For `async with` around all that a call of the outbox asks for: the row goes with its commit.

        Without `alters` the code inside leaves the state alone. Raises DeliveredBefore at its entry or its
        end; then nothing has been done.
        """
        return Delivery(self, self._clock, Delivered(row_id, alters))

    def abandon(self) -> None:
        """The state is about to be saved a last time: half a block must not be in it."""
        block = self._stream.block
        if block is not None and not block.finishing:
            self._owner.store_failed(error("actor.outcome_unknown"))

    # -- entering ------------------------------------------------------------------------------------
    async def enter(self, delivered: Delivered | None = None) -> Block:
        """When it is our turn. Raises what refuses a block here."""
        caller = self._check_may_open()
        writes = _writes(caller)
        self._in_line += writes
        try:
            await self._turn.acquire()
        finally:
            self._in_line -= writes
        try:
            if delivered is not None:
                await self._check_to_do(delivered.row_id)
            block = await self._open(caller, writes)
        except BaseException:
            self._turn.release()
            raise
        if delivered is not None:
            block.staged["outbox"] = delivered
        return block

    async def _check_to_do(self, row_id: int) -> None:
        """Raises DeliveredBefore: another node may have delivered the call, or this one, unanswered."""
        if not await self._store.outbox.holds(row_id):
            raise DeliveredBefore

    def _check_may_open(self) -> Caller:
        caller = current.get()
        if current_block() is not None:
            raise error("atomic.already_open")
        if caller is None or self._owner.state is State.LOADING:
            raise error("atomic.not_here", where="a hook that starts the actor or watches its state")
        if isinstance(caller, Invocation) and caller.action.readonly:
            raise error("atomic.not_here", where=f"the readonly action {caller.action.name}")
        return caller

    async def _open(self, caller: Caller, writes: int) -> Block:
        if self._owner.state is State.TERMINATED:
            raise error("actor.stopping")
        link = next(reversed(caller.chain()), None)
        block = Block(link, copy_context(), self._state.encode(), self._store.transaction())
        await block.transaction.open()
        block.watched = _is_stepwise(caller)
        block.mixed = (
            not block.watched and self._stream.writers > writes + self._in_line + self._line.unstarted()
        )
        self._stream.hold(block)
        return block

    # -- leaving -------------------------------------------------------------------------------------
    async def leave(self, block: Block, *, keep: bool) -> None:
        """Store it all, or undo it all. Raises what prevented the one: then the other has been done."""
        block.last = self._state.sketch()
        block.finishing = True
        await block.transaction.close()
        if not keep:
            self._undo(block)
        step = self._commit(block) if keep else block.transaction.roll_back()
        ending = self._clock.spawn(step, name="end of an atomic block")
        ending.add_done_callback(_retrieved)
        try:
            await asyncio.shield(ending)
        finally:
            # Only now: whoever comes next finds the code behind this block suspended, or at its end.
            if ending.done():
                self._close(block)
            else:
                ending.add_done_callback(lambda _: self._close(block))

    async def _commit(self, block: Block) -> None:
        offered = False
        try:
            if block.delivered is not None and block.delivered.spoilt:
                raise error("atomic.rolled_back")
            await block.transaction.check()
            write = await self._gather(block)
            offered = True
            await self._write(block, write)
        except AfterCommit as late:
            self._settle(block, durable=True)
            raise late.__cause__ or late from None
        except BaseException:
            if offered:
                self._stream.take_back()
            self._undo(block)
            await block.transaction.roll_back()
            raise
        self._settle(block, durable=True)

    async def _gather(self, block: Block) -> BlockWrite:
        """Everything that is to be written, when nothing that was written before can come behind it."""
        size = sum(staged.size for staged in block.staged.values())
        if size > MAX_BLOCK:
            raise error("atomic.too_large", size=size, limit=MAX_BLOCK)
        await self._stream.landed()
        for staged in block.staged.values():
            await staged.at_rest()
        if self._owner.state is State.TERMINATED:
            raise error("actor.outcome_unknown")
        state = self._stream.offer()
        return BlockWrite(state, **{kind: staged.write() for kind, staged in block.staged.items()})

    async def _write(self, block: Block, write: BlockWrite) -> None:
        """Returns if it is durable. Raises what else it is."""
        try:
            applied = await block.transaction.commit(write)
        except StoreInterrupted:
            applied = await self._find_out(write)
        except StoreRejected as refusal:
            raise error("atomic.refused", reason=str(refusal)) from refusal
        if not applied:
            if write.outbox is not None:
                await self._check_to_do(write.outbox)
            self._owner.fence()
            raise error(
                "actor.fenced", actor_id=self._identity.actor_id, generation=self._identity.generation
            )

    async def _find_out(self, write: BlockWrite) -> bool:
        """Whether an interrupted write is durable. Its revision is its own, whatever the state was before."""
        state = write.state
        stored = await read_back(self._store, self._clock, [state.actor_id])
        generation, revision = (None, None) if stored is None else stored.get(state.actor_id, (0, 0))
        if (generation, revision) == (state.generation, state.revision):
            return True
        if generation not in (None, state.generation):
            return False
        unknown = error("actor.outcome_unknown")
        self._owner.store_failed(unknown)
        raise unknown

    # -- ending --------------------------------------------------------------------------------------
    def _undo(self, block: Block) -> None:
        """Back to the entry, if that can be told from what others did; else to what is stored."""
        self._stream.forget(block)
        state = self._state.sketch()
        block.compare(state)
        if state != block.snapshot and block.alters:
            if block.mixed:
                BLOCK_MIXED.say(logger, self._identity.fields())
                self._owner.store_failed(error("actor.outcome_unknown"))
            else:
                self._state.restore(block.snapshot)
        self._settle(block, durable=False)

    def _settle(self, block: Block, *, durable: bool) -> None:
        for staged in block.staged.values():
            staged.settle(durable=durable)
        if durable:
            self._stream.committed()

    def _close(self, block: Block) -> None:
        block.closed.set()
        self._stream.let_go()
        self._line.resume()
        self._turn.release()


class Atomic:
    """One `async with self.atomic():`."""

    __slots__ = ("_block", "_blocks", "_limit", "_seconds", "_token")

    def __init__(self, blocks: Blocks, clock: Clock, seconds: float) -> None:
        self._blocks = blocks
        self._seconds = seconds
        self._limit: Timeout = clock.timeout(seconds)
        self._block: Block
        self._token: Token[Caller | None]

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()
        try:
            self._block = await self._enter()
        except BaseException as failure:
            await self._end_limit(failure)
            raise
        self._token = current.set(InBlock(self._block, current.get() or Caller(None)))

    async def _enter(self) -> Block:
        return await self._blocks.enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        current.reset(self._token)
        try:
            await self._end_limit(exc)
        except ActorError:
            await self._blocks.leave(self._block, keep=False)
            raise
        await self._blocks.leave(self._block, keep=exc is None)

    async def _end_limit(self, failure: BaseException | None) -> None:
        """The time of the body is over, be it used up or not. Raises atomic.timed_out."""
        kind = None if failure is None else type(failure)
        try:
            await self._limit.__aexit__(kind, failure, None)
        except TimeoutError:
            raise error("atomic.timed_out", seconds=self._seconds) from None
        if self._limit.expired and failure is None:
            raise error("atomic.timed_out", seconds=self._seconds)


class Delivery(Atomic):
    """The block around one call of the outbox."""

    __slots__ = ("_delivered",)

    def __init__(self, blocks: Blocks, clock: Clock, delivered: Delivered) -> None:
        super().__init__(blocks, clock, DELIVERY)
        self._delivered = delivered

    async def _enter(self) -> Block:
        return await self._blocks.enter(self._delivered)


class Part(Atomic):
    """A block of the author's inside a `Delivery`: stored with that. If it fails, the whole is undone."""

    __slots__ = ("_whole",)

    def __init__(self, blocks: Blocks, clock: Clock, seconds: float, whole: Delivered) -> None:
        super().__init__(blocks, clock, seconds)
        self._whole = whole

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._whole.spoilt = self._whole.spoilt or exc is not None
        try:
            await self._end_limit(exc)
        except ActorError:
            self._whole.spoilt = True
            raise


async def beside_block(clock: Clock, work: Callable[[], Awaitable[T]]) -> T:
    """`work` as if its caller were in no block: what it starts elsewhere must not inherit that."""
    block = current_block()
    if block is None:
        return await work()
    return await block.outside.copy().run(clock.spawn, _awaited(work), name="beside a block")


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _writes(caller: Caller) -> int:
    """How often the code counts as a writer of the stream. Where that is not known it counts as others do."""
    return int(isinstance(caller, Invocation))


def _is_stepwise(caller: Caller) -> bool:
    """Whether `Stream.step` is called for each step of the code."""
    return caller.action.stepwise if isinstance(caller, Invocation) else isinstance(caller, Running)


def _retrieved(task: asyncio.Task[None]) -> None:
    """Whoever waits for it may have been cancelled."""
    if not task.cancelled():
        task.exception()
