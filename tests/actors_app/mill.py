"""A consumer that kills its own process at the step that a message names, the first time it gets there."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from actors import Actor, Message, Options, Queue, action

Step = Literal["received", "worked", "stored", "completed", "returned", "buried", "replayed"]
NOTES = "MILL_NOTES"
"""The file, named by the environment, that outlives the process."""


@dataclass
class Grain:
    name: str
    fatal: Step | None = None


@dataclass
class Flour:
    """`ground`: every time that a grain was worked on, as far as it was stored. Stones need a sharp mill."""

    ground: list[str] = field(default_factory=list)
    sharp: bool = False


class Mill(Actor):
    state: Flour
    options = Options(no_sleep=True, max_queue_size=100_000)
    grains = Queue(Grain, str, max_attempts=20)
    stones = Queue(Grain, str, max_attempts=1)

    async def run(self) -> None:
        async for message in self.grains | self.stones:
            _step(message, "received")
            if message.body.fatal == "returned" and message.attempt == 1:
                await message.retry(delay=0.1)
                _step(message, "returned")
            if message.queue == "stones" and not self.state.sharp:
                await message.retry()
                _step(message, "buried")
                continue
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

    @action
    async def sharpen(self) -> None:
        """Let what was too hard begin anew, and die of it."""
        self.state.sharp = True
        await self.save()
        await self.stones.replay()
        _die("replayed")

    @action(readonly=True)
    async def buried(self) -> list[str]:
        return [letter.body.name for letter in await self.stones.dead_letters()]

    @action(readonly=True)
    async def ground(self) -> list[str]:
        return self.state.ground

    @action(readonly=True)
    async def idle(self) -> bool:
        return not await (self.grains | self.stones).wait(0)


def _step(message: Message[Grain, str], step: Step) -> None:
    _note(f"{step} {message.body.name} {message.attempt}")
    if message.body.fatal == step and message.attempt == 1:
        _die(step)


def _die(step: Step) -> None:
    _note(f"died {step}")
    os.kill(os.getpid(), signal.SIGKILL)


def _note(line: str) -> None:
    if NOTES in os.environ:
        with Path(os.environ[NOTES]).open("a") as notes:
            notes.write(f"{line}\n")
