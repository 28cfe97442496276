"""Block: one atomic block of one actor, from its beginning to its end. Plain data with a few questions.

Made and ended by `atomic.py`; the stream, the keys and the queues ask whether the running code is inside.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import Any, Protocol

from actors.errors import error
from actors.runtime.calls import Caller, current
from actors.runtime.chain import Chain, Link, deadlock
from actors.runtime.conn import Conn
from actors.storage.store import Transaction


class Staged(Protocol):
    """What one kind of storage is to write at the end of a block."""

    @property
    def size(self) -> int:
        """Bytes, for the limit of a block."""
        ...

    async def at_rest(self) -> None:
        """Return when no earlier write of this kind is under way: ours must come behind it."""
        ...

    def write(self) -> Any:
        """The part of the `BlockWrite`. It is on its way from here on, until `settle`."""
        ...

    def settle(self, *, durable: bool) -> None:
        """The block has ended. Called once, whether or not `write` was."""
        ...


class DeliveredBefore(Exception):
    """The call of the outbox that a block was to deliver has been delivered: there is nothing left to do."""


class Delivered:
    """See `Staged`: the call of the outbox that ends with its block, which is around the whole of it.

    `alters`: it may change the state. `spoilt`: a part of it failed that cannot be undone alone.
    """

    __slots__ = ("alters", "row_id", "spoilt")

    size = 0

    def __init__(self, row_id: int, alters: bool) -> None:
        self.row_id = row_id
        self.alters = alters
        self.spoilt = False

    async def at_rest(self) -> None:
        return None

    def write(self) -> int:
        return self.row_id

    def settle(self, *, durable: bool) -> None:
        return None


class Block:
    """`link` is the code that opened it, `outside` the context around it, `snapshot` the state at its entry.

    `mixed`: other code may have changed the state since. `watched`: it is known whether it did, because
    `last` is the state after each step of the block. `finishing`: its body is over. `told` are the entries of
    the stream that a rollback takes back.
    """

    __slots__ = (
        "closed",
        "finishing",
        "landed",
        "last",
        "link",
        "mixed",
        "outside",
        "snapshot",
        "staged",
        "told",
        "transaction",
        "watched",
    )

    def __init__(
        self, link: Link | None, outside: Context, snapshot: bytes, transaction: Transaction
    ) -> None:
        self.link = link
        self.outside = outside
        self.snapshot = snapshot
        self.transaction = transaction
        # An event: who waits for it goes on before whoever waits for the next block.
        self.closed = asyncio.Event()
        self.landed: asyncio.Future[None] | None = None
        self.last: bytes | None = snapshot
        self.finishing = False
        self.watched = False
        self.mixed = False
        self.staged: dict[str, Staged] = {}
        self.told: list[object] = []

    @property
    def delivered(self) -> Delivered | None:
        """Of a block around a call of the outbox: blocks that the author opens inside are parts of it."""
        found = self.staged.get("outbox")
        return found if isinstance(found, Delivered) else None

    @property
    def alters(self) -> bool:
        """Whether the code inside may change the state."""
        return self.delivered is None or self.delivered.alters

    @property
    def mine(self) -> bool:
        """Whether the running code is inside."""
        return current_block() is self

    def suspect(self) -> None:
        """Some author code runs now."""
        if not (self.watched or self.mine):
            self.mixed = True

    def compare(self, state: bytes | None) -> None:
        """Nothing of the block has run since `last`."""
        if state != self.last:
            self.mixed = True

    def check_no_ancestor(self, chain: Chain, last: str) -> None:
        """Raises actor.deadlock if this block waits for who is about to wait for its end."""
        if self.link is not None and self.link in chain:
            raise deadlock(chain, last)


class InBlock(Caller):
    """The code inside a block: the same caller, and the block."""

    __slots__ = ("block", "outer")

    def __init__(self, block: Block, outer: Caller) -> None:
        super().__init__(outer.link, outer.cause)
        self.block = block
        self.outer = outer

    @property
    def expired(self) -> bool:
        return self.outer.expired

    @property
    def expiry(self) -> asyncio.Future[None]:
        return self.outer.expiry

    def connection(self) -> Conn[Any] | None:
        return self.outer.connection()

    @property
    def ray(self) -> str | None:
        return self.outer.ray

    def chain(self) -> Chain:
        return self.outer.chain()


def current_block() -> Block | None:
    """The block that the running code is in, whichever actor's; None once its body is over."""
    caller = current.get()
    block = caller.block if isinstance(caller, InBlock) else None
    return None if block is None or block.finishing else block


def refuse_inside(operation: str) -> None:
    """Raises atomic.not_inside for what cannot be undone, or would wait for the block's own end."""
    if current_block() is not None:
        raise error("atomic.not_inside", operation=operation)
