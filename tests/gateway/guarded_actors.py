"""An actor that thinks about each subscription until the test has decided."""

from __future__ import annotations

import asyncio
from typing import Any

from actors import Actor, Conn, Event, Options, action


class Decisions:
    """What the tests answer, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, asyncio.Future[bool]] = {}

    def decide(self, event: str, answer: bool) -> None:
        """For whoever asks, now and later."""
        self._of(event).set_result(answer)

    async def of(self, event: str) -> bool:
        self.asked.append(event)
        return await asyncio.shield(self._of(event))

    def _of(self, event: str) -> asyncio.Future[bool]:
        if event not in self._answers:
            self._answers[event] = asyncio.get_running_loop().create_future()
        return self._answers[event]


decisions = Decisions()


class Guarded(Actor, name="guarded"):
    """Its state is what has been said to it, in order."""

    state: list[str]
    options = Options(can_subscribe_timeout=60, sleep_grace_period=15)
    first = Event[str]()
    second = Event[str]()

    async def can_subscribe(self, conn: Conn[Any], event: str) -> bool:
        return await decisions.of(event)

    @action
    async def say(self, word: str) -> list[str]:
        self.state = [*self.state, word]
        self.first.broadcast(word)
        self.second.broadcast(word)
        return self.state

    @action(readonly=True)
    def said(self) -> list[str]:
        return self.state

    @action(readonly=True)
    async def measure(self, word: str) -> int:
        return len(word)
