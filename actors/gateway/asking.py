"""Asking: one question to one node, at a sealed door that only looks. For pages and for `actors tail`.

Who does not answer in time, or answers as another version does, is left out: nobody waits long to look. Never
asks twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from actors.clock import Clock
from actors.errors import ActorError
from actors.gateway.forward import JSON, Answer, Call
from actors.gateway.routes import url_of
from actors.storage.store import NodeRecord

PATIENCE: Final = 2.0
"""Seconds."""

T = TypeVar("T")

Send: TypeAlias = Callable[[NodeRecord, Call], Awaitable[Answer | None]]
"""Gives None for a call that the node did not take."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """`asked` for the door at `path`, which answers with an `answer`."""

    path: str
    asked: msgspec.Struct
    answer: type[T]


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks by `send`, and waits by `clock`."""

    send: Send
    clock: Clock

    async def answer(self, node: NodeRecord, question: Question[T]) -> T | None:
        """None from a node that refuses, fails, is silent, or of another version."""
        call = Call("POST", url_of(question.path, ""), JSON, msgspec.json.encode(question.asked))
        try:
            async with self.clock.timeout(PATIENCE):
                answer = await self.send(node, call)
        except (ActorError, TimeoutError):
            return None
        if answer is None or answer.status != 200:
            return None
        try:
            return msgspec.json.decode(answer.body, type=question.answer)
        except msgspec.DecodeError:
            return None
