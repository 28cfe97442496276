"""Residents: which actors live on this node now, by id and by key. Plain dicts: a call looks here first.

Changed only by the node, between two awaits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from actors.runtime.lifecycle import State
from actors.runtime.task import ActorTask

K = TypeVar("K")


class Residents:
    """Every generation that has not terminated, and among them those that accept work."""

    __slots__ = ("_accepting", "_accepting_by_key", "_all", "_by_key", "_hearers")

    def __init__(self) -> None:
        self._all: dict[str, ActorTask] = {}
        self._by_key: dict[tuple[str, str], ActorTask] = {}
        self._accepting: dict[str, ActorTask] = {}
        self._accepting_by_key: dict[tuple[str, str], ActorTask] = {}
        self._hearers: tuple[Callable[[ActorTask], None], ...] = ()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[ActorTask]:
        return iter(tuple(self._all.values()))

    def get(self, actor_id: str) -> ActorTask | None:
        """In whatever state."""
        return self._all.get(actor_id)

    def get_by_key(self, name: str, serialized_key: str) -> ActorTask | None:
        """In whatever state."""
        return self._by_key.get((name, serialized_key))

    def accepting(self, actor_id: str) -> ActorTask | None:
        return self._accepting.get(actor_id)

    def accepting_by_key(self, name: str, serialized_key: str) -> ActorTask | None:
        return self._accepting_by_key.get((name, serialized_key))

    def add(self, task: ActorTask) -> None:
        """A new generation. The one before it must have terminated."""
        self._all[task.actor_id] = task
        self._by_key[task.name, task.serialized_key] = task

    def on_arrival(self, arrived: Callable[[ActorTask], None]) -> Callable[[], None]:
        """Tell of each generation that begins to accept work, before any. What is returned ends that."""

        def leave() -> None:
            self._hearers = tuple(one for one in self._hearers if one is not arrived)

        self._hearers = (*self._hearers, arrived)
        return leave

    def moved(self, task: ActorTask) -> None:
        """`task.state` has changed."""
        key = (task.name, task.serialized_key)
        if task.state is State.STARTED:
            self._accepting[task.actor_id] = task
            self._accepting_by_key[key] = task
            for arrived in self._hearers:
                arrived(task)
            return
        _forget(self._accepting, task.actor_id, task)
        _forget(self._accepting_by_key, key, task)
        if task.state is State.TERMINATED:
            _forget(self._all, task.actor_id, task)
            _forget(self._by_key, key, task)


def _forget(tasks: dict[K, ActorTask], key: K, task: ActorTask) -> None:
    if tasks.get(key) is task:
        del tasks[key]
