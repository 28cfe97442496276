"""Stream: everything that an actor sends, in one order, and only once what it tells is durable.

Replies, events and closes join it; the node's committer asks it for the state and tells it the outcome.
It must never let anything out after the generation has ended or the node's lease has run out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from actors.errors import ActorError, error
from actors.logs import FRAME_LOST, SERIALIZED, named
from actors.runtime.block import Block
from actors.runtime.calls import Reply, current
from actors.runtime.chain import label
from actors.runtime.change import StateChange
from actors.runtime.identity import Identity
from actors.runtime.state import ActorState
from actors.runtime.surroundings import Surroundings
from actors.runtime.ticks import SaveTick
from actors.storage.store import StateWrite

logger = logging.getLogger(__name__)

# How to send, what to send, and who must be told if it cannot be sent.
Entry: TypeAlias = tuple[Callable[[Any], None], Any, Reply | None]


class Owner(Protocol):
    """The task behind the stream: told when its generation cannot go on."""

    def fence(self) -> None: ...

    def store_failed(self, err: ActorError) -> None: ...


class Stream:
    """The outgoing order of one generation with `durability="commit"`, and its `Committable`.

    `writers` counts author code that runs now and may change the state. While it is not zero, or a change
    is not stored, what joins has to wait for the next commit; otherwise it leaves at once. While a `block`
    is open nothing leaves and nothing is stored.
    """

    __slots__ = (
        "_changes",
        "_ended",
        "_identity",
        "_in_flight",
        "_owner",
        "_pending",
        "_state",
        "_surroundings",
        "_tick",
        "_touched",
        "block",
        "writers",
    )

    def __init__(
        self, identity: Identity, state: ActorState, surroundings: Surroundings, owner: Owner, interval: float
    ) -> None:
        self.block: Block | None = None
        self.writers = 0
        self._identity = identity
        self._state = state
        self._surroundings = surroundings
        self._owner = owner
        self._changes: StateChange | None = None
        self._tick = SaveTick(surroundings.clock, interval, self.touch)
        self._pending: list[Entry] = []
        self._in_flight: list[Entry] | None = None
        self._touched = False
        self._ended: ActorError | None = None

    @property
    def actor_id(self) -> str:
        return self._identity.actor_id

    def observe(self, changes: StateChange) -> None:
        """Tell `changes` of every difference from now on."""
        self._changes = changes

    def begin(self) -> None:
        """A new actor has started: the first state initializes it, and waits for no throttle."""
        if self._changes is not None:
            self._changes.begin()
        self.touch()

    # -- joining -------------------------------------------------------------------------------------
    def begin_write(self) -> None:
        """Author code that may change the state starts."""
        self.writers += 1
        if self.block is not None:
            self.block.suspect()

    def end_write(self) -> None:
        """It has ended, and what it wrote goes with the next batch."""
        self.writers -= 1
        self.touch()

    def note_write(self) -> Callable[[], None] | None:
        """Author code that nobody waits for runs a step: save on the throttle. Also does what `step` does."""
        if self.block is not None:
            self.block.suspect()
        if self._ended is None:
            self._tick.note()
        return self.step()

    def step(self) -> Callable[[], None] | None:
        """Author code that may open a block runs a step. Returns what is to be called after it.

        What has become of the state between two steps of a block was done by others.
        """
        if self.block is not None and self.block.mine:
            self.block.compare(self._state.sketch())
        return self._stepped

    def _stepped(self) -> None:
        if self.block is not None and self.block.mine:
            self.block.last = self._state.sketch()

    def emit(self, deliver: Callable[[Any], None], payload: Any, reply: Reply | None = None) -> None:
        """Send `deliver(payload)` when its turn comes; `reply` is told instead if that cannot happen."""
        if self.writers or self._touched or self._tick.noted or self._in_flight is not None or self.block:
            self._append((deliver, payload, reply))
        else:
            self._release([(deliver, payload, reply)])

    def tell(self, deliver: Callable[[Any], None], payload: Any) -> None:
        """As `emit`, for what is not to be sent if the block that it comes from is rolled back."""
        if self.block is not None and self.block.mine:
            entry: Entry = (deliver, payload, None)
            self.block.told.append(entry)
            self._append(entry)
        else:
            self.emit(deliver, payload)

    async def saved(self) -> None:
        """Return when the state as it is now is durable. Raises the error that prevented it."""
        saving = _Saving()
        self._append((saving.deliver, None, saving))
        await saving.done

    def touch(self) -> None:
        """The state may differ: let the next batch look."""
        if not self._touched and self._ended is None:
            self._touched = True
            self._surroundings.committer.touch(self)

    def _append(self, entry: Entry) -> None:
        if self._ended is not None:
            self._refuse([entry], self._ended)
            return
        self._pending.append(entry)
        self.touch()

    # -- the committer's side ------------------------------------------------------------------------
    def prepare(self) -> StateWrite | None:
        """Encode once. Unchanged: the stream goes on at once. Changed: it goes when `committed` is called."""
        if self._ended is not None or self._state.held or self.block is not None:
            self._touched = False
            return None
        data = self._encode()
        if self._ended is not None:
            return None
        if self._state.differs(data):
            return self._send(data)
        self._touched = self._tick.noted = False
        entries, self._pending = self._pending, []
        self._release(entries)
        return None

    def _encode(self) -> bytes:
        data = self._state.encode()
        if self._changes is not None and self._state.differs(data):
            # Still touched: what the hook sends joins this batch.
            self._changes.tell(data)
        return data

    def _send(self, data: bytes) -> StateWrite:
        self._touched = self._tick.noted = False
        self._in_flight, self._pending = self._pending, []
        revision = self._state.offer(data)
        if SERIALIZED.wanted(logger):
            fields = self._identity.fields(serialized_bytes=len(data), state_revision=revision)
            SERIALIZED.say(logger, fields)
        return StateWrite(self.actor_id, self._identity.generation, revision, data)

    def committed(self) -> None:
        if self._in_flight is not None:
            entries, self._in_flight = self._in_flight, None
            self._state.confirm()
            self._release(entries)
            self._land()

    def fenced(self) -> None:
        self._owner.fence()

    def failed(self, error: ActorError) -> None:
        if self._ended is None:
            self._owner.store_failed(error)

    # -- atomic blocks -------------------------------------------------------------------------------
    def hold(self, block: Block) -> None:
        """From here on nothing leaves, and nothing but the block itself is stored."""
        self.block = block

    async def passage(self, last: str) -> None:
        """Return when the code may change what a block stores: it is inside, or none is open.

        Raises actor.deadlock where that waits for itself; `last` is what would be done.
        """
        while self.block is not None and not self.block.mine:
            caller = current.get()
            self.block.check_no_ancestor(() if caller is None else caller.cause, label(self._identity, last))
            await self.block.closed.wait()

    async def landed(self) -> None:
        """For the block: return when no state is on its way to the store."""
        while self._in_flight is not None and self.block is not None:
            self.block.landed = asyncio.get_running_loop().create_future()
            await self.block.landed

    def offer(self) -> StateWrite:
        """The state for the block, also if it is what is stored: the revision tells whether it arrived."""
        return self._send(self._encode())

    def take_back(self) -> None:
        """What was offered is known not to be stored."""
        self._pending = [*(self._in_flight or ()), *self._pending]
        self._in_flight = None

    def forget(self, block: Block) -> None:
        """What the block has told is not to leave."""
        told = {id(entry) for entry in block.told}
        self._pending = [entry for entry in self._pending if id(entry) not in told]

    def let_go(self) -> None:
        """The block is over."""
        self.block = None
        self.touch()

    def _land(self) -> None:
        landed = None if self.block is None else self.block.landed
        if landed is not None and not landed.done():
            landed.set_result(None)

    # -- leaving -------------------------------------------------------------------------------------
    def end(self, answer: ActorError) -> None:
        """The generation is over: nothing leaves any more, and `answer` is what waiting callers get."""
        if self._ended is not None:
            return
        self._ended = answer
        self._changes = None
        self._tick.close()
        entries = [*(self._in_flight or ()), *self._pending]
        self._in_flight = None
        self._pending = []
        self._land()
        self._refuse(entries, answer)

    def _release(self, entries: Sequence[Entry]) -> None:
        if self._ended is not None or not self._surroundings.lease.valid():
            self._owner.fence()
            self._refuse(entries, self._ended or error("actor.outcome_unknown"))
            return
        for deliver, payload, _ in entries:
            try:
                deliver(payload)
            except Exception as failure:  # one broken door must not hold up the others
                FRAME_LOST.say(logger, self._identity.fields(error=named(failure)), failure)

    def _refuse(self, entries: Sequence[Entry], answer: ActorError) -> None:
        for _, _, reply in entries:
            if reply is not None:
                try:
                    reply.deliver(reply.encode_error(answer))
                except Exception as failure:
                    FRAME_LOST.say(logger, self._identity.fields(error=named(failure)), failure)


class IntervalStream(Stream):
    """`durability="interval"`: what joins leaves at once, and the state is saved on the throttle."""

    __slots__ = ()

    def end_write(self) -> None:
        self.writers -= 1
        self.note_write()

    def emit(self, deliver: Callable[[Any], None], payload: Any, reply: Reply | None = None) -> None:
        if self.block is None:
            self._release([(deliver, payload, reply)])
        else:
            self._append((deliver, payload, reply))


class _Saving:
    """A `save()` that waits in the stream as a reply does."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def encode(self, output: Any) -> Any:
        return output

    def encode_error(self, err: ActorError) -> ActorError:
        return err

    def deliver(self, frame: ActorError | None) -> None:
        if self.done.done():
            return
        if frame is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(frame)
