"""Receivers: the code that waits for messages of one actor, served in the order in which it came.

Used by the mailbox alone. A message goes to one receiver; one that gave up meanwhile gives it back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from actors.clock import Clock, TimerHandle
from actors.errors import error
from actors.runtime.backlog import Backlog, Entry
from actors.runtime.calls import Running, current
from actors.runtime.tether import untied
from actors.runtime.work import Work


class _Receiver:
    """Wants a message of `names`; `given` is the one it got, or None: the actor is ending."""

    __slots__ = ("given", "names")

    def __init__(self, names: Iterable[str]) -> None:
        self.names = names
        self.given: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()


class Receivers:
    """`take(names)` hands out the next message, if there is one."""

    __slots__ = ("_aborted", "_backlog", "_clock", "_take", "_timer", "_waiting", "_work")

    def __init__(
        self, clock: Clock, work: Work, backlog: Backlog, take: Callable[[Iterable[str]], Entry | None]
    ) -> None:
        self._clock = clock
        self._work = work
        self._backlog = backlog
        self._take = take
        self._aborted = False
        self._timer: TimerHandle | None = None
        self._waiting: dict[_Receiver, None] = {}

    async def wait(self, names: Iterable[str], timeout: float | None) -> Entry | None:
        """A message within `timeout` seconds, if one comes. Raises actor.aborted once the actor is ending."""
        if self._aborted:
            raise error("actor.aborted")
        receiver = _Receiver(names)
        # In line before it looks: nothing can come in between.
        self._waiting[receiver] = None
        self.serve()
        try:
            if not receiver.given.done() and (timeout is None or timeout > 0):
                await self._patiently(receiver, timeout)
        except BaseException:
            self._refuse(receiver)
            raise
        finally:
            self._waiting.pop(receiver, None)
        if not receiver.given.done():
            return None
        entry = receiver.given.result()
        if entry is None:
            raise error("actor.aborted")
        return entry

    def serve(self) -> None:
        """Give to those who wait what can be had by now, and come back when more can."""
        self._backlog.mature(self._clock.now_ms())
        for receiver in list(self._waiting):
            if receiver.given.done():
                continue
            entry = self._take(receiver.names)
            if entry is not None:
                del self._waiting[receiver]
                receiver.given.set_result(entry)
        self._arm()

    def abort(self) -> None:
        """The actor is on its way out: nobody waits any more."""
        self._aborted = True
        for receiver in self._waiting:
            if not receiver.given.done():
                receiver.given.set_result(None)
        self._waiting.clear()

    def close(self) -> None:
        """The generation is over."""
        self.abort()
        self._take = untied
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _patiently(self, receiver: _Receiver, timeout: float | None) -> None:
        with self._resting(), contextlib.suppress(TimeoutError):
            async with self._clock.timeout(timeout):
                await asyncio.shield(receiver.given)

    def _resting(self) -> contextlib.AbstractContextManager[None]:
        """A wait of `run` lets the actor sleep."""
        in_run = isinstance(current.get(), Running)
        return self._work.resting() if in_run else contextlib.nullcontext()

    def _refuse(self, receiver: _Receiver) -> None:
        """It was cancelled, perhaps with a message in its hands: that goes to the next in line."""
        entry = receiver.given.result() if receiver.given.done() else None
        if entry is not None:
            self._backlog.admit(entry, self._clock.now_ms())
            self._waiting.pop(receiver, None)
            self.serve()

    def _arm(self) -> None:
        due = self._backlog.next_due()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None and not self._aborted:
            self._timer = self._clock.call_later((due - self._clock.now_ms()) / 1000, self.serve)
