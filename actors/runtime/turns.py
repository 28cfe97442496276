"""Turns: who has to wait before it runs: for an exclusive action, an atomic block, the end of a pause.

For the dispatcher alone, which starts whoever `pass_on` and the others name and never waits here.
"""

from __future__ import annotations

from actors.runtime.block import Block
from actors.runtime.calls import Invocation
from actors.runtime.chain import deadlock, label, runs_at
from actors.runtime.hold import Hold


class Turns:
    """`holder` is the exclusive action that may run; `waiting` is the line behind it, the first first.

    `outside` are those that came while a block was open, `held` those that came while their actor was paused,
    both in the order of their arrival.
    """

    __slots__ = ("held", "hold", "holder", "outside", "waiting")

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self.holder: Invocation | None = None
        # A dict keeps the order of arrival and forgets from the middle in constant time.
        self.waiting: dict[Invocation, None] = {}
        self.outside: dict[Invocation, None] = {}
        self.held: dict[Invocation, None] = {}

    @property
    def everyone(self) -> tuple[Invocation, ...]:
        """All that wait."""
        return (*self.waiting, *self.outside, *self.held)

    def stay_out(self, invocation: Invocation, block: Block) -> None:
        """It waits for the end of the block. Raises actor.deadlock if that waits for it."""
        block.check_no_ancestor(invocation.cause, label(invocation.home, invocation.action.name))
        self.outside[invocation] = None

    def let_in(self) -> Invocation | None:
        """The block is over: the next of those that waited for that."""
        return _first_of(self.outside)

    def keep(self, invocation: Invocation) -> bool:
        """Whether it waits for the end of a pause: not if code of the actor, which goes on, waits for it."""
        if runs_at(invocation.cause, invocation.home):
            return False
        self.held[invocation] = None
        return True

    def go_on(self) -> Invocation | None:
        """The next of those that were kept waiting, unless the actor is still paused."""
        return None if self.hold.calls else _first_of(self.held)

    def take(self, invocation: Invocation) -> bool:
        """Whether it is its turn; if not, it stands in line. Raises actor.deadlock if its turn never came."""
        if self.holder is None:
            self.holder = invocation
            return True
        # Without a link it has made no call, and once answered it is only tidying up.
        link = None if self.holder.answered else self.holder.link
        if link is not None and link in invocation.cause:
            raise deadlock(invocation.cause, label(invocation.home, invocation.action.name))
        self.waiting[invocation] = None
        return False

    def leave(self, invocation: Invocation) -> bool:
        """Out of the line. False if it did not stand there."""
        for line in (self.waiting, self.outside, self.held):
            if invocation in line:
                del line[invocation]
                return True
        return False

    def pass_on(self) -> Invocation | None:
        """The holder is done: the next one, which holds the turn from now on."""
        self.holder = _first_of(self.waiting)
        return self.holder


def _first_of(line: dict[Invocation, None]) -> Invocation | None:
    """Out of the line, if there is one."""
    first = next(iter(line), None)
    if first is not None:
        del line[first]
    return first
