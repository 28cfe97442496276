"""Inbox: permits for the actions that an actor has accepted and not yet finished.

The task reserves before it builds anything for a call, so overload costs one comparison.
"""

from __future__ import annotations

from actors.errors import ActorError, error
from actors.runtime.measures import Measures


class Inbox:
    """`capacity` permits; one is held from acceptance to the end of the action."""

    __slots__ = ("_measures", "capacity", "used")

    def __init__(self, capacity: int, measures: Measures) -> None:
        self._measures = measures
        self.capacity = capacity
        self.used = 0

    def try_reserve(self) -> bool:
        """Take a permit if there is one. Whoever got True must `release` it once."""
        if self.used >= self.capacity:
            return False
        self.used += 1
        return True

    def overdraw(self) -> None:
        """Take a permit, also where none is left. Whoever calls it must `release` it once."""
        self.used += 1

    def release(self) -> None:
        """Give a permit back."""
        self.used -= 1

    def overloaded(self, operation: str) -> ActorError:
        """What to answer when there was no permit; counts it. RivetKit: rivetkit-core/src/actor/task.rs."""
        self._measures.overloaded(operation)
        return error("actor.overloaded", channel="dispatch", capacity=self.capacity, operation=operation)
