"""Watch: who looks at a running actor from outside, and what is news to them. For `Inspection` and its parts.

With nobody there a change costs one look at an empty tuple. Watchers do not hold an actor awake.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag
from typing import Final, Protocol


class Aspect(IntFlag):
    """What of an actor has changed."""

    STATE = 1
    CONNECTIONS = 2
    QUEUE = 4
    SCHEDULES = 8


class Follower(Protocol):
    """Somebody who wants to hear of each thing that happens. Neither call may block or raise."""

    def happened(self, kind: str, what: str, note: str, ray: str | None) -> None:
        """`kind` is one of HAPPENINGS, `ray` the id of the request that has led to it, where that is known.

        Names, sizes and times only: no argument, no state, no body.
        """
        ...

    def ended(self) -> None:
        """The generation is over: nothing comes any more."""
        ...


HAPPENINGS: Final = ("call", "error", "event", "connection", "queue", "schedule", "state")


class Watcher(Protocol):
    """The gateway's end of an inspector. Neither call may block or raise."""

    def changed(self, aspect: Aspect) -> None:
        """Something is new. Called for each change: whoever has to encode something, gathers first."""
        ...

    def ended(self) -> None:
        """The generation is over: nothing comes any more."""
        ...


class Watch:
    """The watchers of one generation. Whoever attaches holds an `Attachment` and closes it.

    `followers` stay until the end, or until they are taken out. Parts look whether there is one, then `tell`.
    `acted`: the action that ended last, and when by the clock's `monotonic`; None before the first.
    """

    __slots__ = ("acted", "followers", "over", "watchers")

    def __init__(self) -> None:
        self.acted: tuple[str, float] | None = None
        self.over = False
        self.followers: tuple[Follower, ...] = ()
        self.watchers: tuple[Watcher, ...] = ()

    def note(self, aspect: Aspect) -> None:
        """Tell everybody. Parts of the actor call it right after the change."""
        for watcher in self.watchers:
            watcher.changed(aspect)

    def tell(self, kind: str, what: str, note: str = "", ray: str | None = None) -> None:
        """Something has happened. Called where there is a follower."""
        for follower in self.followers:
            follower.happened(kind, what, note, ray)

    def follow(self, follower: Follower) -> None:
        if self.over:
            follower.ended()
        else:
            self.followers = (*self.followers, follower)

    def leave(self, follower: Follower) -> None:
        self.followers = tuple(one for one in self.followers if one is not follower)

    def noting(self, aspect: Aspect, count: Callable[[int], None]) -> Callable[[int], None]:
        """`count` itself, and each call of it is news."""

        def counted(change: int) -> None:
            count(change)
            if self.watchers:
                self.note(aspect)

        return counted

    def message(self, more: bool) -> None:
        """A message has become durable, or is gone."""
        if self.followers:
            self.tell("queue", "a message more" if more else "a message less")

    def end(self) -> None:
        """The generation is over, also for whoever attaches from now on."""
        self.over = True
        watchers, self.watchers = self.watchers, ()
        for watcher in watchers:
            watcher.ended()
        followers, self.followers = self.followers, ()
        for follower in followers:
            follower.ended()


class Attachment:
    """Holds one watcher at its actor until `close`, which may be repeated."""

    __slots__ = ("_watch", "_watcher")

    def __init__(self, watch: Watch, watcher: Watcher) -> None:
        self._watch = watch
        self._watcher = watcher
        if watch.over:
            watcher.ended()
        else:
            watch.watchers = (*watch.watchers, watcher)

    def close(self) -> None:
        self._watch.watchers = tuple(one for one in self._watch.watchers if one is not self._watcher)
