"""A consumer that kills its own process at the step that a message names, the first time it gets there."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from actors import Actor, Message, Options, Queue, action

Step = Literal["received", "worked", "stored", "completed"]
NOTES = "MILL_NOTES"
"""The file, named by the environment, that outlives the process."""


@dataclass
class Grain:
    name: str
    fatal: Step | None = None


@dataclass
class Flour:
    """`ground`: every time that a grain was worked on, as far as it was stored."""

    ground: list[str] = field(default_factory=list)


class Mill(Actor):
    state: Flour
    options = Options(no_sleep=True, max_queue_size=100_000)
    grains = Queue(Grain, str, max_attempts=20)

    async def run(self) -> None:
        async for message in self.grains:
            _step(message, "received")
            self.state.ground.append(message.body.name)
            _step(message, "worked")
            await self.save()
            _step(message, "stored")
            await message.complete(f"{message.body.name}, attempt {message.attempt}")
            _note(f"done {message.body.name}")
            _step(message, "completed")

    @action
    async def pass_on(self, key: str, name: str) -> str:
        """Let another mill grind it."""
        return await Mill.actors.get_or_create(key).grains.send_and_wait(Grain(name), timeout=30)

    @action(readonly=True)
    async def ground(self) -> list[str]:
        return self.state.ground

    @action(readonly=True)
    async def idle(self) -> bool:
        return not await self.grains.wait(0)


def _step(message: Message[Grain, str], step: Step) -> None:
    _note(f"{step} {message.body.name} {message.attempt}")
    if message.body.fatal == step and message.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def _note(line: str) -> None:
    if NOTES in os.environ:
        with Path(os.environ[NOTES]).open("a") as notes:
            notes.write(f"{line}\n")
