"""Tether: the task of one generation, as its own parts hold on to it. Cut when the generation is over.

The task owns its parts, and they ask things of it. If they still held it after the end, an ended actor would
be a ring of objects that only a full garbage collection takes away, and that stops the whole node.
"""

from __future__ import annotations

from typing import Protocol

from actors.errors import ActorError, error
from actors.runtime.abort import Abort
from actors.runtime.lifecycle import Event, State


class Tethered(Protocol):
    """The task, as far as its parts know it."""

    state: State

    def move(self, event: Event) -> None: ...

    def fence(self) -> None: ...

    def store_failed(self, err: ActorError) -> None: ...

    def request_sleep(self) -> None: ...

    def ask_sleep(self) -> None: ...

    def ask_destroy(self) -> None: ...


class Tether:
    """Passes everything on, until `cut`; from then on it answers as a task that has terminated."""

    __slots__ = ("_task", "abort")

    def __init__(self, task: Tethered, abort: Abort) -> None:
        self._task: Tethered | None = task
        self.abort = abort

    def cut(self) -> None:
        """The generation is over."""
        self._task = None

    @property
    def state(self) -> State:
        return State.TERMINATED if self._task is None else self._task.state

    def move(self, event: Event) -> None:
        """Follow the lifecycle table, in which nothing leads out of the end."""
        if self._task is not None:
            self._task.move(event)

    def fence(self) -> None:
        """This generation no longer owns the actor."""
        if self._task is not None:
            self._task.fence()

    def store_failed(self, err: ActorError) -> None:
        """The state could not be stored."""
        if self._task is not None:
            self._task.store_failed(err)

    def fall_asleep(self) -> None:
        """Nobody uses the actor."""
        if self._task is not None:
            self._task.request_sleep()

    def ask_sleep(self) -> None:
        """`self.sleep()` of an author. Raises actor.starting, actor.stopping."""
        self._held().ask_sleep()

    def ask_destroy(self) -> None:
        """`self.destroy()` of an author. Raises as `ask_sleep` does."""
        self._held().ask_destroy()

    def _held(self) -> Tethered:
        if self._task is None:
            raise error("actor.stopping")
        return self._task


def untied(*_: object) -> None:
    """What a part calls in place of its owner, where it has none yet, or none any more."""
