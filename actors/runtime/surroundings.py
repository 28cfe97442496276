"""What an actor finds around it: who it is, and the parts of its node that it may use. Plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actors.clock import Clock
from actors.runtime.deadlines import Deadlines
from actors.runtime.definition import ActorDefinition
from actors.runtime.releases import Releases
from actors.runtime.warnings import LimitedWarnings
from actors.storage.committer import Committer
from actors.storage.store import Store


class Lease(Protocol):
    """The node's right to answer. `actors.storage.directory.Lease` is the real one."""

    def valid(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """One generation of one actor. `serialized_key` is `key` as the directory stores it."""

    actor_id: str
    name: str
    key: tuple[str, ...]
    serialized_key: str
    generation: int

    def fields(self) -> dict[str, object]:
        """For log records: `extra=identity.fields()`."""
        return {"actor_id": self.actor_id, "actor_name": self.name, "generation": self.generation}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One per membership of a node: a node that rejoins gives its actors a new lease."""

    clock: Clock
    store: Store
    committer: Committer
    lease: Lease
    releases: Releases
    deadlines: Callable[[ActorDefinition], Deadlines]
    warnings: LimitedWarnings
    expose_errors: bool = False
