"""Turns: one exclusive action of an actor at a time, the others in the order of their arrival.

For the dispatcher alone, which starts whoever `pass_on` names and never waits here.
"""

from __future__ import annotations

from actors.runtime.calls import Invocation
from actors.runtime.chain import deadlock, label


class Turns:
    """`holder` may run; `waiting` is the line behind it, the first first."""

    __slots__ = ("holder", "waiting")

    def __init__(self) -> None:
        self.holder: Invocation | None = None
        # A dict keeps the order of arrival and forgets from the middle in constant time.
        self.waiting: dict[Invocation, None] = {}

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
        if invocation not in self.waiting:
            return False
        del self.waiting[invocation]
        return True

    def pass_on(self) -> Invocation | None:
        """The holder is done: the next one, which holds the turn from now on."""
        self.holder = next(iter(self.waiting), None)
        if self.holder is not None:
            del self.waiting[self.holder]
        return self.holder
