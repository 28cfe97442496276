"""Reminder: notes a token when its time has come, asleep or awake, so that a test can count the firings.

Each comes twice, by a message and by a schedule: the two sources of alarms.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from actors import Actor, Options, Queue, action


@dataclass
class Fired:
    """Token and time, in Unix milliseconds, of each firing."""

    tokens: list[tuple[str, int]] = field(default_factory=list)


class Reminder(Actor):
    state: Fired
    options = Options(sleep_timeout=0.2)
    due = Queue(str)

    @action
    async def remind(self, token: str, delay: float) -> None:
        await self.due.send(token, delay=delay)
        await self.schedule.after(delay, self.note, f"{token} by schedule")

    @action
    async def note(self, token: str) -> None:
        self.state.tokens.append((token, time.time_ns() // 1_000_000))

    @action(readonly=True)
    async def fired(self) -> list[tuple[str, int]]:
        return self.state.tokens

    async def run(self) -> None:
        async for message in self.due:
            async with message:
                await self.note(message.body)
