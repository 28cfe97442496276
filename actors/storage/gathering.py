"""Gathering: questions to the database that come while one is under way are asked together, in one statement.

Used by the parts of the Postgres store where many actors wake at once. It starts no task of its own: whoever
comes first asks for all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Final, Generic, TypeAlias, TypeVar

from actors.storage.connect import Row

Opened: TypeAlias = tuple[str, int]
"""An actor and its generation, whose part of the store is to be opened."""
MOST: Final = 20
"""Questions of one statement: all that it answers is decoded without a pause, a thousand messages of each."""

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


class Gathering(Generic[Q, A]):
    """`ask` answers several questions at once, and leaves out those whose answer is None."""

    def __init__(self, ask: Callable[[Sequence[Q]], Awaitable[Mapping[Q, A]]]) -> None:
        self._ask = ask
        self._turn = asyncio.Lock()
        self._waiting: dict[Q, asyncio.Future[A | None]] = {}

    async def answer(self, question: Q) -> A | None:
        """What `ask` says to it. Raises what `ask` raises."""
        answer = self._waiting.get(question)
        if answer is None:
            answer = self._waiting[question] = asyncio.get_running_loop().create_future()
        async with self._turn:
            if not answer.done():
                await self._ask_for(self._next(question))
        return answer.result()

    def _next(self, question: Q) -> dict[Q, asyncio.Future[A | None]]:
        """The next batch: this question, and the longest waiting beside it."""
        others = [other for other in self._waiting if other != question][: MOST - 1]
        return {asked: self._waiting.pop(asked) for asked in (question, *others)}

    async def _ask_for(self, batch: dict[Q, asyncio.Future[A | None]]) -> None:
        try:
            answers = await self._ask(list(batch))
        except asyncio.CancelledError:
            self._waiting = {**batch, **self._waiting}  # the next in line asks for them
            raise
        except Exception as failure:
            for answer in batch.values():
                answer.set_exception(failure)
                answer.exception()  # retrieved: whoever asked may have gone
        else:
            for question, answer in batch.items():
                answer.set_result(answers.get(question))


def owned(openings: Sequence[Opened]) -> dict[str, list[Any]]:
    """The parameters of an `_open` statement."""
    return {"ids": [actor_id for actor_id, _ in openings], "generations": [mine for _, mine in openings]}


def by_actor(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """What follows the actor's id in each row."""
    found: dict[str, list[Row]] = {}
    for actor_id, *rest in rows:
        found.setdefault(actor_id, []).append(tuple(rest))
    return found
