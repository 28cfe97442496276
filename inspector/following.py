"""Following: what happens to an actor of this process, written down while somebody has its timeline open.

It begins when the page first asks, goes on through the sleeps of the actor, and is forgotten soon after the
page has gone. On the loop of the node only; it keeps no actor awake.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from actors.gateway.platform import Platform
from actors.runtime.task import ActorTask

KEPT: Final = 500
FORGOTTEN: Final = 15.0
"""Seconds after the last look."""


@dataclass(frozen=True, slots=True)
class Happening:
    """`number` tells it from all others of its actor; `at` in Unix milliseconds."""

    number: int
    at: int
    kind: str
    what: str
    note: str


class Following:
    """Of one actor: a `Follower` of each generation that comes here. `since` in Unix milliseconds."""

    def __init__(self, platform: Platform, actor_id: str) -> None:
        self.since = platform.clock.now_ms()
        self._platform = platform
        self._actor_id = actor_id
        self._kept: deque[Happening] = deque(maxlen=KEPT)
        self._count = 0
        self._task: ActorTask | None = None
        self._looked_at = 0.0
        self._expire()

    def look(self, task: ActorTask | None) -> Sequence[Happening]:
        """What has happened until now, the latest first."""
        self._looked_at = self._platform.clock.monotonic()
        if task is not None and task is not self._task:
            self._task = task
            task.inspection.follow(self)
        return list(reversed(self._kept))

    def happened(self, kind: str, what: str, note: str) -> None:
        self._count += 1
        self._kept.append(Happening(self._count, self._platform.clock.now_ms(), kind, what, note))

    def ended(self) -> None:
        self._task = None
        self.happened("life", "left this process", "asleep, moved, crashed or destroyed")

    def _expire(self) -> None:
        clock = self._platform.clock
        if clock.monotonic() - self._looked_at < FORGOTTEN or not self._looked_at:
            clock.call_later(FORGOTTEN, self._expire)
            return
        if self._task is not None:
            self._task.inspection.leave(self)
        _followed[self._platform].pop(self._actor_id, None)


_followed: WeakKeyDictionary[Platform, dict[str, Following]] = WeakKeyDictionary()


def follow(platform: Platform, actor_id: str) -> Following | None:
    """The following of an actor that is, or lately was, awake in this process; begun where there is none."""
    known = _followed.setdefault(platform, {})
    if actor_id not in known:
        if platform.node is None or platform.node.local(actor_id) is None:
            return None
        known[actor_id] = Following(platform, actor_id)
    return known[actor_id]
