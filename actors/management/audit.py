"""Who is told what a command does to an actor: the inspector, which writes it down, where it is installed.

Called by the verbs that change something, or take something away. Knows nobody who listens: they come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias


@dataclass(frozen=True)
class Deed:
    """What is done to which actor; `word` is that of the command. `actor_id` is empty if not known."""

    word: str
    actor_id: str
    name: str
    key: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


Note: TypeAlias = Callable[[bool], None]
"""Says whether there was anything to do."""
Witness: TypeAlias = Callable[[Deed], AbstractContextManager[Note]]
"""Entered before the deed begins; what it raises is told by the way it is left."""

_witnesses: Final[list[Witness]] = []


def tell(witness: Witness) -> None:
    """From now on, of every deed in this process."""
    _witnesses.append(witness)


@contextmanager
def witnessed(deed: Deed) -> Iterator[Note]:
    """Around one deed. One that may find nothing to do says with the note whether it did."""
    with ExitStack() as stack:
        notes = [stack.enter_context(witness(deed)) for witness in _witnesses]

        def note(found: bool) -> None:
            for one in notes:
                one(found)

        yield note
