"""Call chain: the actor code that waits for what runs now, so that a call that waits for itself is refused.

Made by `calls.py` when author code asks for a handle's actor; travels between nodes in a sealed header.
It knows ancestors only: two calls that wait for each other without a common one end by their timeouts.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

from actors.errors import ActorError, error

LONGEST: Final = 32
"""Links of a chain; one more call is refused. A chain has to fit into one HTTP header."""
LABEL: Final = 80
"""Characters of a link's label."""

_numbers = itertools.count(1)


class Link(NamedTuple):
    """One piece of author code that runs: an action or a hook. `number` tells those of one process apart."""

    actor_id: str
    generation: int
    number: int
    label: str


Chain: TypeAlias = tuple[Link, ...]
"""Outermost first; empty where nobody in an actor waits."""


class Home(Protocol):
    """The generation whose code runs: `identity.Identity`."""

    @property
    def actor_id(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def serialized_key(self) -> str: ...
    def fields(self) -> Mapping[str, object]:
        """For log records."""
        ...


def new_link(home: Home, code: str) -> Link:
    """`code` is the name of the action or hook that runs at `home`."""
    return Link(home.actor_id, home.generation, next(_numbers), label(home, code))


def label(home: Home, code: str) -> str:
    """For people: `room[lobby].move`."""
    return f"{home.name}[{home.serialized_key}].{code}"[:LABEL]


def runs_at(chain: Chain, home: Home) -> bool:
    """Whether code of this generation waits at the other end of the chain."""
    return any(link.actor_id == home.actor_id and link.generation == home.generation for link in chain)


def deadlock(chain: Chain, last: str) -> ActorError:
    """The call `last` would wait for something that its own chain holds."""
    return error("actor.deadlock", chain=_spell(chain, last))


def check_length(chain: Chain) -> Chain:
    """The chain itself. Raises actor.call_chain_too_long."""
    if len(chain) > LONGEST:
        raise error("actor.call_chain_too_long", limit=LONGEST, chain=_spell(chain[-3:], "..."))
    return chain


def _spell(chain: Chain, last: str) -> str:
    return " -> ".join((*(link.label for link in chain), last))
