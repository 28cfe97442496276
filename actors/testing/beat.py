"""Beat: what Celery beat and its worker do for a site, for a node under test: it wakes actors that are due.

It looks after each sleep, as beat is told of one, and when the earliest alarm that it knows is due.
"""

from __future__ import annotations

import contextlib
from typing import Final

from actors.clock import TimerHandle
from actors.errors import ActorError
from actors.runtime.node import Node
from actors.testing.clock import TurnedClock
from actors.testing.store import WatchedStore

LIMIT: Final = 500


class Beat:
    """Begins with `start`; of a node that is killed or has stopped it wakes nobody."""

    def __init__(self, node: Node, store: WatchedStore, clock: TurnedClock) -> None:
        self._node = node
        self._store = store
        self._clock = clock
        self._timer: TimerHandle | None = None
        self._looking = self._again = self._stopped = False

    def start(self) -> None:
        self._store.on_release = self.look
        self.look()

    def stop(self) -> None:
        self._stopped = True
        self._rest()

    def look(self) -> None:
        """What is due is woken, and the timer set for what comes next."""
        self._again = self._looking
        if not (self._looking or self._stopped):
            self._looking = True
            self._clock.spawn(self._look(), name="beat under test")

    async def _look(self) -> None:
        with contextlib.suppress(ActorError):  # the process has ended meanwhile, and its store with it
            await self._catch_up()
        self._looking = False

    async def _catch_up(self) -> None:
        self._again = True
        while self._again and not self._stopped:
            self._again = False
            with self._clock.away():
                due = await self._store.real.alarms.claim(self._clock.now_ms(), limit=LIMIT)
            if due and not self._stopped:
                self._clock.spawn(self._node.rousing.wake(due), name="wake task under test")
            with self._clock.away():
                upcoming = await self._store.real.alarms.next()
            self._rest()
            if upcoming is not None and not self._stopped:
                wait = (upcoming - self._clock.now_ms()) / 1000
                self._timer = self._clock.call_later(max(0.001, wait), self.look)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
