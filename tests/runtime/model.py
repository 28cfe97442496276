"""One actor as it should be, in plain data: what `test_model.py` compares the real one with.

Knows no runtime: each method says what one event of the actor's life changes.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

ORDER = re.compile(
    r"(on_create )?on_wake (on_disconnect )*(run )?((on_connect|on_disconnect) )*"
    r"((on_sleep|on_destroy) (on_disconnect )*)?"
)
"""The hooks of one generation, each followed by a space. Who left meanwhile is seen off beside `run`."""


@dataclass(eq=False)
class Guest:
    """A connection. `place`: "in", "parked" (its actor sleeps), "owed" (a row, no socket), "gone"."""

    name: str
    hibernates: bool
    place: str = "in"
    calls: int = 0
    farewells: int = 0

    def __repr__(self) -> str:
        return self.name

    def leave(self, *, seen_off: bool) -> None:
        self.place = "gone"
        self.farewells += seen_off


@dataclass
class Life:
    """One actor from its creation to its destruction. `ends` has each generation's stop hook, or None."""

    actor_id: str
    policy: str
    count: int = 0
    generation: int = 0
    initialized: bool = False
    awake: bool = False
    destroyed: bool = False
    failed: bool = False
    ends: dict[int, str | None] = field(default_factory=dict)
    guests: list[Guest] = field(default_factory=list)

    def at(self, *places: str) -> list[Guest]:
        return [guest for guest in self.guests if guest.place in places]

    def wake(self) -> Self:
        """Somebody needs it: a start, unless it is awake."""
        if not self.awake:
            self.generation += 1
            self.awake = self.initialized = True
            self.failed = False
            for guest in self.at("owed"):
                guest.leave(seen_off=True)
            for guest in self.at("parked"):
                guest.place = "in"
        return self

    def wake_in_vain(self) -> None:
        """A generation of which nothing stays, not even that it has woken anybody."""
        self.generation += 1
        self.failed = False
        self.ends[self.generation] = None
        self.lose_sockets()

    def fail_to_start(self) -> None:
        self.wake_in_vain()
        self.failed = True
        if self.policy == "destroy":
            self._vanish()

    def sleep(self, *, stored: bool = True, parking: bool = True) -> None:
        """In order. Without `parking` the node goes; not `stored`: the database did not answer."""
        self._end("on_sleep")
        for guest in self.at("in"):
            if not (guest.hibernates and parking):
                guest.leave(seen_off=True)
            elif stored:
                guest.place = "parked"
            else:
                guest.leave(seen_off=False)

    def crash(self) -> None:
        """`run` has failed."""
        if self.policy == "destroy":
            self.destroy()
        else:
            self.sleep()
            self.failed = True

    def fall(self) -> None:
        """The generation ends at once."""
        self._end(None)
        for guest in self.at("in"):
            guest.leave(seen_off=False)

    def destroy(self) -> None:
        if self.awake:
            self._end("on_destroy")
            for guest in self.at("in"):
                guest.leave(seen_off=True)
        self._vanish()

    def lose_sockets(self) -> None:
        """Rows of who was parked stay, for the next start to see them off."""
        for guest in self.at("parked"):
            guest.place = "owed"

    def _end(self, hook: str | None) -> None:
        self.awake = False
        self.ends[self.generation] = hook

    def _vanish(self) -> None:
        self.destroyed = True
        for guest in self.at("parked", "owed"):
            guest.leave(seen_off=False)


@dataclass
class Journal:
    """What the hooks of the real actor have written: (actor id, generation, hook, whom it was about)."""

    entries: list[tuple[str, int, str, str | None]] = field(default_factory=list)

    def write(self, actor_id: str, generation: int, hook: str, about: str | None) -> None:
        self.entries.append((actor_id, generation, hook, about))

    def farewells(self) -> Counter[str | None]:
        return Counter(about for _, _, hook, about in self.entries if hook == "on_disconnect")

    def check(self, lives: list[Life]) -> None:
        """Hooks come in order, once on the way in, and once on the way out if that was in order."""
        for life in lives:
            for generation in range(1, life.generation + 1):
                hooks = [e[2] for e in self.entries if e[:2] == (life.actor_id, generation)]
                where = f"{life.actor_id}, generation {generation}: {hooks}"
                assert ORDER.fullmatch("".join(f"{hook} " for hook in hooks)), where
                stops = [hook for hook in hooks if hook in ("on_sleep", "on_destroy")]
                expected = life.ends.get(generation)
                assert stops == ([] if expected is None else [expected]), where
