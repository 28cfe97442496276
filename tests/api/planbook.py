"""An actor that notes what its schedules make it do, and lets tests schedule from outside."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from actors import Actor, Firing, Options, action
from actors.api.schedule import Scheduling


class Planbook(Actor):
    """`found` are the instances, `seen` what their actions were called with, `fail` the errors to come."""

    state: list[str]
    options = Options(sleep_timeout=30, sleep_grace_period=5)
    found: ClassVar[list[Planbook]] = []
    firings: ClassVar[list[Firing | None]] = []
    fail: ClassVar[list[Exception]] = []
    gate: ClassVar[asyncio.Event | None] = None
    last_words: ClassVar[float | None] = None

    def create_state(self) -> list[str]:
        return []

    async def on_wake(self) -> None:
        self.found.append(self)

    async def on_sleep(self) -> None:
        if Planbook.last_words is not None:
            delay, Planbook.last_words = Planbook.last_words, None
            await self.schedule.after(delay, self.note, "last words")

    @action
    async def wake(self) -> None:
        """Be there."""

    @action
    async def note(self, text: str, times: int = 1) -> None:
        Planbook.firings.append(self.schedule.firing)
        if Planbook.fail:
            raise Planbook.fail.pop(0)
        self.state = [*self.state, *[text] * times]

    @action
    async def wait(self, text: str) -> None:
        """Takes until the gate opens."""
        self.state = [*self.state, f"{text} begins"]
        await self.save()
        if Planbook.gate is not None:
            await Planbook.gate.wait()
        self.state = [*self.state, f"{text} ends"]

    @action(readonly=True)
    def read(self) -> list[str]:
        return self.state

    @action
    async def end(self) -> None:
        self.destroy()

    async def helper(self, text: str) -> None:
        """No action."""

    @action
    def sync(self, text: str) -> None:
        Planbook.firings.append(self.schedule.firing)
        self.state = [*self.state, text]


def forget() -> None:
    """For a new test."""
    for notes in (Planbook.found, Planbook.firings, Planbook.fail):
        notes.clear()
    Planbook.gate = Planbook.last_words = None


def planbook(key: str = "a") -> Planbook:
    """A handle."""
    return Planbook.actors.get_or_create(key)


async def schedule(key: str = "a") -> Scheduling:
    """`self.schedule` of an actor that is awake now."""
    await planbook(key).wake()
    return inside(key).schedule


def inside(key: str = "a") -> Planbook:
    """The last instance of an actor that woke."""
    return next(found for found in reversed(Planbook.found) if found.key == (key,))
